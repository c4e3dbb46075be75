"""Markdown as plain text by section: emphasis, links and inline code become their words, math stays as it is.

Left out, for they are no prose: headings (they name the sections), images, code blocks, tables and HTML. Parsing is
markdown-it-py's; the imports stand in the functions because they take longer than the command's help may.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_KEPT_TAG = re.compile(r"</?(?:su[bp]|i|b|em|strong)>", re.IGNORECASE)
_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_KEPT_ESCAPES = frozenset(
    "\\" + sign for sign in "$\"'^~={}()"
)  # TeX's, if they are; the next pattern drops the others
_NO_ACCENT = re.compile(r"\\([\"'^~=])(?![A-Za-z{\\])")


@dataclass(slots=True)
class Section:
    """What stands under a heading, up to the next one: level 0 is what stands before the first."""

    level: int
    heading: str
    paragraphs: list[str] = field(default_factory=list)


def sections(text: str) -> list[Section]:
    """The sections of a Markdown text, in order.

    >>> [(s.level, s.heading, s.paragraphs) for s in sections("# On *nets*\\n\\nSee [us](http://a.b), `x` and $a_1$.")]
    [(0, '', []), (1, 'On nets', ['See us, x and $a_1$.'])]
    """
    found = [Section(0, "")]
    lists: list[int] = []  # the numbers of the lists that are open, 0 for one with bullets
    in_heading, in_table, item = 0, 0, ""
    for token in _parser().parse(text):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            lists.append(int(token.attrs.get("start", 1)) if token.type[0] == "o" else 0)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            lists.pop()
        elif token.type == "list_item_open":
            item = f"{lists[-1]}. " if lists[-1] else "- "
            lists[-1] += bool(lists[-1])
        elif token.type == "heading_open":
            in_heading = int(token.tag[1])
        elif token.type in ("table_open", "table_close"):
            in_table += 1 if token.type == "table_open" else -1
        elif token.type == "inline" and in_heading:
            found.append(Section(in_heading, " ".join(inline_text(token.children or []).split())))
            in_heading = 0
        elif token.type == "inline" and not in_table:
            _add(found[-1].paragraphs, inline_text(token.children or []).strip(), item)
            item = ""
        elif token.type == "math_block":
            _add(found[-1].paragraphs, f"$${token.content.strip()}$$", "")
    return found


def plain_line(text: str) -> str:
    """A line of Markdown, such as a title, as its words.

    >>> plain_line("On *nets* and `x`")
    'On nets and x'
    """
    (token,) = _parser().parseInline(text)
    return " ".join(inline_text(token.children or []).split())


def _add(paragraphs: list[str], text: str, item: str) -> None:
    """Add a paragraph; the items of a list stand below each other in one."""
    if not text:
        return
    last = paragraphs[-1].rpartition("\n")[2] if paragraphs else ""
    if item and re.match(r"-\s|\d+\.\s", last):
        paragraphs[-1] += f"\n{item}{text}"
    else:
        paragraphs.append(item + text)


def inline_text(tokens: "Sequence[Token]") -> str:
    """The words of a paragraph."""
    words = []
    for token in tokens:
        if token.type in ("text", "code_inline"):
            words.append(token.content)
        elif token.type == "text_special":
            words.append(token.markup if token.markup in _KEPT_ESCAPES else token.content)
        elif token.type in ("softbreak", "hardbreak"):
            words.append("\n")
        elif token.type.startswith("math_inline"):
            words.append(f"{token.markup}{token.content}{token.markup}")
        elif token.type == "html_inline" and _KEPT_TAG.fullmatch(token.content):
            words.append(token.content)
        elif token.type == "html_inline" and _BREAK.fullmatch(token.content):
            words.append("\n")
    return _NO_ACCENT.sub(r"\1", "".join(words))


@lru_cache(maxsize=1)
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt
    from mdit_py_plugins.dollarmath import dollarmath_plugin

    parser = MarkdownIt("commonmark").enable("table").disable("text_join")  # escapes stay tokens of their own
    return parser.use(dollarmath_plugin, allow_space=False, allow_digits=False, double_inline=True)
