"""A model's card, made from facts: what `training.json` beside the weights says, and what is measured now.

`measure` translates test sets and probes, `render` writes Markdown. Nothing on the card is typed by hand but the notes
that the recipe carries.
"""

import json
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.behaviour import MEASURES
from eval.metrics import Score, corpus_score, corpus_scores
from eval.score import BOOTSTRAP, who_wrote
from models.folder import ModelFolder
from models.registry import open_translator, resolve
from models.translator import Translator
from pipeline.errors import InputError
from pipeline.readers import ReadOptions, read_paths
from pipeline.records import Abstract, Translation
from pipeline.settings import Settings
from pipeline.translate import translate_block

TEMPLATES = Path(__file__).parent / "templates"
TRAINING_FILE = "training.json"
PRECISION_SAMPLE = 100  # abstracts on which int8 is compared with float32


@dataclass(frozen=True, slots=True)
class SetResult:
    """What a model did on a test set: scores of finished output, flagged abstracts, cost."""

    name: str
    abstracts: int
    segments: int
    scores: tuple[Score, ...]
    flagged: int
    issues: Mapping[str, int]
    cpu_seconds: float
    origins: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Measured:
    """Everything on a card that is measured: sets, probes by measure, and chrF2 of int8 minus that of float32."""

    system: str
    sets: tuple[SetResult, ...]
    probes: Mapping[str, str]
    int8_chrf: float
    precision_set: str

    @property
    def signatures(self) -> dict[str, list[str]]:
        """Each signature and the scores that have it."""
        found: dict[str, list[str]] = {}
        for one in self.sets:
            for score in one.scores:
                found.setdefault(score.signature, []).append(f"{score.name} of {one.name}")
        return found


def measure(model: str, sets: Mapping[str, str]) -> Measured:
    """Translate `sets` (name -> file of abstracts with references) and the probes with `model` as users get it."""
    texts = {name: load(path) for name, path in sets.items()}  # first of all: a wrong path is told at once
    translator, settings = open_translator(model, device="cpu"), Settings()
    results = tuple(_result(name, abstracts, translator, settings) for name, abstracts in texts.items())
    first = next(iter(texts))
    sample = texts[first][:PRECISION_SAMPLE]
    exact = open_translator(model, device="cpu", precision="float32")
    int8, float32 = (_chrf(sample, one, settings) for one in (translator, exact))
    probes = {name: str(function(translator)) for name, function in MEASURES.items()}
    return Measured(settings.signature(translator), results, probes, int8 - float32, first)


def load(path: str) -> list[Abstract]:
    """The abstracts of a test set in any format that is read.

    Of lines that come with no sure reference one in a hundred may be left out; more are an `InputError`.
    """
    found: list[Abstract] = []
    without: list[str] = []
    for record in read_paths([path], ReadOptions()):
        if isinstance(record, Abstract) and record.references:
            found.append(record)
        else:
            without.append(record.id if isinstance(record, Abstract) else str(record))
    if len(without) * 100 > len(found):
        raise InputError(f"{path}: {len(without)} records have no reference, the first is {without[0]}: add them")
    return found


def _translations(abstracts: Sequence[Abstract], translator: Translator, settings: Settings) -> list[Translation]:
    done = translate_block(abstracts, translator, settings)
    for abstract, result in zip(abstracts, done, strict=True):
        if not isinstance(result, Translation):
            raise InputError(f"{abstract.id}: {result.reason}")
    return [one for one in done if isinstance(one, Translation)]


def _result(name: str, abstracts: list[Abstract], translator: Translator, settings: Settings) -> SetResult:
    begun = time.process_time()
    done = _translations(abstracts, translator, settings)
    seconds = time.process_time() - begun
    texts = [[reference.text for reference in one.references] for one in abstracts]
    return SetResult(
        name,
        len(done),
        sum(len(one.segments) for one in done),
        corpus_scores([one.target for one in done], texts, n_bootstrap=BOOTSTRAP),
        sum(bool(one.issues) for one in done),
        Counter(issue.kind for one in done for issue in one.issues),
        seconds,
        tuple(who_wrote(Counter(reference.origin for one in abstracts for reference in one.references))),
    )


def _chrf(abstracts: list[Abstract], translator: Translator, settings: Settings) -> float:
    done = _translations(abstracts, translator, settings)
    texts = [[reference.text for reference in one.references] for one in abstracts]
    return corpus_score("chrF2", [one.target for one in done], texts).value


def training_of(folder: ModelFolder) -> list[dict[str, Any]]:
    """The training runs that made a model, the first one first; none where the folder does not say."""
    path = folder.path / TRAINING_FILE
    run = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else None
    runs: list[dict[str, Any]] = []
    while run:
        runs.insert(0, run)
        run = run.get("before")
    return runs


def render(model: str, measured: Measured) -> str:
    """The card of a model as Markdown."""
    import jinja2

    folder = resolve(model)
    runs = training_of(folder)
    # what is made is Markdown, so nothing is escaped for HTML
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True, autoescape=False,
    )  # fmt: skip
    return environment.get_template("model_card.md.jinja").render(
        name=folder.name,
        shape=folder.shape,
        megabytes=folder.weights_file.stat().st_size / 1e6,
        parameters=folder.weights_file.stat().st_size / 2 / 1e6,
        revision=folder.fingerprint,
        runs=runs,
        licence=runs[-1]["config"].get("licence", "") if runs else "",
        measured=measured,
    )
