import re
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from eval import segmenters
from pipeline.mask import find_protected
from pipeline.records import Segment
from pipeline.segment import segment, split, split_long

PROBES = segmenters.read_probes(Path(__file__).with_name("segment_probes.jsonl"))

# what borders, protected spans and their neighbours are made of
SIGNS = '   ..?!…,;:()[]“”{}$_^`—"\n\u00a0'
WORDS = r"We the a X 3 2.5 al e.g Fig iGPT ε ... [3] \( \) \[ \] \cite{a} www.b.org a.B@c.org https://a.org/x.We"
SPANS = ["$x. Y$", "\\cite{a. B}", "`a. We`", "arXiv: 1706.03762", "(Li et al. 2019)", "$$\n$$"]
TEXTS = st.text(max_size=60) | st.lists(st.sampled_from([*SIGNS, *WORDS.split(), *SPANS]), max_size=30).map("".join)


def joined(pieces: list[tuple[str, str]]) -> str:
    return "".join(text + gap for text, gap in pieces)


def inner_borders(pieces: list[tuple[str, str]]) -> list[tuple[int, int]]:
    """For each piece but the last, where it ends and where the next one starts."""
    borders, position = [], 0
    for text, gap in pieces[:-1]:
        borders.append((position + len(text), position + len(text) + len(gap)))
        position += len(text) + len(gap)
    return borders


@pytest.mark.parametrize("name", ["probe", "held-out"])
def test_probes_are_split_right(name: str) -> None:
    probes = [probe for probe in PROBES if probe.set == name]
    wrong = [probe for probe in probes if segmenters.segments_of(segmenters.ours(), probe.text) != probe.expected]
    assert len(wrong) <= 0.02 * len(probes), [(probe.id, probe.expected) for probe in wrong]


def test_probe_set_is_large_and_has_both_kinds() -> None:
    assert len({probe.text for probe in PROBES}) == len({probe.id for probe in PROBES}) == len(PROBES) >= 150
    whole = sum(len(probe.expected) == 1 for probe in PROBES)
    assert whole >= 50
    assert len(PROBES) - whole >= 100


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("", [], id="empty"),
        pytest.param("No stop", [("No stop", "")], id="one"),
        pytest.param("One. Two. ", [("One.", " "), ("Two.", " ")], id="space at the end"),
        pytest.param("Bad.We fix it.", [("Bad.", ""), ("We fix it.", "")], id="no gap"),
        pytest.param("Two tasks:\n- one\n- two", [("Two tasks:", "\n"), ("- one", "\n"), ("- two", "")], id="lines"),
        pytest.param("Let $$x\n= y.$$ We stop.", [("Let $$x\n= y.$$", " "), ("We stop.", "")], id="math over lines"),
    ],
)
def test_gaps(text: str, expected: list[tuple[str, str]]) -> None:
    assert split(text) == expected


@settings(max_examples=300)
@given(TEXTS)
@example("...$ We")
@example(" \n a. \n\n We")
def test_joining_gives_the_text_back(text: str) -> None:
    pieces = split(text)
    assert joined(pieces) == text
    assert all(gap.strip() == "" for _, gap in pieces)
    assert all(piece == piece.rstrip() for piece, _ in pieces if text.strip())


@settings(max_examples=300)
@given(TEXTS)
def test_protected_spans_stay_in_one_segment(text: str) -> None:
    spans = find_protected(text)
    for end, start in inner_borders(split(text)):
        assert not any(first < end < last or first < start < last for first, last, _ in spans)


@given(TEXTS)
def test_a_newline_is_a_border_outside_protected_spans(text: str) -> None:
    spans = find_protected(text)
    covered = {place for first, last, _ in spans for place in range(first, last)}
    position = 0
    for piece, gap in split(text):
        inner = piece.lstrip()
        start = position + len(piece) - len(inner)
        assert all(start + match.start() in covered for match in re.finditer("\n", inner))
        position += len(piece) + len(gap)


def test_a_run_of_stops_takes_linear_time() -> None:
    text = "." * 200_000 + "x"
    assert split(text) == [(text, "")]


def test_segments_are_numbered() -> None:
    assert segment("a", "title", "Is it? It is.") == (
        Segment("a", "title", 0, "Is it?", " "),
        Segment("a", "title", 1, "It is.", ""),
    )


@settings(max_examples=300)
@given(TEXTS, st.integers(1, 40))
def test_long_pieces_fit_and_join(text: str, limit: int) -> None:
    pieces = split_long(text, lambda piece: len(piece) <= limit)
    assert joined(pieces) == text
    assert all(len(piece) <= limit for piece, _ in pieces)
    assert all(gap.strip() == "" for _, gap in pieces)


@settings(max_examples=300)
@given(TEXTS, st.integers(1, 40))
def test_long_pieces_cut_only_spans_that_do_not_fit(text: str, limit: int) -> None:
    spans = find_protected(text)
    for end, start in inner_borders(split_long(text, lambda piece: len(piece) <= limit)):
        cut = [span for span in spans if span[0] < end < span[1] or span[0] < start < span[1]]
        assert all(last - first > limit for first, last, _ in cut)


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        pytest.param("We fit.", 10, ["We fit."], id="fits"),
        pytest.param("a b c, d e f g; h i, j k l", 20, ["a b c, d e f g;", "h i, j k l"], id="semicolon first"),
        pytest.param(
            "we train it and, as a check, test it", 25, ["we train it and,", "as a check, test it"], id="comma"
        ),
        pytest.param(
            "the loss goes down while accuracy stays", 30, ["the loss goes down", "while accuracy stays"], id="word"
        ),
        pytest.param(
            "the first error of the other model", 20, ["the first error", "of the other model"], id="preposition"
        ),
        pytest.param("loss one two three four", 14, ["loss one two", "three four"], id="space"),
        pytest.param("abcdefghij", 5, ["abcde", "fghij"], id="anywhere"),
        pytest.param("see $a, b, c, d, e$ now", 15, ["see", "$a, b, c, d, e$", "now"], id="span stays"),
        pytest.param("$aaaa, bbbb$", 8, ["$aaaa,", "bbbb$"], id="span too long"),
        pytest.param(
            "one; " + "two " * 9 + "end", 30, ["one; two two two two", "two two two two two end"], id="no crumbs"
        ),
    ],
)
def test_where_a_long_segment_is_cut(text: str, limit: int, expected: list[str]) -> None:
    assert [piece for piece, _ in split_long(text, lambda piece: len(piece) <= limit)] == expected


def test_a_limit_that_nothing_fits_is_an_error() -> None:
    with pytest.raises(ValueError, match="limit is too small"):
        split_long("ab", lambda piece: False)


def test_the_comparison_is_a_table_that_names_missing_libraries(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing() -> segmenters.Splitter:
        raise ImportError("no such library")

    monkeypatch.setattr(segmenters, "SPLITTERS", {"zhaiyi": segmenters.ours, "other": missing})
    rows = segmenters.table(PROBES[:4], ["One. Two."]).splitlines()
    assert rows[0] == "| splitter | probe (4) | CPU s per 1,000 abstracts (1 timed) |"
    assert rows[2].startswith("| zhaiyi | 100.0% | ")
    assert rows[3] == "| other | not installed |  |"
