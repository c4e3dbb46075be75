"""Score a run against references: the finished output and the raw one, by every metric, as a table.

Translations and references are joined by id; one side without the other is an error that names the ids. What this
module does not do: compare systems, or judge whether a score is good.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.metrics import Score, corpus_scores
from eval.testset import load_testset, read_rows, references_of
from pipeline.errors import InputError, RunError

BOOTSTRAP = 1000
"""Resamples of a confidence interval: sacrebleu's own default."""

ORIGIN_NOTES = {"zhaiyi": "written for this project with the help of a language model, not by professional translators"}
"""Who wrote references of a known origin, for the reader of a score against them."""

MACHINE_ORIGINS = ("llm:", "mt:")
"""How the origins of references made by language models and translation systems begin."""

_NAMED_IDS = 5


@dataclass(frozen=True, slots=True)
class Row:
    """A score of one output: `finished` is what users get, `raw` the hypotheses before punctuation and spacing."""

    output: str
    score: Score


@dataclass(frozen=True, slots=True)
class ScoredRun:
    """What a run's `translations.jsonl` holds for scoring, all by id in the run's order; `raw` is empty if not kept."""

    finished: dict[str, str]
    raw: dict[str, str]
    references: dict[str, tuple[str, ...]]
    origins: Counter[str]
    systems: tuple[str, ...]


def score(
    translations: Mapping[str, str],
    references: Mapping[str, Sequence[str]],
    *,
    output: str = "finished",
    language: str = "zh",
    n_bootstrap: int = 0,
) -> tuple[Row, ...]:
    """Score translations by id against references by id, one row a metric.

    Raises `InputError` naming the ids that only one side has, or whose list of references is empty.

    >>> [row.score.number for row in score({"a": "我们研究图。"}, {"a": ["我们研究图。"]})]
    ['100.00', '100.00', '100.00']
    """
    texts = {identifier: references[identifier] for identifier in translations if references.get(identifier)}
    _refuse(translations.keys() - texts.keys(), "translated, but without a reference")
    _refuse(references.keys() - translations.keys(), "with a reference, but not translated")
    if not translations:
        raise InputError("no translations to score")
    scores = corpus_scores(
        list(translations.values()), list(texts.values()), language=language, n_bootstrap=n_bootstrap
    )
    return tuple(Row(output, one) for one in scores)


def read_run(run: Path) -> ScoredRun:
    """Read a run folder's `translations.jsonl`.

    Raises `RunError` if the folder has none, and `InputError` for a line that is not as a run writes it.
    """
    path = run / "translations.jsonl"
    if not path.is_file():
        raise RunError(f"{run}: no translations.jsonl; it is written when a run is complete, so run it again to go on")
    finished: dict[str, str] = {}
    raw: dict[str, str] = {}
    references: dict[str, tuple[str, ...]] = {}
    origins: Counter[str] = Counter()
    systems: Counter[str] = Counter()
    keeps_raw = False
    for place, row in read_rows(path):
        try:
            identifier, target, segments = str(row["id"]), str(row["target"]), row["segments"]
            raw[identifier] = join([str(one.get("raw", one["target"])) for one in segments])
        except (KeyError, TypeError, AttributeError) as error:
            raise InputError(f"{place}: not a translation as a run writes it ({error!r}); run it again") from error
        if identifier in finished:
            raise InputError(f"{place}: the id {identifier!r} stands on an earlier line too; ids must be unique")
        finished[identifier] = target
        keeps_raw = keeps_raw or any("raw" in one for one in segments)
        systems[str(row.get("system", "unknown"))] += 1
        if found := references_of(row, place):
            references[identifier] = tuple(reference.text for reference in found)
            origins.update(reference.origin for reference in found)
    return ScoredRun(finished, raw if keeps_raw else {}, references, origins, tuple(systems))


def join(texts: Sequence[str]) -> str:
    """Segments of Chinese one after the other, with a space only between two ends of Latin text.

    >>> join(["我们研究X。", "它", "uses", "Y."])
    '我们研究X。它uses Y.'
    """
    joined = ""
    for text in texts:
        space = " " if joined[-1:].isascii() and text[:1].isascii() and joined and text else ""
        joined += space + text
    return joined


def score_run(run: Path, reference: str | None = None, *, n_bootstrap: int = BOOTSTRAP) -> str:
    """Score a run folder and return the table to print.

    `reference` is a bundled test set's name or a file of references; without it, the references that the run's input
    had are used, and abstracts that had none are left out, which the text says. Raises `RunError` for a folder without
    finished translations, `InputError` if ids do not match or there is nothing to score against.
    """
    found = read_run(run)
    references, origins = found.references, found.origins
    if reference is not None:
        testset = load_testset(reference)
        references = {one.id: tuple(text.text for text in one.references) for one in testset}
        origins = Counter(text.origin for one in testset for text in one.references)
    elif not references:
        raise InputError(f"{run}: its input had no references; name a file of references by id to score against")
    scored = found.finished
    if reference is None:
        scored = {identifier: text for identifier, text in scored.items() if identifier in references}
    rows = score(scored, references, n_bootstrap=n_bootstrap)
    if found.raw:
        raw = {identifier: found.raw[identifier] for identifier in scored}
        rows += score(raw, references, output="raw", n_bootstrap=n_bootstrap)
    head = [_extent(run, len(scored), len(found.finished)), *(f"system: {system}" for system in found.systems)]
    return "\n".join([*head, *who_wrote(origins), "", render(rows)])


def render(rows: Sequence[Row]) -> str:
    """A table of rows for a terminal; every score with its signature.

    >>> print(render([Row("finished", Score("BLEU", 31.4, "nrefs:1|tok:zh")), Row("raw", Score("chrF2", 9, "nc:6"))]))
    output    metric  score  signature
    finished  BLEU    31.40  nrefs:1|tok:zh
    raw       chrF2    9.00  nc:6
    """
    cells = [("output", "metric", "score", "signature")]
    cells += [(row.output, row.score.name, row.score.number, row.score.signature) for row in rows]
    output, name, number = (max(len(line[column]) for line in cells) for column in range(3))
    return "\n".join(f"{line[0]:{output}}  {line[1]:{name}}  {line[2]:>{number}}  {line[3]}".rstrip() for line in cells)


def _extent(run: Path, scored: int, translated: int) -> str:
    failed = run / "failed.jsonl"
    lost = sum(1 for _ in read_rows(failed)) if failed.is_file() else 0
    parts = [f"{scored} abstracts of {run}"]
    if translated > scored:
        parts.append(f"{translated - scored} more have no reference")
    if lost:
        parts.append(f"{lost} records failed and are not scored")
    return "; ".join(parts)


def who_wrote(origins: Counter[str]) -> list[str]:
    """Lines on who wrote the references: a score cannot be read without knowing it.

    >>> print("\\n".join(who_wrote(Counter({"llm:a": 2, "human": 1}))))
    references: 2 from llm:a, 1 from human
    references by a language model favour systems that write like one
    """
    if not origins:
        return []
    counts = ", ".join(f"{count} from {origin}" for origin, count in origins.most_common())
    lines = [f"references: {counts}", *(f"{name}: {ORIGIN_NOTES[name]}" for name in origins if name in ORIGIN_NOTES)]
    if any(name in ORIGIN_NOTES or name.startswith(MACHINE_ORIGINS) for name in origins):
        lines.append("references by a language model favour systems that write like one")
    return lines


def _refuse(identifiers: set[str], what: str) -> None:
    if identifiers:
        named = ", ".join(sorted(identifiers)[:_NAMED_IDS])
        more = f" and {len(identifiers) - _NAMED_IDS} more" if len(identifiers) > _NAMED_IDS else ""
        raise InputError(
            f"{len(identifiers)} abstracts {what}: {named}{more}; use the references of the same abstracts"
        )
