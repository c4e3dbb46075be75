"""What a reader of scores has to be told: who wrote the references, and what is odd about either side."""

from collections import Counter
from collections.abc import Mapping, Sequence

from eval.hypotheses import Hypotheses
from eval.references import ReferenceSet, script_of
from pipeline.records import Reference
from pipeline.script import has_chinese

ORIGIN_NOTES = {"zhaiyi": "written for this project with the help of a language model, not by professional translators"}
"""Who wrote references of a known origin, for the reader of a score against them."""

MACHINE_ORIGINS = ("llm", "mt")
"""How the origins of references made by language models and translation systems begin."""

_NAMED_IDS = 5
_SCRIPTS = {"hans": "simplified", "hant": "traditional"}


def oddities(
    systems: Sequence[Hypotheses],
    sets: Sequence[ReferenceSet],
    ids: Sequence[str],
    references: Sequence[tuple[Reference, ...]],
) -> list[str]:
    """Lines about empty hypotheses, references without Chinese, other scripts, and hypotheses that are references."""
    notes = who_wrote(Counter(one.origin for texts in references for one in texts))
    scripts = {one.name: one.script for one in sets}
    for one in sets:
        odd = [name for name, texts in one.texts.items() if not any(has_chinese(text.text) for text in texts)]
        if odd:
            notes.append(f"{one.name}: {len(odd)} references have no Chinese: {named_ids(odd)}")
    for system in systems:
        texts = [system.finished[name] for name in ids]
        if empty := [name for name, text in zip(ids, texts, strict=True) if not text.strip()]:
            notes.append(f"{system.name}: {len(empty)} empty hypotheses: {named_ids(empty)}")
        script = script_of(iter(texts))
        for name, other in scripts.items():
            if script and other and script != other:
                notes.append(
                    f"{name}: in {_SCRIPTS[other]} characters, but {system.name} writes {_SCRIPTS[script]} ones, so "
                    "hardly anything matches: translate in that script, or convert the references with OpenCC"
                )
        if all(text in [one.text for one in found] for text, found in zip(texts, references, strict=True)):
            notes.append(f"{system.name}: every hypothesis is a reference; are the files swapped or the same?")
    return [*notes, *_swapped(systems, sets)]


def _swapped(systems: Sequence[Hypotheses], sets: Sequence[ReferenceSet]) -> list[str]:
    """A line where the files' names say the contrary of what they were given as."""

    def parts(name: str) -> set[str]:
        return {part.rstrip("s") for part in name.lower().replace("-", ".").replace("_", ".").split(".")}

    ours = [one.path for one in systems if parts(one.path.rsplit("/", 1)[-1]) & {"ref", "reference"}]
    theirs = [one.name for one in sets if parts(one.name) & {"hyp", "hypothesi", "output", "translation"}]
    if not (ours and theirs):
        return []
    return [f"{ours[0]} is taken for hypotheses and {theirs[0]} for references: are they swapped?"]


def who_wrote(origins: Mapping[str, int]) -> list[str]:
    """Lines on who wrote the references: a score cannot be read without knowing it.

    >>> print("\\n".join(who_wrote({"llm:a": 2, "human": 1})))
    references: 2 from llm:a, 1 from human
    references by a language model favour systems that write like one
    """
    if not origins:
        return []
    counts = ", ".join(f"{count} from {origin}" for origin, count in Counter(origins).most_common())
    lines = [f"references: {counts}", *(f"{name}: {ORIGIN_NOTES[name]}" for name in origins if name in ORIGIN_NOTES)]
    if any(name in ORIGIN_NOTES or name.split(":")[0] in MACHINE_ORIGINS for name in origins):
        lines.append("references by a language model favour systems that write like one")
    return lines


def named_ids(names: Sequence[str]) -> str:
    """Some of the ids, and how many more there are.

    >>> named_ids(list("abcdefg"))
    'a, b, c, d, e and 2 more'
    """
    more = len(names) - _NAMED_IDS
    return ", ".join(names[:_NAMED_IDS]) + (f" and {more} more" if more > 0 else "")
