"""A comparison is JSON and back; what is no comparison is refused with its place."""

import json
from typing import Any

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
    from_object,
    to_object,
)


def comparison() -> Comparison:
    score = Estimate(30.25, 29.0, 31.5)
    test = Significance("item", 0.01, 0.02, 0.03, 0.04)
    system = System(
        "a", "run", "runs/a", "model:x|beam:4", 1, 1, 2, 1, {"BLEU": score}, {}, (Difference("BLEU", score, (test,)),),
        Behaviour(Kept(9, 10), None, 0, 1, None), TermsKept(Kept(1, 2), Kept(0, 0)), Cost(cpu_seconds=3.5), ("note",),
    )  # fmt: skip
    return Comparison(
        title="A test", command="zhaiyi compare a", versions={"sacrebleu": "2.6.0"}, date="2026-01-01", baseline="a",
        items_count=1, documents_count=1, resamples=1000, trials=10_000, seed=12345, item_metric="chrF2",
        metrics=(MetricInfo("BLEU", "nrefs:1|tok:zh"),), references=(ReferenceInfo("refs", "human", 1, "hans"),),
        notes=("a note",), systems=(system,), pairs=((1.0,),), buckets=(Bucket("length", "1-20", 1, {"BLEU": (3.0,)}),),
        terms=(Term("graph", ("图",), 1, (1,)),), most_different=("x",), worst=(("x",),),
        items=(Item("x", "x", "T", ("cs.LG",), "We.", ("图。",), ("</script>",), (9.5,), (("numbers",),), (0,)),),
    )  # fmt: skip


def test_a_comparison_is_json_and_back() -> None:
    made = comparison()
    assert from_object(json.loads(json.dumps(to_object(made)))) == made


@pytest.mark.parametrize(
    ("change", "message"),
    [
        pytest.param({"schema": "other"}, "schema is 'other'", id="schema"),
        pytest.param({"more": 1}, "the object: expected the fields title,", id="surplus"),
        pytest.param({"baseline": 3}, "baseline: 3 is not of the expected type", id="type"),
        pytest.param({"pairs": [["x"]]}, r"pairs\[0\]\[0\]: 'x' is not", id="nested"),
    ],
)
def test_what_is_none_is_refused_with_its_place(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        from_object(to_object(comparison()) | change)
