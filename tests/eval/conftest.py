"""Made comparisons of any size that look like real ones."""

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from eval.comparison import (
    Behaviour,
    Bucket,
    Comparison,
    Cost,
    Difference,
    Estimate,
    Item,
    Kept,
    MetricInfo,
    ReferenceInfo,
    Significance,
    System,
    Term,
    TermsKept,
)

SENTENCES = (
    ("We propose {x}, a method that prunes {n}% of all weights.", "我们提出{x}，一种剪去全部权重中{n}%的方法。"),
    ("On {n} data sets, {x} is faster than the strongest baseline.", "在{n}个数据集上，{x}比最强的基线更快。"),
    ("The cost of {x} grows with the number of layers.", "{x}的开销随层数增加而增长。"),
    ("“Attention” is not explanation: {x} shows why.", "“注意力”并不等于解释：{x}说明了原因。"),
    ("Our proof holds for every {x} with {n} parameters.", "我们的证明对任何含{n}个参数的{x}都成立。"),
    ("However, {x} fails on long sequences (see Section {n}).", "然而，{x}在长序列上失效（见第{n}节）。"),
    ("We release {x} at https://example.org/{n}.", "我们在 https://example.org/{n} 公开{x}。"),
    ("Human raters prefer {x} in {n} of 100 cases.", "在100例中，人工评审有{n}例更喜欢{x}。"),
)
NAMES = ("SparkNet", "图神经网络", "BERT-tiny", "扩散模型", "GRU", "强化学习", "MoE", "联邦学习")
SLIPS = (
    ("我们", "本文"),
    ("提出", "给出"),
    ("方法", "办法"),
    ("更", "还要"),
    ("基线", "底线"),
    ("的", ""),
    ("，", ","),
)
LENGTHS = ("1-9 words", "10 words", "11+ words")
METRICS = (
    MetricInfo("BLEU", "nrefs:2|bs:1000|seed:12345|case:mixed|eff:no|tok:zh|smooth:exp|version:2.6.0"),
    MetricInfo("chrF2", "nrefs:2|bs:1000|seed:12345|case:mixed|eff:yes|nc:6|nw:0|space:no|version:2.6.0"),
    MetricInfo("TER", "nrefs:2|bs:1000|seed:12345|case:lc|tok:tercom|norm:no|punct:yes|asian:yes", False),
)
HOSTILE = (
    """</script><img src=x onerror="document.title='owned'"><!--<script>{{ 7 * 7 }}{% raw %}\u202eabc\u0007&amp;"""
)


def translation(chinese: str, slips: int, rng: random.Random) -> str:
    """A sentence with some words replaced."""
    for right, wrong in rng.sample(SLIPS, min(slips, len(SLIPS))):
        chinese = chinese.replace(right, wrong, 1)
    return chinese


def make_item(number: int, systems: int, rng: random.Random) -> Item:
    english, chinese = SENTENCES[number % len(SENTENCES)]
    words = {"x": rng.choice(NAMES), "n": rng.randint(2, 99)}
    english, chinese = english.format(**words), chinese.format(**words)
    slips = [rng.randint(0, min(6, 1 + system)) for system in range(systems)]
    hypotheses = [translation(chinese, count, rng) for count in slips]
    issues: list[tuple[str, ...]] = [()] * systems
    if number % 17 == 3:
        hypotheses[-1], issues[-1] = "", ("empty",)
    if number % 13 == 5:
        hypotheses[-1] = hypotheses[-1] + "更快" * 8
        issues[-1] = ("repetition",)
    return Item(
        f"made-{number + 1}", f"doc-{number // 5}", "", (), english, (chinese, translation(chinese, 1, rng)),
        tuple(hypotheses), tuple(round(max(3.0, 96.0 - 11 * count - rng.random() * 9), 3) for count in slips),
        tuple(issues), (min(len(english.split()) // 5, 2), 3 + number % 2),
    )  # fmt: skip


def make_system(place: int, name: str, baseline: bool, rng: random.Random) -> System:
    def estimate(value: float) -> Estimate:
        return Estimate(value, value - 0.8, value + 0.8)

    scores = {
        "BLEU": estimate(45 - 1.3 * place),
        "chrF2": estimate(40 - place + rng.random()),
        "TER": estimate(50 + place),
    }
    tests = (Significance("item", 0.001, 0.0005, 0.004, 0.002), Significance("document", 0.02, 0.03, 0.04, 0.12))
    raw = {"BLEU": estimate(30)} if place == 0 else {}
    differences = tuple(Difference(one.name, Estimate(-place, -place - 0.5, 0.5 - place), tests[:1]) for one in METRICS)
    costs = Cost(12.5 * (place + 1), 7.0, 80.0 / (place + 1), 400.0 + place, 29.0) if place < 3 else Cost()
    return System(
        name, "file", f"outputs/{name}.txt", "", place + 1, max(place, 1), place + 2, place // 2 + 1, scores, raw,
        () if baseline else differences, Behaviour(Kept(180 - place, 190), Kept(20, 21), place % 2, place, 0),
        TermsKept(Kept(30 - place, 32), Kept(5, 6)), costs,
    )  # fmt: skip


def make_comparison(systems: int = 4, items: int = 120, hostile: bool = False, seed: int = 1) -> Comparison:
    """A comparison of systems `system-1` (the best) and so on; with `hostile`, texts and names that try to be HTML."""
    rng = random.Random(seed)
    names = [f"system-{number + 1}" for number in range(systems)]
    baseline = names[min(1, systems - 1)]
    made = [make_item(number, systems, rng) for number in range(items)]
    if hostile:
        names[0] = HOSTILE
        first = made[0]
        made[0] = replace(first, id=HOSTILE, source=HOSTILE, references=(HOSTILE,) * 2, hypotheses=(HOSTILE,) * systems)
        made[1] = replace(made[1], hypotheses=("\ud800" + HOSTILE[::-1],) * systems)
    labels = [("length", label) for label in LENGTHS] + [
        ("math", "without math"),
        ("math", HOSTILE if hostile else "math"),
    ]
    buckets = [
        Bucket(
            kind, label, sum(position in one.buckets for one in made),
            {one.name: tuple(50 - number * 1.2 + rng.random() * 6 for number in range(systems)) for one in METRICS},
        )
        for position, (kind, label) in enumerate(labels)
    ]  # fmt: skip
    pairs = [
        [min(1.0, 0.2 / (1 + 8 * abs(i - j) ** 3)) if i != j else 1.0 for j in range(systems)] for i in range(systems)
    ]
    return Comparison(
        title="Made sentences <en-zh>", command="zhaiyi compare a b",
        versions={"sacrebleu": "2.6.0"}, date="2026-11-25",
        baseline=baseline, items_count=items, documents_count=items // 5, resamples=1000, trials=10000, seed=12345,
        item_metric="chrF2", metrics=METRICS,
        references=(ReferenceInfo("A", "human", items, "hans"), ReferenceInfo("B", "llm:made", items, "hans")),
        notes=("One note, with <b>marks</b>.",),
        systems=tuple(make_system(place, name, name == baseline, rng) for place, name in enumerate(names)),
        pairs=tuple(tuple(row) for row in pairs), buckets=tuple(buckets),
        terms=(Term("graph neural network", ("图神经网络",), 9, tuple(9 - number % 3 for number in range(systems))),),
        items=tuple(made), most_different=(), worst=((),) * systems,
    )  # fmt: skip


@pytest.fixture(scope="session")
def comparison_of() -> Callable[..., Comparison]:
    """`make_comparison`."""
    return make_comparison
