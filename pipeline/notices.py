"""Cut off what is printed around an abstract and is none of it: the label before it, notices and keywords after it.

Only at the two ends, and only what its form gives away: "Abstract reasoning is ..." and a last sentence on copyright
stay. What is cut off is no loss: `pipeline.normalize.repair` hands it over beside the text.
"""

import re

_LABEL = re.compile(
    r"(?P<around>[\s#*_]{0,6})(?:"
    r"[\[(【<](?:Abstract|ABSTRACT|Summary|SUMMARY|摘\s?要|总结)[\])】>]\s*[:：.—–-]?\s*"
    r"|(?P<word>Abstract|ABSTRACT|Summary|SUMMARY|摘\s?要|总结)[*_]{0,3}"
    r"(?:\s*[:：][*_]{0,3}\s*|\s*(?:—|–|--+)\s*|\s+-\s+|-\s+|-(?=(?:This|These|We|In|The|An?|It|Our|With|Recent)\s)"
    r"|\.\s+(?=[\"“'A-Z\d$])|[^\S\n]*\n\s*(?=[\"“'A-Z\d$]))"
    r"|ABSTRACT\s+(?=[A-Z][a-z]*\s[a-z])"
    r")"
)
# a summary with other sections after it is a section itself
_SECTIONS = re.compile(
    r"(?:[.\n]\s{0,3})(?:Motivation|Results|Availability|Contact|Conclusions?|Background|Methods)\b[\w ,]{0,40}:"
)

_LONGEST = 500  # characters at the end that are looked at, one notice at a time
_HINTS = (
    "©", "copyright", "(c)", "s reserved", "published by", "access article", "access p", "permission",
    "keyword", "key word", "key-word", "index term", "comment", "truncated",
)  # fmt: skip
_CHINESE_HINTS = ("关键", "版权", "保留", "备注")
_START = r"(?:\A|(?<=\n)|(?<=[.!?。！？]\s)|(?<=[.!?。！？;][)\]}\"”’'*]\s)|(?<=[。！？])|(?<=\bURL\s))"
# the rest of one sentence, with the full stops of "B.V.", "Inc." and "J. Comput. Chem. 2019"
_REST = (
    r"(?:[^.\n]|\n(?!\n)|\.(?=\S|\s\d|\s[A-Z][A-Za-z]{0,7}\.)"
    r"|(?<=\b[A-Z])\.|(?<=\bLtd)\.|(?<=\bInc)\.|(?<=\bCo)\.|(?<=\bSt)\.)"
)
_NO_PROSE = r"(?![^\n]*\b(?:we|is|are|was|were|has|have|can|will|should|must|may)\s)"
_YEAR = r"(?:19|20)\d\d(?:\s?[-–]\s?\d{2,4})?"
_OWNER = (
    r"Elsevier|Wiley|Springer|Nature|IEEE|ACM|AIP|IOP|APS|ACS|RSC|OSA|SPIE|BMJ|Sage|SAGE|Taylor|Francis|Oxford|Cambridge|Karger"
    r"|Hindawi|MDPI|Frontiers|Inc\b|Ltd\b|LLC\b|B\.?V|GmbH|Press|Publish|Society|Association|Institute|Academy|University"
    r"|Author|author|Company|Corporation|College|Foundation|rights reserved"
)
_NOTICE = re.compile(
    rf"{_START}(?:"
    # © 2020 The Authors.   Copyright (c) 2021, Someone   (C) 2003 Elsevier Science B.V.
    rf"(?:(?:Crown\s)?(?:Copyright|COPYRIGHT)\s?)?©\s?(?:Copyright\s)?(?={_YEAR}|[Tt]he\s[Aa]uthor|[^.\n]{{1,80}}{_YEAR})"
    rf"{_NO_PROSE}{_REST}{{1,250}}\.?"
    rf"|(?:Copyright|COPYRIGHT)[\s:]*(?:\([cC]\)\s?)?(?:{_YEAR}(?=[,.;:]?\s*(?:\Z|(?:by\s|the\s)?[A-Z]))|(?=[Tt]he\s[Aa]uthor|by\s[A-Z]))"
    rf"{_NO_PROSE}{_REST}{{0,250}}\.?"
    rf"|\([cC]\)\s?{_YEAR}[\s,]+(?=[^\n]{{0,120}}(?:{_OWNER})){_NO_PROSE}{_REST}{{1,250}}\.?"
    r"|All\s[Rr]ights\s[Rr]eserved\.?|ALL RIGHTS RESERVED\.?|No other uses without permission\.?"
    rf"|Published\sby\s(?=[A-Z])(?=[^\n]{{0,120}}(?:{_OWNER})){_REST}{{1,150}}\.?"
    r"|This\s(?:article|paper|work|document)\sis\sprotected\sby\scopyright\.?"
    r"|This\sis\san\s[Oo]pen[- ][Aa]ccess\s(?:article|paper|publication)[^\n]{1,250}"
    r"|\(?ABSTRACT TRUNCATED(?: AT \d+ WORDS)?\.?\)?"
    r"|版权所有[^。\n]{0,80}。?|保留所有权利。?"
    r")\s*\Z"
)
_KEYWORDS = re.compile(
    rf"{_START}[*_]{{0,3}}(?:IEEE\s)?"
    r"(?:Keywords?|KEYWORDS?|Key[ -][Ww]ords|KEY WORDS|Index [Tt]erms|INDEX TERMS|关键[词字])"
    r"(?:\sand\s[Pp]hrases)?[*_]{0,3}"
    r"\s*(?:[:：=][*_]{0,3}|--+|[—–]|-(?=\s|[A-Z]))\s*(?P<list>[^\s].*?)\s*\Z"
    r"|\\[Kk]eywords\s?\{(?P<braced>[^{}]*)\}?\s*\Z",
    re.DOTALL,
)
_SEPARATOR = re.compile(r"[,;，；、·•|\n]|\s[-–—]\s|\\and\b")
_MAX_KEYWORD = 9  # words, and as many sentences' ends as a list of keywords has: one
_COMMENTS = re.compile(
    rf"{_START}(?:Comments?|COMMENTS?|备注)\s?[:：]\s*"
    r"(?=[^\n]{0,200}(?:\b\d+ (?:pages?|pp|figures?|tables?)\b"
    r"|\b(?:[Aa]ccepted|[Ss]ubmitted|[Tt]o appear|[Pp]resented|[Pp]ublished"
    r"|[Pp]reprint|[Cc]amera[- ][Rr]eady|[Pp]roceedings)\b|\d+ ?页))"
    r"[^\n]{1,300}\Z"
)


def cut_label(text: str) -> str:
    """The text without the word "Abstract" before it.

    >>> cut_label("Abstract: We study."), cut_label("Abstract reasoning is hard.")
    ('We study.', 'Abstract reasoning is hard.')
    """
    if text[:1] not in _FIRST or not (match := _LABEL.match(text)):
        return text
    if (match["word"] or "").lower() == "summary" and _SECTIONS.search(text):
        return text
    return text[match.end() :] if _has_letters(text[match.end() :]) else text


_FIRST = frozenset("AS[(【<#*_ \n摘总")


def cut_notices(text: str) -> str:
    """The text without copyright lines, keywords and comments at its end.

    >>> cut_notices("We study. (C) 2003 Elsevier Science B.V. All rights reserved.")
    'We study.'
    >>> cut_notices("It protects copyright. Keywords matter, all in all.")
    'It protects copyright. Keywords matter, all in all.'
    """
    while _may_end_in_a_notice(text[-_LONGEST:]):
        start = _notice(text, max(0, len(text) - _LONGEST))
        if start < 0 or not _has_letters(text[:start]):
            break
        text = text[:start].rstrip()
    return text


def _may_end_in_a_notice(tail: str) -> bool:
    """Whether the patterns are worth trying; many times as quick as they."""
    lower = tail.lower()
    for hint in _HINTS:
        if hint in lower:
            return True
    return not tail.isascii() and any(hint in tail for hint in _CHINESE_HINTS)


def _notice(text: str, tail: int) -> int:
    """Where the last notice begins that stands at the end of a text; -1 if there is none."""
    for pattern in (_NOTICE, _COMMENTS):
        if match := pattern.search(text, tail):
            return match.start()
    if (match := _KEYWORDS.search(text, tail)) and _is_list(match["list"] or match["braced"] or ""):
        return match.start()
    return -1


def _is_list(text: str) -> bool:
    """Whether a text is keywords and no sentence: short items, more than one or a single very short one."""
    text = text.rstrip(" .}*_")
    items = [item.split() for item in _SEPARATOR.split(text)]
    sentences = re.search(r"[a-z\d)]{2}[.!?]\s+[A-Z]", text)
    return sentences is None and all(len(item) <= (_MAX_KEYWORD if len(items) > 1 else 4) for item in items)


def _has_letters(text: str) -> bool:
    return any(map(str.isalpha, text))
