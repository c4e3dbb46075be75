"""Compare systems on a joined corpus: scores, tests against a baseline, places, buckets, behaviour, terms.

`compare` is pure: it reads and writes nothing, and gives a `Comparison`. Statistics are counted once a system and
metric; intervals, tests, clusters, buckets and sentence scores are all made from them.
"""

from collections.abc import Sequence
from dataclasses import replace

from eval.buckets import group
from eval.comparison import (
    Bucket,
    Comparison,
    Estimate,
    Item,
    System,
    TermsKept,
)
from eval.conduct import Asked, Conduct, asked, behaviour, conduct
from eval.corpus import Corpus
from eval.measured import Measured, Wanted, measure, measure_items
from eval.resampling import (
    SIGNIFICANT,
    clusters,
    seed,
)
from eval.significance import differences_of, pairs_of
from eval.terms import Finder, score_terms

ITEM_METRIC = "chrF2"
"""The metric of single items, where it is among those asked for: of one sentence BLEU says little."""

SHOWN = 50
"""Items that are listed as the most different, and as the worst of each system."""


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
    pairs = pairs_of(measured[0])
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
    differences = [differences_of(one, baseline, documents, wanted) for one in measured]
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
