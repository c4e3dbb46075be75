"""Compare systems on a joined corpus: scores, tests against a baseline, places, buckets, behaviour, terms.

`compare` is pure: it reads and writes nothing, and gives a `Comparison`. Statistics are counted once a system and
metric; intervals, tests, clusters, buckets and sentence scores are all made from them.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from eval.buckets import group
from eval.comet import ItemScores
from eval.comparison import (
    Bucket,
    Comparison,
    Difference,
    Estimate,
    Item,
    MetricInfo,
    Significance,
    System,
    TermsKept,
    Unit,
)
from eval.conduct import Asked, Conduct, asked, behaviour, conduct
from eval.corpus import Corpus
from eval.metrics import LOWER_IS_BETTER, make_metric, signature
from eval.resampling import (
    RESAMPLES,
    SIGNIFICANT,
    TRIALS,
    bootstrap_p,
    centred_p,
    clusters,
    holm,
    interval,
    p_value,
    randomised,
    resampled,
    seed,
)
from eval.statistics import scores, statistics
from eval.terms import Finder, Terms, score_terms

if TYPE_CHECKING:
    from eval.statistics import Array

ITEM_METRIC = "chrF2"
"""The metric of single items, where it is among those asked for: of one sentence BLEU says little."""

SHOWN = 50
"""Items that are listed as the most different, and as the worst of each system."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What to compare by: metrics (the first one ranks), the baseline's name, how often to resample, terms.

    `extra` are metrics that were measured elsewhere, item by item, for the systems in the order of the corpus.
    """

    baseline: str
    metrics: tuple[str, ...]
    language: str = "zh"
    tokenizer: str = ""
    resamples: int = RESAMPLES
    trials: int = TRIALS
    terms: Terms = field(default_factory=dict)
    extra: tuple[ItemScores, ...] = ()
    title: str = ""
    command: str = ""
    date: str = ""
    versions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric over all systems: its formula from sums of statistics to scores, statistics, bootstrap, single items.

    Arrays: `rows` (systems, items, numbers), `values` (systems,), `bootstrap` (systems, resamples), `items` (systems,
    items). `sign` turns scores so that more is better.
    """

    info: MetricInfo
    formula: "Callable[[Array], Array]"
    rows: "Array"
    values: "Array"
    bootstrap: "Array"
    items: "Array"

    @property
    def sign(self) -> int:
        """1 where a higher score is better, else -1."""
        return 1 if self.info.higher_is_better else -1

    def of(self, system: int) -> "Measured":
        """This of one system alone."""
        return self.ordered([system])

    def ordered(self, order: list[int]) -> "Measured":
        """This of some systems, in another order."""
        return Measured(
            self.info, self.formula, self.rows[order], self.values[order], self.bootstrap[order], self.items[order]
        )

    def estimate(self, system: int) -> Estimate:
        """The score of a system with its interval."""
        low, high = interval(self.bootstrap[system])
        return Estimate(float(self.values[system]), low, high)


def measure(systems: Sequence[Sequence[str]], references: Sequence[Sequence[str]], wanted: Wanted) -> list[Measured]:
    """All metrics asked for over systems, given by their texts, with as many resamples as asked for."""
    metrics = {name: make_metric(name, language=wanted.language, tokenizer=wanted.tokenizer) for name in wanted.metrics}
    found = []
    for name, rows in statistics(metrics, systems, references).items():
        formula = partial(scores, metrics[name])
        single = partial(scores, make_metric(name, language=wanted.language, sentence=True, tokenizer=wanted.tokenizer))
        info = MetricInfo(name, signature(metrics[name], wanted.resamples), name not in LOWER_IS_BETTER)
        found.append(_measured(info, formula, rows, single(rows), wanted))
    return found


def measure_items(scored: ItemScores, wanted: Wanted) -> Measured:
    """A metric whose corpus score is the mean of its items."""
    import numpy as np

    values = np.array(scored.values)
    rows = np.stack([values, np.ones_like(values)], axis=2)
    with_resamples = scored.signature + (f"|bs:{wanted.resamples}" if wanted.resamples > 1 else "")
    return _measured(
        MetricInfo(scored.name, with_resamples), lambda sums: sums[..., 0] / sums[..., 1], rows, values, wanted
    )


def _measured(
    info: MetricInfo, formula: "Callable[[Array], Array]", rows: "Array", items: "Array", wanted: Wanted
) -> Measured:
    values = formula(rows.sum(axis=1))
    bootstrap = resampled(rows, formula, wanted.resamples) if wanted.resamples > 1 else values[:, None]
    return Measured(info, formula, rows, values, bootstrap, items)


def compare(corpus: Corpus, wanted: Wanted) -> Comparison:
    """Compare the systems of a corpus; raises `ValueError` for unknown names of metrics or of the baseline."""
    names = [system.name for system in corpus.systems]
    if wanted.baseline not in names:
        raise ValueError(f"no system is called {wanted.baseline!r}; there are {', '.join(names)}")
    texts = [corpus.texts(system) for system in corpus.systems]
    measured = [*measure(texts, corpus.reference_texts, wanted), *(measure_items(one, wanted) for one in wanted.extra)]
    first = measured[0]
    order = sorted(range(len(names)), key=lambda system: (-first.sign * first.values[system], system))
    corpus = replace(corpus, systems=tuple(corpus.systems[system] for system in order))
    texts = [texts[system] for system in order]
    measured = [one.ordered(order) for one in measured]
    pairs = _pairs(measured[0])
    wanted_kept = [asked(facts.source) for facts in corpus.facts]
    conducts = [[conduct(one, text) for one, text in zip(wanted_kept, own, strict=True)] for own in texts]
    groups = group(corpus.facts, wanted_kept)
    finder = Finder(wanted.terms)
    in_items = [finder.find(facts.source) for facts in corpus.facts] if wanted.terms else []
    listed, kept = score_terms(wanted.terms, in_items, texts) if wanted.terms else ([], [])
    item_metric = next((one for one in measured if one.info.name == ITEM_METRIC), measured[0])
    documents = _documents(corpus)
    return Comparison(
        title=wanted.title or f"{len(names)} systems on {len(corpus.ids):,} items",
        command=wanted.command,
        versions=wanted.versions,
        date=wanted.date,
        baseline=wanted.baseline,
        items_count=len(corpus.ids),
        documents_count=len(set(documents)),
        resamples=wanted.resamples,
        trials=wanted.trials,
        seed=-1 if seed() is None else int(seed() or 0),
        item_metric=item_metric.info.name,
        metrics=tuple(one.info for one in measured),
        references=corpus.sets,
        notes=corpus.notes,
        systems=_systems(corpus, wanted, measured, pairs, wanted_kept, conducts, kept, documents),
        pairs=pairs,
        buckets=tuple(_bucket(kind, label, items, measured) for (kind, label), items in groups.items()),
        terms=tuple(listed),
        items=_items(corpus, texts, item_metric, conducts, list(groups.values())),
        most_different=tuple(corpus.ids[i] for i in _most_different(item_metric)),
        worst=tuple(tuple(corpus.ids[i] for i in found) for found in _worst(item_metric)),
    )


def _pairs(first: Measured) -> tuple[tuple[float, ...], ...]:
    """The p-value of each two systems, by the bootstrap with the spread of differences about their mean."""
    count = len(first.values)
    found = [[1.0] * count for _ in range(count)]
    for one in range(count):
        for other in range(one):
            difference = float(first.values[one] - first.values[other])
            found[one][other] = found[other][one] = centred_p(first.bootstrap[one], first.bootstrap[other], difference)
    return tuple(map(tuple, found))


def _documents(corpus: Corpus) -> list[str]:
    return [facts.document for facts in corpus.facts]


def _systems(
    corpus: Corpus,
    wanted: Wanted,
    measured: Sequence[Measured],
    pairs: Sequence[Sequence[float]],
    wanted_kept: Sequence[Asked],
    conducts: Sequence[Sequence[Conduct]],
    terms: Sequence[TermsKept],
    documents: Sequence[str],
) -> tuple[System, ...]:
    names = [system.name for system in corpus.systems]
    baseline = names.index(wanted.baseline)
    differences = [_differences(one, baseline, documents, wanted) for one in measured]
    of_cluster = clusters(pairs)
    found = []
    for place, system in enumerate(corpus.systems):
        better = sum(pairs[place][other] < SIGNIFICANT for other in range(place))
        worse = sum(pairs[place][other] < SIGNIFICANT for other in range(place + 1, len(names)))
        found.append(
            System(
                name=system.name,
                kind=system.kind,
                path=system.path,
                signature=system.signature,
                rank=place + 1,
                best_rank=better + 1,
                worst_rank=len(names) - worse,
                cluster=of_cluster[place],
                scores={one.info.name: one.estimate(place) for one in measured},
                raw=_raw(corpus, place, wanted),
                differences=tuple(one[place] for one in differences) if place != baseline else (),
                behaviour=behaviour(wanted_kept, conducts[place]),
                terms=terms[place] if terms else None,
                cost=system.cost,
            )
        )
    return tuple(found)


def _raw(corpus: Corpus, place: int, wanted: Wanted) -> dict[str, Estimate]:
    """Scores of a system before finishing, if what it wrote then is known."""
    system = corpus.systems[place]
    if not system.raw:
        return {}
    found = measure([corpus.texts(system, "raw")], corpus.reference_texts, wanted)
    return {one.info.name: one.estimate(0) for one in found}


def _differences(measured: Measured, baseline: int, documents: Sequence[str], wanted: Wanted) -> list[Difference]:
    """Each system's difference to the baseline in a metric, with tests by item and, where they differ, by document."""
    gaps = [measured.values[system] - measured.values[baseline] for system in range(len(measured.values))]
    estimates = [
        Estimate(float(gap), *interval(measured.bootstrap[system] - measured.bootstrap[baseline]))
        for system, gap in enumerate(gaps)
    ]
    tests = [_tests("item", measured, measured.rows, measured.bootstrap, baseline, wanted)]
    if len(set(documents)) < len(documents):
        rows = _by_document(measured.rows, documents)
        bootstrap = resampled(rows, measured.formula, wanted.resamples)
        tests.append(_tests("document", measured, rows, bootstrap, baseline, wanted))
    return [
        Difference(measured.info.name, estimate, tuple(of_unit[system] for of_unit in tests))
        for system, estimate in enumerate(estimates)
    ]


def _by_document(rows: "Array", documents: Sequence[str]) -> "Array":
    """Statistics summed over the items of each document."""
    import numpy as np

    order = sorted(range(len(documents)), key=documents.__getitem__)
    starts = [at for at, i in enumerate(order) if not at or documents[i] != documents[order[at - 1]]]
    sums: Array = np.add.reduceat(rows[:, order], starts, axis=1)
    return sums


def _tests(
    unit: Unit, measured: Measured, rows: "Array", bootstrap: "Array", baseline: int, wanted: Wanted
) -> list[Significance]:
    """A test of each system; the corrections leave the baseline out."""
    chance = randomised(rows, measured.formula, baseline, wanted.trials)
    gaps = [float(value - measured.values[baseline]) for value in measured.values]
    by_bootstrap = [bootstrap_p(own, bootstrap[baseline], gap) for own, gap in zip(bootstrap, gaps, strict=True)]
    by_chance = [p_value(own, gap) for own, gap in zip(chance, gaps, strict=True)]
    others = [system for system in range(len(gaps)) if system != baseline]
    corrected = [
        dict(zip(others, holm([one[system] for system in others]), strict=True)) for one in (by_bootstrap, by_chance)
    ]
    return [
        Significance(
            unit, by_bootstrap[system], by_chance[system], corrected[0].get(system, 1.0), corrected[1].get(system, 1.0)
        )
        for system in range(len(gaps))
    ]


def _bucket(kind: str, label: str, items: list[int], measured: Sequence[Measured]) -> Bucket:
    found = {}
    for one in measured:
        values = one.formula(one.rows[:, items].sum(axis=1))
        found[one.info.name] = tuple(round(float(value), 4) for value in values)
    return Bucket(kind, label, len(items), found)


def _items(
    corpus: Corpus,
    texts: Sequence[Sequence[str]],
    measured: Measured,
    conducts: Sequence[Sequence[Conduct]],
    groups: Sequence[Sequence[int]],
) -> tuple[Item, ...]:
    in_buckets: list[list[int]] = [[] for _ in corpus.ids]
    for number, members in enumerate(groups):
        for item in members:
            in_buckets[item].append(number)
    found = []
    for i, identifier in enumerate(corpus.ids):
        facts = corpus.facts[i]
        found.append(
            Item(
                id=identifier,
                document=facts.document,
                title=facts.title,
                categories=facts.categories,
                source=facts.source,
                references=tuple(one.text for one in corpus.references[i]),
                hypotheses=tuple(own[i] for own in texts),
                scores=tuple(round(float(value), 2) for value in measured.items[:, i]),
                issues=tuple(own[i].issues for own in conducts),
                buckets=tuple(in_buckets[i]),
            )
        )
    return tuple(found)


def _most_different(measured: Measured) -> list[int]:
    """The items with the widest range of scores, the widest first; none where there is one system."""
    import numpy as np

    spread = np.ptp(measured.items, axis=0)
    return [int(i) for i in np.argsort(-spread, kind="stable")[:SHOWN] if spread[i] > 0]


def _worst(measured: Measured) -> list[list[int]]:
    import numpy as np

    return [[int(i) for i in np.argsort(measured.sign * own, kind="stable")[:SHOWN]] for own in measured.items]
