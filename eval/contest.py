"""A comparison as a user asks for it: read, join, run models on the spot, compare, write the folder.

Stands between the command line and the pure parts, as `pipeline.work` does for translating.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from eval.board import add_to_board
from eval.comet import ItemScores, comet_scores
from eval.compare import compare
from eval.comparison import Comparison, to_object
from eval.corpus import OWN, Corpus, join_corpus, lines_for, with_lines
from eval.hypotheses import Hypotheses, is_output, named, names_of, read_hypotheses
from eval.markdown import number, render_markdown, table
from eval.measured import Wanted
from eval.metrics import usual_metrics
from eval.references import Facts, ReferenceSet, read_reference_set
from eval.spot import run_model
from eval.terms import read_terms
from models.errors import ModelError
from pipeline.errors import ConfigError, InputError
from pipeline.run import versions
from pipeline.shards import write_whole

JSON_NAME, MARKDOWN_NAME, PAGE_NAME = "comparison.json", "comparison.md", "index.html"


@dataclass(frozen=True, slots=True)
class Asked:
    """What a user asks for; empty is what is usual."""

    systems: tuple[str, ...]
    references: tuple[str, ...] = ()
    baseline: str = ""
    metrics: tuple[str, ...] = ()
    tokenizer: str = ""
    resamples: int = 1_000
    trials: int = 10_000
    source: Path | None = None
    documents: Path | None = None
    terms: Path | None = None
    comet: Path | None = None
    title: str = ""
    command: str = ""


def contest(asked: Asked) -> Comparison:
    """Compare what is asked for. Raises `ZhaiyiError` or `ModelError` with one line about what is wrong."""
    names = names_of(asked.systems)
    terms = read_terms(asked.terms) if asked.terms else {}
    sets = [read_reference_set(name) for name in asked.references]
    corpus = with_lines(join_corpus(_read(asked, names, sets), sets), asked.source, asked.documents)
    wanted = Wanted(
        baseline=asked.baseline or names[asked.systems[0]],
        metrics=asked.metrics or usual_metrics(),
        tokenizer=asked.tokenizer,
        resamples=asked.resamples,
        trials=asked.trials,
        terms=terms,
        extra=(comet(corpus, asked.comet),) if asked.comet else (),
        title=asked.title,
        command=asked.command,
        date=time.strftime("%Y-%m-%d"),
        versions={**versions(), "sacrebleu": version("sacrebleu"), "numpy": version("numpy")},
    )
    try:
        return compare(corpus, wanted)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _read(asked: Asked, names: Mapping[str, str], sets: Sequence[ReferenceSet]) -> list[Hypotheses]:
    """What the systems wrote, those that are there before those that a model has to be run for."""
    found = {one: read_hypotheses(one, names[one]) for one in asked.systems if is_output(named(one)[1])}
    for one in asked.systems:
        if one not in found:
            found[one] = _of_model(one, asked, sets)
    return [found[one] for one in asked.systems]


def _of_model(argument: str, asked: Asked, sets: Sequence[ReferenceSet]) -> Hypotheses:
    if not sets:
        raise InputError(f"{argument}: no such run or file; a model needs a test set to be run on: name its file")
    facts = dict(sets[0].facts)
    if asked.source and not any(one.source for one in facts.values()):
        lines = lines_for(asked.source, len(facts))
        facts = {name: Facts(line) for name, line in zip(facts, lines, strict=True)}
    try:
        return run_model(argument, facts)
    except ModelError as error:
        raise InputError(f"{argument}: neither a run nor a file of hypotheses, and as a model: {error}") from error


def comet(corpus: Corpus, model: Path) -> ItemScores:
    """COMET's scores of a corpus."""
    texts = [corpus.texts(system) for system in corpus.systems]
    return comet_scores(model, [one.source for one in corpus.facts], texts, corpus.reference_texts)


def write(comparison: Comparison, folder: Path) -> list[Path]:
    """Write a comparison as JSON, Markdown and a page into a folder, each whole; their paths."""
    from eval.report import render_page

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror}; name a folder") from error
    whole: dict[str, Iterable[str]] = {
        JSON_NAME: json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).iterencode(to_object(comparison)),
        MARKDOWN_NAME: [render_markdown(comparison)],
        PAGE_NAME: [render_page(comparison)],
    }
    for name, parts in whole.items():
        write_whole(folder / name, parts)
    return [folder / name for name in whole]


def add(comparison: Comparison, board: Path, name: str) -> str:
    """Add a comparison to a board under the set's name, by default that of its references.

    Raises `ConfigError` where they have none, and `InputError` for what the board refuses.
    """
    if not name and comparison.references[0].name == OWN:
        raise ConfigError(f"{board}: the references came with the runs, so say what the board is to call this set")
    return add_to_board(board, name or "+".join(one.name for one in comparison.references), comparison)


def summary(comparison: Comparison) -> str:
    """The ranking for a terminal, with what was noticed and the signatures."""
    metrics = comparison.metrics
    rows = [("cluster", "rank", "system", *(one.name for one in metrics), f"p to {comparison.baseline}")]
    for system in comparison.systems:
        p_value = system.differences[0].tests[0].p_randomisation_holm if system.differences else None
        scores = (number(system.scores[one.name]) for one in metrics)
        shown = "baseline" if p_value is None else f"{p_value:.4f}"
        rows.append((str(system.cluster), str(system.rank), system.name, *scores, shown))
    signatures = [f"{one.name}: {one.signature}" for one in metrics]
    explained = f"p: paired approximate randomisation in {metrics[0].name} by item, with Holm's correction"
    return "\n".join([*comparison.notes, "", *table(rows), "", *signatures, explained])
