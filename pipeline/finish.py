"""Set a Chinese hypothesis as Chinese is printed: full-width punctuation, no stray spaces, the script asked for.

The convention (also that of our references and training text):

- full-width ，。；：？！（）“”‘’、—— …… in Chinese context, half-width inside numbers, math, code and Latin text;
- no space between Chinese characters, nor between Chinese and Latin letters, digits or math; one space stays
  between two Latin words, and after a URL or address that Chinese characters follow.

Protected spans (`pipeline.mask.find_protected`) and digits stay as they are, and finishing twice is finishing once.
What this module does not do: change words or numbers, or judge (`pipeline.check` does).
"""

import re
from collections.abc import Iterable
from functools import cache
from typing import Any, Literal

from pipeline.mask import find_protected

Script = Literal["hans", "hant"]

HAN = r"\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f〇"
_FULL = "，。；：？！（）“”‘’、《》〈〉【】「」『』—…"
_PRIVATE = r"\ue000-\uf8ff"
_ROUNDS = 5  # a mark that is set may let another be set, or an address be seen; two rounds are the rule
_URL_MARK, _SPAN_MARK = "\ue000", "\ue001"  # stand for protected spans while punctuation is set
_MARKS = f"{_URL_MARK}{_SPAN_MARK}"
_CHINESE = rf"[{HAN}{_FULL}]"
_LATIN = rf"[A-Za-z0-9%{_MARKS}]"

_HAS_HAN = re.compile(f"[{HAN}]")
_PRIVATE_RUN = re.compile(f"[{_PRIVATE}]+")
_MARK = re.compile(f"[{_MARKS}]")
_ENDS = {".": "。", "?": "？", "!": "！", ",": "，", ";": "；", ":": "："}
_HALF_FORMS = {0xFF01 + i: 0x21 + i for i in range(94) if chr(0x21 + i).isalnum() or chr(0x21 + i) in "%+=@#$&*/<>^_"}
_HALF_FORMS[0x3000] = 0x20
_HAS_HALF_FORMS = re.compile(f"[{''.join(map(chr, _HALF_FORMS))}]|(?<=[0-9])[．。](?=[0-9])")
_DECIMAL_POINT = re.compile(r"(?<=[0-9])[．。](?=[0-9])")
_ENDS_IN_CHINESE = re.compile(rf"{_CHINESE}[\s,;:?!.]*$|^[\s,;:?!.]*$")
_ENDS_IN_LATIN_SPACE = re.compile(rf"{_LATIN}\s+$")
_NUMBERED = re.compile(
    rf"(?:(?<=[，。；：、]\s)|(?<=[，。；：、{HAN}])|^)(\d{{1,2}}|[ivx]{{1,4}}|[a-h])\)(?=\s*[{HAN}A-Za-z“])"
)
_SINGLE_QUOTES = re.compile(
    rf"(?<![A-Za-z0-9'])'(?=[^']*[{HAN}])([^']*)'(?!')|(?<={_CHINESE})'(?=\w)([^'{_FULL}]{{1,80}})(?<=\w)'(?={_CHINESE})"
)
_PUNCTUATION = re.compile(r"[,;:?!.，。；：？！…](?:\s*[,;:?!.，。；：？！…])*")
_TO_FULL = {",": "，", ";": "；", ":": "：", "?": "？", "!": "！", ".": "。"}
_FULL_STOPS = "，。；：？！…"
_ABBREVIATION = re.compile(r"(?:^|[^A-Za-z])(?:al|vs|etc|e\.g|i\.e|cf|Fig|Eq|Sec|No|Dr|Mr|St|Inc|Ltd|[A-Z])$")
_OPENS = re.compile(rf"[{HAN}“‘（《【「『]")
_DASH = r"\s*(?:-{2,3}|—|\s[-–]\s)(?:\s*[—–-])*\s*"
_DASH_AFTER_CHINESE = re.compile(
    rf"(?<=[{HAN}，。；：？！（）“”‘’、《》〈〉【】「」『』])(?:{_DASH}|\s*–\s*)(?=[{HAN}A-Za-z0-9{_MARKS}“‘（《])"
)
_DASH_BEFORE_CHINESE = re.compile(rf"(?<=[A-Za-z0-9)%{_MARKS}]){_DASH}(?=[{HAN}“‘（《])")
_SPACE_RUN = re.compile(r"[ \t]+")
_SPACE_BY_CHINESE = re.compile(rf"(?<={_CHINESE}) | (?={_CHINESE})")
_URL_BEFORE_HAN = re.compile(rf"{_URL_MARK}(?=[{HAN}])")
_SPACE_BEFORE_MARK = re.compile(rf"(?<={_LATIN}) (?=[)\],;%])")


def has_chinese(text: str) -> bool:
    """Whether any Chinese character stands in a text.

    >>> has_chinese("BERT的"), has_chinese("BERT。")
    (True, False)
    """
    return _HAS_HAN.search(text) is not None


def finish(text: str, script: Script = "hans") -> str:
    """Set punctuation, spacing and script of a Chinese text; text without Chinese characters stays as it is.

    >>> finish("图神经网络 (GNN) 在 ImageNet 上达到 95.2% , 代码见 https://a.org/x .")
    '图神经网络（GNN）在ImageNet上达到95.2%，代码见https://a.org/x。'
    """
    if not has_chinese(text):
        return text.strip()
    for _ in range(_ROUNDS):
        before, text = text, _set_once(text)
        if text == before:
            break
    return _to_traditional(text) if script == "hant" else text


def _set_once(text: str) -> str:
    body, spans = _set_aside(text)
    if _HAS_HALF_FORMS.search(body):
        body, spans = _set_aside(_put_back(_DECIMAL_POINT.sub(".", body.translate(_HALF_FORMS)), spans))
    if "(" in body or ")" in body or "（" in body:
        body = _brackets(body)
    if '"' in body or "'" in body:
        body = _quotes(body)
    body = _punctuation(body)
    if "-" in body or "—" in body or "–" in body:
        body = _DASH_BEFORE_CHINESE.sub("——", _DASH_AFTER_CHINESE.sub("——", body))
    return _put_back(_spaces(body), spans).strip()


def _to_traditional(text: str) -> str:
    body, spans = _set_aside(text)
    return _put_back(_converter().convert(body), spans)


def _set_aside(text: str) -> tuple[str, list[str]]:
    """The text with one mark for each protected span and run of private-use characters, and what they stand for."""
    found = [(start, end, kind in ("url", "email", "doi")) for start, end, kind in find_protected(text)]
    if _PRIVATE_RUN.search(text):
        found = _with_private_runs(text, found)
    if not found:
        return text, []
    parts, spans, last = [], [], 0
    for start, end, is_url in found:
        parts += [text[last:start], _URL_MARK if is_url else _SPAN_MARK]
        spans.append(text[start:end])
        last = end
    return "".join([*parts, text[last:]]), spans


def _with_private_runs(text: str, found: list[tuple[int, int, bool]]) -> list[tuple[int, int, bool]]:
    runs, last = [], 0
    for start, end, is_url in [*found, (len(text), len(text), False)]:
        runs += [(match.start(), match.end(), False) for match in _PRIVATE_RUN.finditer(text, last, start)]
        runs.append((start, end, is_url))
        last = end
    return runs[:-1]


def _put_back(body: str, spans: list[str]) -> str:
    remaining = iter(spans)
    return _MARK.sub(lambda _: next(remaining), body) if spans else body


def _brackets(text: str) -> str:
    """Round brackets in pairs: full-width where a neighbour or the content is Chinese, as they were in Latin text."""
    chars, stack = list(text), []
    for position, char in enumerate(text):
        if char in "(（":
            stack.append(position)
        elif char in ")）" and stack:
            start = stack.pop()
            before = text[max(0, start - 8) : start] if start > 8 else text[:start]
            chinese = (
                text[start] == "（"
                or (char == "）" and not re.search(r"[A-Za-z0-9]$", before))
                or _HAS_HAN.search(text, start, position)
                or _ENDS_IN_CHINESE.search(before)
                or _ENDS_IN_LATIN_SPACE.search(before)
            )
            chars[start], chars[position] = ("（", "）") if chinese else ("(", ")")
    text = "".join(chars)
    return _NUMBERED.sub(r"\1）", text) if ")" in text else text


def _quotes(text: str) -> str:
    """Straight double quotes in pairs, and single ones around or beside Chinese, become curly."""
    if text.count('"') % 2 == 0:
        text = re.sub(r'"([^"]*)"', lambda match: f"“{match[1].strip()}”", text)
    if "''" in text and text.count("``") == text.count("''"):
        text = text.replace("``", "“").replace("''", "”")
    while "'" in text:
        quoted = _SINGLE_QUOTES.sub(lambda match: f"‘{match[1] or match[2]}’", text)
        if quoted == text:
            break
        text = quoted
    return text


def _punctuation(text: str) -> str:
    """`, ; : ? ! .` in Chinese context, one run of marks after the other."""
    parts: list[str] = []
    last = 0
    for match in _PUNCTUATION.finditer(text):
        run = match[0]
        if len(run) == 1 and run in "，。；：？！":
            continue
        start, end = match.span()
        full = _full_width(run, text[last:start].rstrip() or "".join(parts).rstrip(), text, end)
        if full != run:
            parts += [text[last:start], full]
            last = end
    return "".join([*parts, text[last:]]) if parts else text


def _full_width(run: str, before: str, text: str, end: int) -> str:
    """A run of marks as it should stand after `before` and before `text[end:]`."""
    if not before:
        return run
    next_char = text[end : end + 1]
    after = next_char if next_char and not next_char.isspace() else text[end:].lstrip()[:1]
    chinese_before = bool(re.match(_CHINESE, before[-1]))
    chinese_after = bool(_OPENS.match(after))
    if len(run) > 1 or run == "…":
        return _full_run(run) if chinese_before or (chinese_after and run[0] in _FULL_STOPS) else run
    if run == ".":
        return "。" if _is_full_stop(before, next_char, after, chinese_before, chinese_after) else "."
    between_digits = run == "," and before[-1].isdigit() and next_char.isdigit()
    return _TO_FULL[run] if not between_digits and (chinese_before or chinese_after or not after) else run


def _full_run(run: str) -> str:
    """Several marks in Chinese context: an ellipsis and ？！ if there are any, or else the first full-width one."""
    run = "".join(run.split())
    ellipsis = "……" if "…" in run or ".." in run or "。。" in run else ""
    voiced = "".join(_TO_FULL.get(char, char) for char in run if char in "?!？！")
    if ellipsis or voiced:
        return ellipsis + voiced
    return next((char for char in run if char in _FULL_STOPS), "") or _TO_FULL[run[0]]


def _is_full_stop(before: str, next_char: str, after: str, chinese_before: bool, chinese_after: bool) -> bool:
    if chinese_before:
        return not (next_char.isascii() and next_char.isalnum())
    if not after:
        return not before.endswith(("etc", "al"))
    return chinese_after and not _ABBREVIATION.search(before) and not before.isdigit()


def _spaces(text: str) -> str:
    if " " in text or "\t" in text:
        text = _SPACE_BY_CHINESE.sub("", _SPACE_RUN.sub(" ", text))
        text = _SPACE_BEFORE_MARK.sub("", text)
    return _URL_BEFORE_HAN.sub(f"{_URL_MARK} ", text) if _URL_MARK in text else text


@cache
def _converter() -> Any:
    import opencc  # a native library: only loaded where it is asked for

    return opencc.OpenCC("s2t")


def end_like(source: str, target: str) -> str:
    """End a finished target as its source ends: a title has no full stop, a clause cut off at a comma goes on.

    >>> end_like("Attention for Graphs", "图上的注意力。"), end_like("if it holds,", "如果成立。")
    ('图上的注意力', '如果成立，')
    """
    end = source.rstrip("\"'”’)]}* ")[-1:]
    wanted = _ENDS.get(end, "")
    if not target or not re.search(f"[{HAN}]", target):
        return target
    if target[-1] == "。" and wanted != "。":
        return target[:-1] + wanted
    if wanted and re.search(f"[{HAN}A-Za-z0-9%]$", target):
        return target + wanted
    return target


def join_targets(pairs: Iterable[tuple[str, str]]) -> str:
    """Targets one after the other; a space only between two Latin ends, a newline where the source has one.

    >>> join_targets([("我们用BERT", " "), ("GPT更好。", "\\n"), ("完。", "")])
    '我们用BERT GPT更好。\\n完。'
    """
    joined = ""
    for target, gap in pairs:
        if joined and joined[-1].isascii() and target[:1].isascii() and not joined[-1].isspace():
            joined += " "
        joined += target + "\n" * gap.count("\n")
    return joined.rstrip()


def gaps(source: str, segments: Iterable[str]) -> list[str]:
    """The white space behind each segment of a source. Raises `ValueError` if it does not have them in this order.

    >>> gaps("A. B.", ["A.", "B."])
    [' ', '']
    """
    found: list[str] = []
    at = 0
    for segment in segments:
        start = source.index(segment, at)
        if at:
            found.append(source[at:start])
        at = start + len(segment)
    return [*found, source[at:]] if at else found
