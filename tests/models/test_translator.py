"""The translator's laws, on an engine that only copies: order, count, batches, limits, memory."""

import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import ModelError, OutOfMemory
from models.folder import ModelFolder
from models.tokens import Tokens
from models.translator import Decoding, Generated, Limits, SystemInfo, Translator, batched

INFO = SystemInfo("m", "r", "copy", "exact", "cpu", "", "⟦{}⟧", "1")


class CopyEngine:
    """Gives each source back, at most up to its length limit, and notes the batches it was given."""

    name, version, device, precision, shortlist = "copy", "1", "cpu", "exact", "none"

    def __init__(self, workers: int = 1, memory: int = 10**9) -> None:
        self.workers, self.memory = workers, memory
        self.batches: list[list[list[str]]] = []
        self.threads: set[int] = set()

    def generate(self, batch: list[list[str]], decoding: Decoding, max_lengths: list[int]) -> list[list[Generated]]:
        if len(batch) * max(map(len, batch)) > self.memory:
            raise OutOfMemory("copy: out of memory")
        self.batches.append(batch)
        self.threads.add(threading.get_ident())
        return [[(source[:-1][: max(max_lengths)], float(len(source)))] for source in batch]


@pytest.fixture(scope="session")
def tokens(tiny_model: Path) -> Tokens:
    return Tokens(ModelFolder(tiny_model))


def translator(tokens: Tokens, engine: CopyEngine, batch_tokens: int = 64, positions: int = 128) -> Translator:
    return Translator(tokens, engine, Limits(positions, batch_tokens), INFO)


@given(st.lists(st.text("ab 中，⟦0⟧", max_size=12), max_size=12), st.integers(1, 80), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_order_and_count_for_every_batch_size(tokens: Tokens, texts: list[str], size: int, workers: int) -> None:
    engine = CopyEngine(workers)
    found = translator(tokens, engine, size).translate(texts)
    assert [h.text for h in found] == [" ".join(text.split()) for text in texts]
    assert not any(h.truncated for h in found)
    pieces = [len(source) for batch in engine.batches for source in batch]
    assert len(pieces) == len({text for text in texts if text.strip()}), "equal texts are translated once"
    assert all(len(batch) == 1 or len(batch) * max(map(len, batch)) <= size for batch in engine.batches)
    if workers == 1:
        assert pieces == sorted(pieces, reverse=True), "sorted by length"


@given(st.lists(st.integers(1, 50), max_size=40), st.integers(1, 200))
def test_batches_hold_all_in_order(lengths: list[int], size: int) -> None:
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    batches = list(batched(order, lengths, size))
    assert [i for batch in batches for i in batch] == order


def test_text_that_is_too_long_is_an_error_and_the_limit_is_exact(tokens: Tokens) -> None:
    small = translator(tokens, CopyEngine(), positions=20)
    assert small.max_source_pieces == 19
    longest = max(
        (f"{'ab ' * n}" for n in range(30)), key=lambda t: n if (n := small.count_pieces([t])[0]) <= 19 else 0
    )
    assert small.translate([longest])[0].text
    with pytest.raises(ModelError, match=r"a text of \d+ pieces is over the model's 19, split it: 'ab ab"):
        small.translate(["a", longest + "ab " * 20])


def test_a_hypothesis_at_its_limit_is_truncated(tokens: Tokens) -> None:
    decoding = Decoding(max_ratio=0.5, max_extra=2)
    short, long = translator(tokens, CopyEngine()).translate(["a", "⟦0⟧⟦1⟧⟦2⟧⟦3⟧⟦4⟧⟦5⟧⟦6⟧"], decoding)
    assert not short.truncated
    assert (long.truncated, long.text) == (True, "⟦0⟧⟦1⟧⟦2⟧⟦3⟧⟦4⟧"), "8 pieces: 0.5 * 8 + 2"


def test_truncation_does_not_depend_on_the_batch(tokens: Tokens) -> None:
    decoding, texts = Decoding(max_ratio=0.5, max_extra=2), [f"{'⟦1⟧' * n}" for n in range(1, 12)]
    one_by_one = [translator(tokens, CopyEngine(), 1).translate([text], decoding)[0] for text in texts]
    assert translator(tokens, CopyEngine(), 10_000).translate(texts, decoding) == one_by_one


def test_empty_texts_do_not_reach_the_engine(tokens: Tokens) -> None:
    engine = CopyEngine()
    found = translator(tokens, engine).translate(["", "  ", "a"])
    assert [(h.text, h.truncated) for h in found] == [("", False), ("", False), ("a", False)]
    assert len(engine.batches) == 1


def test_out_of_memory_halves_the_batch(tokens: Tokens) -> None:
    texts = [f"a{'b' * n}" for n in range(20)]
    engine = CopyEngine(memory=60)
    assert [h.text for h in translator(tokens, engine, 400).translate(texts)] == texts
    assert max(len(batch) * max(map(len, batch)) for batch in engine.batches) <= 60


def test_out_of_memory_at_one_text(tokens: Tokens) -> None:
    with pytest.raises(ModelError, match=r"copy: out of memory: not even one text of \d+ pieces fits"):
        translator(tokens, CopyEngine(memory=5)).translate(["a", "many more pieces"])


def test_workers_share_the_batches(tokens: Tokens) -> None:
    barrier = threading.Barrier(3, timeout=10)

    class Meeting(CopyEngine):
        def generate(self, batch: list[list[str]], decoding: Decoding, max_lengths: list[int]) -> list[list[Generated]]:
            barrier.wait()
            return super().generate(batch, decoding, max_lengths)

    engine = Meeting(workers=3)
    assert len(translator(tokens, engine, 1).translate(["a", "ab", "abab"])) == 3
    assert len(engine.threads) == 3


@pytest.mark.parametrize(
    "wrong",
    [
        {"beam": 0},
        {"no_repeat_ngram": -1},
        {"max_ratio": 0.0},
        {"max_extra": 0},
        {"hypotheses": 5},
        {"temperature": -0.1},
        {"temperature": float("inf")},
        {"temperature": 0.7, "beam": 4},
    ],
)
def test_senseless_decoding_settings(wrong: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match="decoding settings out of range"):
        Decoding(**wrong)
