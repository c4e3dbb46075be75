"""Score one system's output against references: finished and raw, as a whole and item by item.

Hypotheses and references are joined by id or line by line (`eval.corpus`); one side without the other is an error that
names the ids. What this module does not do: compare systems, or judge whether a score is good.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.comet import comet_scores
from eval.corpus import Corpus, join_corpus, with_lines
from eval.hypotheses import read_hypotheses
from eval.markdown import number, table
from eval.measured import Measured, Wanted, measure, measure_items
from eval.metrics import make_metric, usual_metrics
from eval.oddities import who_wrote
from eval.references import read_reference_set
from pipeline.errors import ConfigError

BOOTSTRAP = 1000
"""Resamples of a confidence interval: sacrebleu's own default."""

__all__ = ["BOOTSTRAP", "Scored", "Sought", "score", "score_output", "who_wrote"]


@dataclass(frozen=True, slots=True)
class Sought:
    """What a user asks to be scored; empty is what is usual."""

    hypotheses: str
    references: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    tokenizer: str = ""
    language: str = "zh"
    resamples: int = BOOTSTRAP
    source: Path | None = None
    comet: Path | None = None
    tsv: bool = False
    as_json: bool = False


@dataclass(frozen=True, slots=True)
class Scored:
    """A system's corpus with what was measured of each output: "finished" is what users get, "raw" what it was before
    punctuation and spacing, where that is known.
    """

    corpus: Corpus
    outputs: Mapping[str, Sequence[Measured]]
    item_signatures: Mapping[str, str]


def score_output(sought: Sought) -> str:
    """Score what is asked for: a table, a line an item, or JSON.

    Raises `InputError` or `RunError` for what cannot be read or joined, `ConfigError` for metrics that make no sense.
    """
    sets = [read_reference_set(name) for name in sought.references]
    corpus = with_lines(join_corpus([read_hypotheses(sought.hypotheses)], sets), sought.source)
    try:
        found = score(corpus, sought)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    if sought.as_json:
        return json.dumps(as_object(found), ensure_ascii=False, indent=1)
    return as_tsv(found) if sought.tsv else as_table(found)


def score(corpus: Corpus, sought: Sought) -> Scored:
    """Score the one system of a corpus by all metrics. Raises `ValueError` for unknown metrics and wrong tokenisers."""
    (system,) = corpus.systems
    names = sought.metrics or usual_metrics()
    wanted = Wanted(system.name, names, sought.language, sought.tokenizer, sought.resamples)
    outputs = {"finished": corpus.texts(system)} | ({"raw": corpus.texts(system, "raw")} if system.raw else {})
    found = measure(list(outputs.values()), corpus.reference_texts, wanted)
    if sought.comet:
        sources = [one.source for one in corpus.facts]
        scored = comet_scores(sought.comet, sources, list(outputs.values()), corpus.reference_texts)
        found.append(measure_items(scored, wanted))
    signatures = {}
    for name in names:
        metric = make_metric(name, language=sought.language, sentence=True, tokenizer=sought.tokenizer)
        counts = {len(texts) for texts in corpus.references}
        setattr(metric, "num_refs", counts.pop() if len(counts) == 1 else -1)  # noqa: B010  # it declares none
        signatures[name] = str(metric.get_signature())
    return Scored(
        corpus, {output: [one.of(place) for one in found] for place, output in enumerate(outputs)}, signatures
    )


def as_table(found: Scored) -> str:
    """The scores for a terminal, each with its signature, below what has to be known to read them."""
    (system,) = found.corpus.systems
    head = [f"{len(found.corpus.ids)} abstracts of {system.path}", *found.corpus.notes]
    head += [f"system: {system.signature}"] if system.signature else []
    rows = [("output", "metric", "score", "signature")]
    for output, measured in found.outputs.items():
        rows += [(output, one.info.name, number(one.estimate(0)), one.info.signature) for one in measured]
    return "\n".join([*head, "", *table(rows)])


def as_tsv(found: Scored) -> str:
    """A line an item: its id and document, the output, and its sentence scores; signatures are in the heading."""
    names = [f"{name} ({signature})" for name, signature in found.item_signatures.items()]
    lines = ["\t".join(["id", "document", "output", *names])]
    for output, measured in found.outputs.items():
        for place, identifier in enumerate(found.corpus.ids):
            values = (f"{one.items[0, place]:.2f}" for one in measured)
            lines.append("\t".join([identifier, found.corpus.facts[place].document, output, *values]))
    return "\n".join(lines)


def as_object(found: Scored) -> dict[str, Any]:
    """All scores as a JSON object."""
    (system,) = found.corpus.systems
    scores = [
        {"output": output, "metric": one.info.name, "score": estimate.value, "low": estimate.low, "high": estimate.high,
         "signature": one.info.signature}
        for output, measured in found.outputs.items() for one in measured for estimate in [one.estimate(0)]
    ]  # fmt: skip
    items = [
        {"id": identifier, "document": found.corpus.facts[place].document}
        | {
            output: {one.info.name: round(float(one.items[0, place]), 4) for one in measured}
            for output, measured in found.outputs.items()
        }
        for place, identifier in enumerate(found.corpus.ids)
    ]
    return {
        "schema": "zhaiyi.score/1",
        "hypotheses": system.path,
        "system": system.signature,
        "abstracts": len(found.corpus.ids),
        "references": [
            {"name": one.name, "origin": one.origin, "count": one.count, "script": one.script}
            for one in found.corpus.sets
        ],
        "notes": list(found.corpus.notes),
        "scores": scores,
        "item_signatures": dict(found.item_signatures),
        "items": items,
    }
