"""A memory to translate with, from a file: one of ours, or TMX of any tool, which is read into a memory without a file.

A TMX unit counts where it pairs English with Chinese. Its English goes through the rules of normalising, since that
is the form in which segments are looked up; who changed it last and when is kept where the unit tells. A unit that this
program wrote counts only if it tells who changed it: else it is the machine's.
"""

import re
from collections.abc import Iterator
from pathlib import Path

from pipeline.errors import InputError
from pipeline.finish import Script
from pipeline.memory import Correction, Memory, open_memory
from pipeline.normalize import repair_title
from pipeline.readers.source import Source, examine, from_path
from pipeline.readers.xml import Element, Fault, elements
from pipeline.readers.xml_record import fault_error, is_chinese_tag, is_english_tag, root_name
from pipeline.readers.xml_text import tmx_variants
from pipeline.script import out_of_place

UNKNOWN = "unknown"
"""Who corrected a unit that does not tell."""

_OURS = "x-zhaiyi-"  # begins the properties of units that this program writes
_SQLITE = b"SQLite format 3\0"
_DATE = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z?")
_SCRIPTS: dict[str, Script] = {
    "hans": "hans", "cn": "hans", "sg": "hans", "hant": "hant", "tw": "hant", "hk": "hant", "mo": "hant",
}  # fmt: skip


def read_memory(path: Path) -> Memory:
    """The memory in a file of ours or in TMX, told by the content.

    Raises `InputError` for a file that is neither, for broken TMX, and for TMX that pairs nothing with Chinese.
    """
    try:
        with path.open("rb") as file:
            head = file.read(len(_SQLITE))
    except OSError:
        return open_memory(path)  # which says what there is to say
    if head == _SQLITE:
        return open_memory(path)
    source = examine(from_path(path))
    if root_name(source.head) != "tmx":
        raise InputError(f"{path}: neither a memory of zhaiyi nor TMX; name the file that corrections are in")
    memory = Memory.of(tmx_corrections(source), str(path))
    if not any(memory.summary(script)[0] for script in ("hans", "hant")):
        raise InputError(f"{path}: no unit pairs English with a person's Chinese: there is nothing to recall")
    return memory


def tmx_corrections(source: Source) -> Iterator[Correction]:
    """The English and Chinese of each unit of an examined TMX file, one for each Chinese variant.

    Raises `RecordError` for a place that is not XML: a memory is taken whole or not at all.
    """
    for found in elements(source, ("tu",)):
        if isinstance(found, Fault):
            raise fault_error(source, found)
        variants = tmx_variants(found.element)
        english = next((text for _, language, text in variants if is_english_tag(language)), "")
        text = repair_title(english).text
        ours = any((one.get("type") or "").startswith(_OURS) for one in found.element.iterchildren("{*}prop"))
        for one, language, target in variants:
            by, when = _who(one, found.element)
            if text and target and is_chinese_tag(language) and (by or not ours):
                yield Correction(text, target, script_of(language, target), by or UNKNOWN, when, source.path)


def script_of(language: str, text: str) -> Script:
    """The script of a Chinese text by its language tag or, where that does not tell, by its characters.

    >>> script_of("zh-TW", "模型"), script_of("zh", "機器學習"), script_of("zh", "模型"), script_of("zh", "機器学习")
    ('hant', 'hant', 'hans', 'hans')
    """
    parts = language.lower().replace("_", "-").split("-")
    named = next((_SCRIPTS[part] for part in parts if part in _SCRIPTS), None)
    return named or ("hant" if out_of_place(text, "hans") and not out_of_place(text, "hant") else "hans")


def _who(variant: Element, unit: Element) -> tuple[str, str]:
    """Who changed or made the Chinese, and when, as near to it as the file tells; "" for what it does not tell."""
    people = [one.get(name) for one in (variant, unit) for name in ("changeid", "creationid")]
    dates = [_DATE.fullmatch(one.get(name) or "") for one in (variant, unit) for name in ("changedate", "creationdate")]
    when = next((match.groups() for match in dates if match), None)
    moment = "{}-{}-{}T{}:{}:{}Z".format(*when) if when else ""
    return next((" ".join(one.split()) for one in people if one and one.strip()), ""), moment
