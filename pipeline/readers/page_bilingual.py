"""A Chinese aggregator's bilingual page: English abstracts, each followed by "翻译:" and its Chinese.

The Chinese is machine-made and its origin says so. Around them stand counters, links and lists of other content, of
which nothing is kept.
"""

import re

from pipeline.readers.fields import is_chinese
from pipeline.readers.page import (
    NOISE,
    Lines,
    PageKind,
    PageRecord,
    ends_sentence,
    inline_abstract,
    is_abstract_label,
    join_line,
    join_prose,
)
from pipeline.readers.page_values import (
    find_arxiv_id,
)
from pipeline.records import Reference

ORIGIN = "page:machine"
_MARK = re.compile(
    r"[#*_\s【\[]*(?:机器翻译|中文翻译|翻译|译文|中文摘要|機器翻譯|翻譯|譯文)[*_\s】\]]*[:：][*_\s]*(?P<text>.*)"
)
_INNER_MARK = re.compile(r"(?<=[.!?)\"”])\s*(?=(?:机器翻译|中文翻译|翻译|译文|翻譯|譯文)[:：])")
_SITE = re.compile(
    r"\d+\+?$|\d+\+?\s*(?:阅读|閱讀)|(?:下载|下載|关闭预览|分享|点赞|收藏|评论|原文|展开|收起|登录|注册|首页|主题|查看.{0,4})\s*\d*$"
    r"|(?:相关|相關)(?:VIP)?(?:内容|資訊|资讯|论文|內容|論文)$|VIP(?:会员|會員)?$|(?:专知|專知).{0,6}$|微信扫码|Top$"
    r"|[Aa]r[Xx]iv$|Call4Papers$"
)
_BELOW = re.compile(r"下载$|下載$|关闭预览|相关内容|相關內容|VIP会员|VIP會員")  # what stands below the abstracts
_BETWEEN_SENTENCES = re.compile(r"[.!?][\"”)]*\s+[A-Z$“\"]")
_SIGNS = re.compile(r"VIP会员|相关内容$|\d+\+\s*阅读|专知会员服务")
_MIN_WORDS = 8  # of a paragraph that can be an abstract
_MIN_CHINESE = 15  # characters of a paragraph that can belong to a translation
_MAX_SKIPPED = 3  # lines between an abstract and its translation
_TITLE_WORDS = 30
_WRAPPED = 200  # characters of a line above which the page's lines are not hard-wrapped


def _marked(lines: Lines) -> list[str]:
    """The lines, broken before a mark that stands behind text on the same line."""
    return [part.strip() for line in lines for part in _INNER_MARK.split(line)]


def _recognise(lines: Lines) -> bool:
    lines = _marked(lines)
    return any(_MARK.match(line) for line in lines) or sum(bool(_SIGNS.match(line)) for line in lines) >= 2


def _is_english(line: str) -> bool:
    return bool(line) and not is_chinese(line) and not _SITE.match(line) and not NOISE.match(line)


def _is_prose(text: str) -> bool:
    """Whether a text is an abstract and no headline of other content: it has a sentence's end, and words enough."""
    return len(text.split()) >= _MIN_WORDS and (ends_sentence(text) or _BETWEEN_SENTENCES.search(text) is not None)


def _english_before(lines: Lines) -> tuple[str, str]:
    """(title, abstract) of the English prose at the end of lines, few others skipped; ("", "") if there is none."""
    end, skipped = len(lines), 0
    while end > 0 and not _is_english(lines[end - 1]):
        end -= 1
        skipped += bool(lines[end])
    start = end
    while start > 0 and (not lines[start - 1] or _is_english(lines[start - 1])):
        start -= 1
        if is_abstract_label(lines[start]) or inline_abstract(lines[start]):
            break
    found = _title_and_text(lines[start:end])
    return found if skipped <= _MAX_SKIPPED and _is_prose(found[1]) else ("", "")


def _english_after(lines: Lines) -> tuple[str, str]:
    """(title, abstract) of the first English prose among lines, above the lists of other content."""
    start = 0
    while start < len(lines) and not _BELOW.match(lines[start]):
        end = start
        while end < len(lines) and (not lines[end] or _is_english(lines[end])):
            end += 1
        if (found := _english_before(lines[start:end]))[1]:
            return found
        start = end + 1
    return "", ""


def _title_and_text(lines: Lines) -> tuple[str, str]:
    """A first line that can be a title, and the rest; a link or an arXiv id alone on a line is neither."""
    kept = [inline_abstract(line) or line for line in lines if not _is_reference(line) and not is_abstract_label(line)]
    while kept and not kept[0]:
        kept.pop(0)
    first = kept.index("") if "" in kept else 1
    head, rest = kept[:first], kept[first:]
    above = any(is_abstract_label(line) or inline_abstract(line) for line in lines[:1])
    short = len(" ".join(head).split()) <= _TITLE_WORDS and bool(head) and not ends_sentence(head[-1])
    apart = "" in kept or max(map(len, rest), default=0) > _WRAPPED
    text = join_prose(rest)
    if short and apart and not above and len(text.split()) >= _MIN_WORDS and not text[0].islower():
        return join_line(head), text
    return "", join_prose(kept)


def _is_reference(line: str) -> bool:
    return bool(re.fullmatch(r"(?:\w+[:：]\s*)?https?://\S+|arXiv:\S+(?: \[.*\])?", line, re.IGNORECASE))


def _chinese(lines: Lines) -> tuple[str, int]:
    """(the translation that begins with the first line, how many lines it takes)."""
    paragraphs: list[str] = [""]
    taken = 0
    for index, line in enumerate(lines):
        if not line:
            if paragraphs[-1] and ends_sentence(paragraphs[-1]):
                paragraphs.append("")
            continue
        if _MARK.match(line) or _SITE.match(line) or NOISE.match(line):
            break
        begun = any(paragraphs)
        if begun and not paragraphs[-1] and not (is_chinese(line) and len(line) >= _MIN_CHINESE):
            break
        if begun and (not paragraphs[-1] or ends_sentence(paragraphs[-1])) and not _goes_on(lines, index):
            break
        joint = " " if paragraphs[-1][-1:].isascii() and paragraphs[-1] and line[0].isascii() else ""
        paragraphs[-1] += joint + line
        taken = index + 1
    return "\n\n".join(paragraph for paragraph in paragraphs if paragraph), taken


def _goes_on(lines: Lines, index: int) -> bool:
    """Whether the Chinese paragraph that begins at a line ends as prose does and can belong to a translation."""
    paragraph = ""
    for line in lines[index:]:
        if not line or _MARK.match(line) or _SITE.match(line):
            break
        paragraph += line
    return is_chinese(paragraph) and len(paragraph) >= _MIN_CHINESE and ends_sentence(paragraph)


def _parse(lines: Lines) -> list[PageRecord]:
    lines = _marked(lines)
    marks = [(index, match["text"]) for index, line in enumerate(lines) if (match := _MARK.match(line))]
    if not marks:
        title, text = _english_after(lines)
        return [PageRecord(text, title, find_arxiv_id("\n".join(lines)))] if text else []
    blocks: list[tuple[Lines, str, Lines]] = []  # what stands before a translation, the translation, what stands behind
    behind = 0
    for (mark, start), (following, _) in zip(marks, [*marks[1:], (len(lines), "")], strict=True):
        translation, taken = _chinese([start, *lines[mark + 1 : following]])
        blocks.append((lines[behind:mark], translation, lines[mark + taken : following]))
        behind = mark + taken
    chinese_first = not _english_before(blocks[0][0])[1] and bool(_english_after(blocks[-1][2])[1])
    return [_record(*block, chinese_first) for block in blocks]


def _record(before: Lines, translation: str, behind: Lines, chinese_first: bool) -> PageRecord:
    title, text = _english_after(behind) if chinese_first else _english_before(before)
    references = (Reference(translation, ORIGIN),) if is_chinese(translation) else ()
    return PageRecord(text, title, find_arxiv_id("\n".join(behind if chinese_first else before)), references)


BILINGUAL = PageKind("page-bilingual", _recognise, _parse, 'English prose before "翻译:"')
