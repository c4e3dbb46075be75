"""A review as XLIFF 2 or TMX 1.4, for translation programs. The person edits the target of a unit.

A unit is named by abstract and place ("2401.00001#3"). That a target is right as it is, XLIFF says by a segment's
state ("reviewed" or "final"), TMX by a property `x-zhaiyi-status` ("ok").
"""

from collections.abc import Iterable, Iterator
from importlib.metadata import version
from xml.sax.saxutils import escape, quoteattr

from pipeline.errors import InputError
from pipeline.readers.source import Source
from pipeline.readers.units import NOT_XML
from pipeline.readers.xml import Element, Fault, elements, local_name
from pipeline.readers.xml_record import fault_error, is_chinese_tag, is_english_tag, root_name
from pipeline.readers.xml_text import inline_text, tmx_variants
from pipeline.review.sheet import Answer, Answers, Question, split_key

_APPROVED = ("reviewed", "final")
_WAS, _ISSUE, _BEFORE, _AFTER, _STATUS = "was", "issue", "before", "after", "status"
_OWN = "x-zhaiyi-"
_TAGS = {"hans": "zh-Hans", "hant": "zh-Hant"}
_XLIFF = """<?xml version="1.0" encoding="UTF-8"?>
<xliff xmlns="urn:oasis:names:tc:xliff:document:2.0" version="2.0" srcLang="en" trgLang="{tag}" xml:space="preserve">
<file id="run" original={name}>
"""
_TMX = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4">
<header creationtool="zhaiyi" creationtoolversion="{version}" segtype="sentence" o-tmf="zhaiyi" adminlang="en"\
 srclang="en" datatype="plaintext"/>
<body>
"""


def write_xliff(questions: Iterable[Question], name: str, script: str) -> Iterator[str]:
    """The pieces of an XLIFF 2.0 file: a unit a question, what is around it and was found in it as notes."""
    yield _XLIFF.format(tag=_TAGS[script], name=quoteattr(_sayable(name, name)))
    for number, one in enumerate(questions, 1):
        notes = [(_ISSUE, issue) for issue in one.issues]
        notes += [(_WAS, one.chinese), (_BEFORE, one.before), (_AFTER, one.after)]
        said = "\n".join(
            f'<note category="{kind}">{_text(note, one)}</note>' for kind, note in notes if note or kind == _WAS
        )
        yield (
            f'<unit id="u{number}" name={quoteattr(_sayable(one.key, one.key))}>\n<notes>\n{said}\n</notes>\n'
            f'<segment id="s1" state="{"reviewed" if one.done else "translated"}"><source>{_text(one.english, one)}'
            f"</source><target>{_text(one.chinese, one)}</target></segment>\n</unit>\n"
        )
    yield "</file>\n</xliff>\n"


def write_tmx(questions: Iterable[Question], name: str, script: str) -> Iterator[str]:
    """The pieces of a TMX 1.4 file: a unit a question, issues as notes, what is around it as properties."""
    yield _TMX.format(version=version("zhaiyi"))
    for one in questions:
        notes = [f"<note>{_text(issue, one)}</note>\n" for issue in one.issues]
        said = [(_WAS, one.chinese), (_BEFORE, one.before), (_AFTER, one.after), (_STATUS, "ok" if one.done else "")]
        said = [(kind, value) for kind, value in said if value or kind == _WAS]
        props = [f'<prop type="{_OWN}{kind}">{_text(value, one)}</prop>\n' for kind, value in said]
        yield (
            f"<tu tuid={quoteattr(_sayable(one.key, one.key))}>\n{''.join(notes)}{''.join(props)}"
            f'<tuv xml:lang="en"><seg>{_text(one.english, one)}</seg></tuv>\n'
            f'<tuv xml:lang="{_TAGS[script]}"><seg>{_text(one.chinese, one)}</seg></tuv>\n</tu>\n'
        )
    yield "</body>\n</tmx>\n"


def _text(text: str, one: Question) -> str:
    return escape(_sayable(text, one.key), {"\r": "&#13;"})


def _sayable(text: str, where: str) -> str:
    if match := NOT_XML.search(text):
        raise InputError(f"{where!r}: holds U+{ord(match[0]):04X}, which XML cannot; export a table instead")
    return text


def read_xliff(source: Source) -> Answers:
    """The answers in an examined XLIFF 2 file. Raises `InputError` with the line of a unit that cannot be used."""
    found = False
    for unit, where, line in _units(source, "unit", "xliff"):
        found = True
        key = split_key(unit.get("name") or "", where)
        segments = [one for one in unit if local_name(one) in ("segment", "ignorable")]
        texts = [one for one in segments if local_name(one) == "segment"]
        states = [one.get("state") for one in texts]
        target = _joined(segments, "target") if all(_joined([one], "target") for one in texts) else ""
        notes = {one.get("category"): inline_text(one) for one in unit.iterfind("{*}notes/{*}note")}
        yield _answer(
            key, _joined(segments, "source"), notes.get(_WAS), target,
            bool(states) and all(state in _APPROVED for state in states), where, line,
        )  # fmt: skip
    if not found:
        raise InputError(f"{source.label}: no <unit>; it is XLIFF 2 that is read, take the file that was exported")


def read_tmx(source: Source) -> Answers:
    """The answers in an examined TMX file. Raises `InputError` with the line of a unit that cannot be used."""
    for unit, where, line in _units(source, "tu", "tmx"):
        key = split_key(unit.get("tuid") or "", where)
        variants = tmx_variants(unit)
        english = next((text for _, language, text in variants if is_english_tag(language)), "")
        chinese = next((text for _, language, text in variants if is_chinese_tag(language)), "")
        props = {one.get("type"): inline_text(one) for one in unit.iterchildren("{*}prop")}
        approved = props.get(_OWN + _STATUS, "").lower() == "ok"
        yield _answer(key, english, props.get(_OWN + _WAS), chinese, approved, where, line)


def _units(source: Source, name: str, root: str) -> Iterator[tuple[Element, str, int]]:
    """Elements with their places; the first that is broken is an error."""
    if root_name(source.head) != root:
        raise InputError(f"{source.label}:1: its root element is not <{root}>; take the file that was exported")
    for found in elements(source, (name,)):
        if isinstance(found, Fault):
            raise fault_error(source, found)
        yield found.element, f"{source.label}:{found.line}", found.line


def _joined(segments: Iterable[Element], name: str) -> str:
    """The texts of a unit that a translation program may have cut into several segments, with what is between them."""
    return "".join(inline_text(part) for one in segments for part in one.iterchildren(f"{{*}}{name}")).strip()


def _answer(
    key: tuple[str, str], english: str, was: str | None, corrected: str, approved: bool, where: str, line: int
) -> Answer:
    if was is None:
        raise InputError(f"{where}: it does not tell what stood in the run; take the file that was exported")
    return Answer(*key, english, was, corrected, approved, line)
