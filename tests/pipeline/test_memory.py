"""The memory: exact matches alone, the latest correction wins, nothing is lost; what is no memory is refused."""

import json
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError
from pipeline.memory import Correction, Memory, create_memory, open_memory
from pipeline.memory_tmx import read_memory
from pipeline.normalize import normalize, repair_title
from pipeline.segment import split

ROOT = Path(__file__).resolve().parents[2]
DAY = "2025-01-0{}T10:00:00Z"


def made(source: str, target: str, day: int = 1, **other: Any) -> Correction:
    return replace(Correction(source, target, "hans", "Li Na", DAY.format(day), "a.tsv"), **other)


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
corrections = st.builds(
    Correction, texts, texts, st.sampled_from(["hans", "hant"]), texts,
    st.sampled_from(["", *(DAY.format(day) for day in (1, 2, 3))]), texts,
)  # fmt: skip


@given(st.lists(corrections, max_size=12), st.sampled_from(["hans", "hant"]))
def test_the_latest_of_a_segment_wins_as_in_a_plain_list(several: list[Correction], script: Any) -> None:
    memory = Memory.of(several, "test")
    expected: dict[str, Correction] = {}
    for one in several:
        if one.script == script and (one.source not in expected or one.when >= expected[one.source].when):
            expected[one.source] = one
    found = memory.lookup([one.source for one in several], script)
    assert {source: one.target for source, one in found.items()} == {
        source: one.target for source, one in expected.items()
    }
    assert memory.summary(script)[0] == len(expected)


def test_nothing_but_the_same_text_matches_and_scripts_stay_apart() -> None:
    memory = Memory.of([made("We do.", "我们做。"), made("We do.", "我們做。", script="hant")], "test")
    assert memory.lookup(["We do", "we do.", "We  do.", "We do. "], "hans") == {}
    assert memory.lookup(["We do."], "hans")["We do."].target == "我们做。"
    assert memory.lookup(["We do."], "hant")["We do."].target == "我們做。"


def test_many_texts_are_looked_up_at_once() -> None:
    memory = Memory.of([made(f"Segment {number}.", f"第{number}段。") for number in range(3_000)], "test")
    assert len(memory.lookup((f"Segment {number}." for number in range(0, 6_000, 2)), "hans")) == 1_500


def test_history_is_kept_and_what_is_in_force_is_not_added_again(tmp_path: Path) -> None:
    memory = create_memory(tmp_path / "m.sqlite")
    first, second = made("We do.", "做。"), made("We do.", "我们做。", 2)
    assert memory.add([first]) == 1 and memory.add([second]) == 1
    assert memory.add([second, replace(second, when=DAY.format(3)), first]) == 0
    assert memory.add([replace(first, when=DAY.format(4))]) == 1
    again = open_memory(tmp_path / "m.sqlite")
    assert [one.target for one in again.history("We do.", "hans")] == ["做。", "我们做。", "做。"]
    assert again.lookup(["We do."], "hans")["We do."] == replace(first, when=DAY.format(4))


def test_an_open_memory_goes_on_holding_what_it_held(tmp_path: Path) -> None:
    path = tmp_path / "m.sqlite"
    create_memory(path).add([made("We do.", "做。")])
    reader, writer = open_memory(path), create_memory(path)
    before = reader.summary("hans")
    assert writer.add([made("We do.", "我们做。", 2), made("More.", "更多。")]) == 2
    assert reader.summary("hans") == before and reader.lookup(["More."], "hans") == {}
    assert reader.lookup(["We do."], "hans")["We do."].target == "做。"
    assert open_memory(path).summary("hans")[0] == 2 and open_memory(path).summary("hans") != before
    with closing(sqlite3.connect(path)) as connection:  # no second file beside it that a copy would lack
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)


def test_several_threads_read_one_memory() -> None:
    memory = Memory.of([made(f"S{number}.", f"{number}。") for number in range(500)], "test")
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda number: memory.lookup([f"S{number}."], "hans"), range(500)))
    assert [next(iter(one.values())).target for one in found] == [f"{number}。" for number in range(500)]


@given(st.permutations([made("A.", "甲。"), made("B.", "乙。"), made("C.", "丙。")]))
def test_the_digest_is_of_the_content_and_not_of_its_order(several: list[Correction]) -> None:
    base = Memory.of([made("A.", "甲。"), made("B.", "乙。"), made("C.", "丙。")], "other name")
    assert Memory.of(several, "test").summary("hans") == base.summary("hans")
    for changed in (replace(several[0], target="丁。"), replace(several[0], by="Wu")):
        assert Memory.of([changed, *several[1:]], "test").summary("hans") != base.summary("hans")


def no_file(path: Path) -> None:
    pass


def empty(path: Path) -> None:
    path.write_bytes(b"")


def text(path: Path) -> None:
    path.write_text("We do.\t我们做。\n" * 100, encoding="utf-8")


def others_database(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE corrections (a)")
    connection.close()


def newer(path: Path) -> None:
    create_memory(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 9")
    connection.close()


def damaged(path: Path) -> None:
    create_memory(path).close()
    path.write_bytes(path.read_bytes()[:100] + b"\xff" * 5000)


def broken_tmx(path: Path) -> None:
    path.write_text(TMX.replace("</seg></tuv>\n</tu>", "</tu>", 1), encoding="utf-8")


def one_language(path: Path) -> None:
    path.write_text(TMX.replace('xml:lang="zh', 'xml:lang="fr'), encoding="utf-8")


def entities(path: Path) -> None:
    path.write_text(TMX.replace('"tmx14.dtd"', '"tmx14.dtd" [<!ENTITY x "y">]'), encoding="utf-8")


BAD_FILES = {
    no_file: "no such memory", empty: "empty file", text: "neither a memory of zhaiyi nor TMX",
    others_database: "no memory of zhaiyi", newer: "version 9", damaged: "m.sqlite: ",
    broken_tmx: "m.sqlite:8: not XML",
    one_language: "no unit pairs", entities: "DTD that declares entities",
}  # fmt: skip


TMX = """<?xml version="1.0"?>
<!DOCTYPE tmx SYSTEM "tmx14.dtd">
<tmx version="1.4"><header creationtool="other" segtype="sentence" o-tmf="x" adminlang="en" srclang="en"
 datatype="plaintext"/>
<body>
<tu creationid="Zhang" creationdate="20240102T030405Z"><tuv xml:lang="en-US"><seg>We pro-
pose  <bpt i="1">{b}</bpt>ReQuest<ept i="1">{/b}</ept>, a method.</seg></tuv>
<tuv xml:lang="zh-CN" changeid="Li" changedate="20250304T050607Z"><seg>我们提出ReQuest方法。</seg></tuv>
</tu>
<tu><tuv xml:lang="en"><seg>It works.</seg></tuv><tuv xml:lang="zh-TW"><seg>它有效。</seg></tuv>
<tuv xml:lang="zh"><seg>它管用。</seg></tuv></tu>
<tu><tuv xml:lang="en"><seg>Hello.</seg></tuv><tuv xml:lang="fr"><seg>Bonjour.</seg></tuv></tu>
<tu><prop type="x-zhaiyi-was">机器的。</prop><tuv xml:lang="en"><seg>By a machine.</seg></tuv>
<tuv xml:lang="zh"><seg>机器的。</seg></tuv></tu>
</body></tmx>
"""


@pytest.mark.parametrize("make", BAD_FILES, ids=lambda make: make.__name__)
def test_what_is_no_memory_is_one_clear_line(make: Any, tmp_path: Path) -> None:
    path = tmp_path / "m.sqlite"
    make(path)
    with pytest.raises(InputError) as told:
        read_memory(path).lookup(["We do."], "hans")
    assert BAD_FILES[make] in str(told.value) and "m.sqlite" in str(told.value) and "\n" not in str(told.value)


def test_no_file_of_another_program_is_written_to(tmp_path: Path) -> None:
    path = tmp_path / "other.sqlite"
    others_database(path)
    before = path.read_bytes()
    with pytest.raises(InputError, match="no memory of zhaiyi"):
        create_memory(path)
    assert path.read_bytes() == before


def test_tmx_is_normalised_and_says_who_and_when(tmp_path: Path) -> None:
    path = tmp_path / "team.tmx"
    path.write_text(TMX, encoding="utf-8")
    memory = read_memory(path)
    source = "We propose ReQuest, a method."
    assert memory.lookup([source], "hans")[source] == Correction(
        source, "我们提出ReQuest方法。", "hans", "Li", "2025-03-04T05:06:07Z", path.as_posix()
    )
    assert memory.lookup(["It works."], "hant")["It works."].target == "它有效。"
    assert memory.lookup(["It works."], "hans")["It works."] == Correction(
        "It works.", "它管用。", "hans", "unknown", "", path.as_posix()
    )
    assert memory.lookup(["Hello.", "By a machine."], "hans") == {}


def test_segments_are_the_same_when_they_are_normalised_once_more() -> None:
    lines = (ROOT / "eval/testsets/abstracts.jsonl").read_text(encoding="utf-8").splitlines()
    segments = [text for line in lines for text, _ in split(normalize(json.loads(line)["abstract"]))]
    assert len(segments) > 500 and [repair_title(text).text for text in segments] == segments
