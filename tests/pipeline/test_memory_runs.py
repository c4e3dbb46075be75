"""Runs with a memory: a person's word stands as it is, is not translated, and is never undone."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from models.registry import open_translator
from pipeline.cli import cli
from pipeline.corrections import corrected, places, renewed
from pipeline.finish import gaps, join_targets
from pipeline.memory import NAME, Correction, Memory, create_memory, open_memory
from pipeline.publish.items import item_of, without_memory
from pipeline.records import Abstract, Review, Translation
from pipeline.settings import Settings
from pipeline.shards import blocks, to_row
from pipeline.translate import translate_block

ROOT = Path(__file__).resolve().parents[2]
DAY = "2025-01-0{}T10:00:00Z"


def made(source: str, target: str, day: int = 1, **other: Any) -> Correction:
    return replace(Correction(source, target, "hans", "Li Na", DAY.format(day), "a.tsv"), **other)


TEXT = "We propose a method. It works well.\n\n- One is $L$.\n- Two is 3%."
ABSTRACT = Abstract("a", "A  \\emph{Study}\nof Nets. And More", TEXT)


def translated(tiny_model: Path, *known: Correction, **settings: Any) -> Translation:
    memory = Memory.of(known, "test") if known else None
    translator = open_translator(str(tiny_model), precision="float32")
    [result] = translate_block([ABSTRACT], translator, Settings(retry=False, memory=memory, **settings))
    assert isinstance(result, Translation)
    return result


def test_a_persons_word_is_kept_as_it_is(tiny_model: Path) -> None:
    word = "它 works, 很好 . "  # neither finished nor checked
    result = translated(tiny_model, made("It works well.", word))
    plain = translated(tiny_model)
    segment, review = result.segments[1], Review("Li Na", DAY.format(1), "")
    assert (segment.target, segment.raw, segment.issues, segment.review) == (word, word, (), review)
    assert [one for one in result.segments if one is not segment] == [plain.segments[0], *plain.segments[2:]]
    row = to_row(result)
    assert row["segments"][1] == {
        "source": "It works well.", "target": word, "issues": [],
        "review": {"by": "Li Na", "when": DAY.format(1), "machine": ""},
    }  # fmt: skip
    assert "title_review" not in row and all("review" not in row["segments"][i] for i in (0, 2, 3))
    assert not [issue for issue in row["issues"] if issue["detail"].startswith("segment 2:")]
    assert row["system"] == to_row(plain)["system"] and item_of(row).segments[1].review == segment.review


def test_a_title_is_recalled_as_a_whole(tiny_model: Path) -> None:
    whole = translated(tiny_model, made("A Study of Nets. And More", "网络研究等"))
    assert whole.title_zh == "网络研究等" and whole.title_review == Review("Li Na", DAY.format(1), "")
    assert to_row(whole)["title_review"]["by"] == "Li Na" and whole.segments == translated(tiny_model).segments
    part = translated(tiny_model, made("And More", "等"))
    assert part == translated(tiny_model)


def test_what_is_known_is_not_translated(tiny_model: Path) -> None:
    translator = open_translator(str(tiny_model), precision="float32")
    asked: list[str] = []
    search = translator.hypotheses
    translator.hypotheses = lambda texts, decoding: asked.extend(texts) or search(texts, decoding)  # type: ignore[method-assign, func-returns-value]
    memory = Memory.of([made("It works well.", "好。"), made("A Study of Nets. And More", "题")], "test")
    translate_block([ABSTRACT, ABSTRACT], translator, Settings(retry=False, memory=memory))
    assert asked and not {"It works well.", "And More", "A Study of Nets."} & set(asked)


def test_the_signature_of_a_run_names_what_the_memory_knows(tiny_model: Path) -> None:
    translator = open_translator(str(tiny_model))
    plain, one, other = (
        Settings(memory=memory)
        for memory in (None, Memory.of([made("A.", "甲。")], "m"), Memory.of([made("A.", "乙。")], "m"))
    )
    signatures = [settings.signature_with_memory(translator) for settings in (plain, one, other)]
    assert len(set(signatures)) == 3 and "|memory:" not in signatures[0]
    assert {without_memory(signature) for signature in signatures} == {plain.signature(translator)}


# rows

white = st.sampled_from([" ", "\n", "\n\n", ""])
pieces = st.lists(
    st.tuples(st.text("abc.", min_size=1, max_size=6), st.text("甲乙a。", max_size=4), white), min_size=1, max_size=5
)


def row_of(found: list[tuple[str, str, str]]) -> dict[str, Any]:
    segments = [
        {"source": source, "target": target, "issues": [{"kind": "numbers", "detail": f"of {target}"}]}
        for source, target, _ in found
    ]
    issues = [{"kind": "length", "detail": "title: too long"}]
    issues += [{"kind": "numbers", "detail": f"segment {i}: of {target}"} for i, (_, target, _) in enumerate(found, 1)]
    joined = join_targets((target, gap) for _, target, gap in found)
    source = "".join(source + gap for source, _, gap in found)
    return {
        "id": "a", "title": "T", "title_zh": "题", "source": source, "target": joined, "segments": segments,
        "issues": issues, "system": "s", "meta": {},
    }  # fmt: skip


@given(pieces, st.data())
def test_correcting_a_row_changes_those_places_alone(found: list[tuple[str, str, str]], data: st.DataObject) -> None:
    row = row_of(found)
    assert corrected(row, {}) == row and renewed(row, {}) == (row, 0)
    numbers = data.draw(st.sets(st.integers(0, len(found))))
    new = corrected(row, {number: made("", f"改{number}") for number in numbers})
    for before, after in zip(places(row), places(new), strict=True):
        if before.number in numbers:
            review = {"by": "Li Na", "when": DAY.format(1), "machine": before.target}
            assert (after.target, after.issues, after.review) == (f"改{before.number}", (), review)
        else:
            assert after == before
    white_space = gaps(row["source"], [one["source"] for one in row["segments"]])
    kept = [(one["target"], gap) for one, gap in zip(new["segments"], white_space, strict=True)]
    assert new["target"] == join_targets(kept)
    assert len(new["issues"]) == len(found) + 1 - len(numbers)
    assert (item_of(new).issues and len(numbers) < len(found) + 1) or not new["issues"]


def test_the_models_own_words_stay_and_the_first_machine_text_too() -> None:
    row = row_of([("It is.", "是", "")])
    once = corrected(row, {1: made("It is.", "它是。")})
    twice = corrected(once, {1: made("It is.", "这是。", 2)})
    assert once["segments"][0]["raw"] == twice["segments"][0]["raw"] == "是"
    assert twice["segments"][0]["review"] == {"by": "Li Na", "when": DAY.format(2), "machine": "是"}
    assert corrected(twice, {1: made("It is.", "这是。", 3)}) == twice
    recalled = {**row["segments"][0], "review": {"by": "Wu", "when": DAY.format(1), "machine": ""}}
    [never_by_a_machine] = corrected({**row, "segments": [recalled]}, {1: made("It is.", "它是。")})["segments"]
    assert "raw" not in never_by_a_machine and never_by_a_machine["review"]["machine"] == ""


@pytest.mark.parametrize(("day", "target"), [(1, "它是。"), (2, "它是。"), (3, "是的。")])
def test_a_memory_undoes_no_later_correction(day: int, target: str) -> None:
    row = corrected(row_of([("It is.", "是", "")]), {1: made("It is.", "它是。", 2)})
    new, count = renewed(row, {"It is.": made("It is.", "是的。", day)})
    assert new["segments"][0]["target"] == target and count == (day == 3)


# the command

LINES = [
    {"id": f"a{n}", "title": f"Method {n}", "abstract": f"We propose method {n}. It is fast on $X_{n}$."}
    for n in range(6)
]


def translate(*arguments: object, code: int = 0) -> str:
    done = CliRunner().invoke(cli, ["translate", *map(str, arguments), "--no-retry"])
    assert done.exit_code == code, done.output
    return done.output if code == 0 else str(done.exception)


def rows(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "translations.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.fixture
def abstracts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("pipeline.run.blocks", lambda records: blocks(records, 2))
    path = tmp_path / "abstracts.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES), encoding="utf-8")
    return path


def test_a_memory_that_comes_later_changes_only_the_blocks_that_it_knows(
    abstracts: Path, tmp_path: Path, tiny_model: Path
) -> None:
    run, path = tmp_path / "run", tmp_path / "m.sqlite"
    options = (abstracts, "-o", run, "--model", tiny_model)
    translate(*options)
    plain, shards = rows(run), {shard: shard.stat().st_mtime_ns for shard in (run / "shards").iterdir()}
    memory = create_memory(path)
    memory.add([made("We propose method 3.", "我们提出方法3。"), made("Method 3", "方法3")])
    said = translate(*options, "--memory", path)
    assert f"segments from the memory: 2 ({path}, 2 entries)" in said and "6 from an earlier run" in said
    assert [one for one, other in zip(rows(run), plain, strict=True) if one != other] == [rows(run)[3]]
    assert rows(run)[3]["title_review"]["machine"] == plain[3]["title_zh"]
    after = {shard: shard.stat().st_mtime_ns for shard in (run / "shards").iterdir()}
    assert after.keys() == shards.keys() and sum(after[shard] != shards[shard] for shard in shards) == 1
    info = json.loads((run / "run.json").read_text(encoding="utf-8"))
    entries, digest = open_memory(path).summary("hans")
    assert info["memory"] == {"file": str(path), "digest": digest, "entries": entries, "used": 2}
    assert info["reviewed"] == 2 and info["system"].endswith(f"|memory:{digest}")
    memory.add([made("It is fast on $X_5$.", "它在$X_5$上很快。", 2)])
    assert "segments from the memory: 3" in translate(*options, "--memory", path)
    assert rows(run)[5]["segments"][1]["target"] == "它在$X_5$上很快。" and rows(run)[3]["title_zh"] == "方法3"
    done = CliRunner().invoke(cli, ["translate", *map(str, options), "--no-retry"])
    assert "made with other options (memory: was" in str(done.exception)


def test_corrections_that_a_changed_input_takes_away_are_told(
    abstracts: Path, tmp_path: Path, tiny_model: Path
) -> None:
    run = tmp_path / "run"
    options = (abstracts, "-o", run, "--model", tiny_model)
    translate(*options)
    memory = create_memory(run / NAME)
    memory.add([made("We propose method 3.", "我们提出方法3。"), made("Method 3", "方法3")])
    translate(*options, "--memory", run / NAME)
    lines = abstracts.read_text(encoding="utf-8").splitlines()
    abstracts.write_text("\n".join([*lines[1:], lines[0]]) + "\n", encoding="utf-8")
    info = json.loads((run / "run.json").read_text(encoding="utf-8"))
    del info["command"]["memory"]
    (run / "run.json").write_text(json.dumps(info), encoding="utf-8")
    said = translate(*options)
    assert f"2 corrections are not in this run any more, since its input has changed; --memory {run / NAME}" in said
    assert "not in this run any more" not in translate(*options, "--memory", run / NAME)
    assert json.loads((run / "run.json").read_text(encoding="utf-8"))["reviewed"] == 2


def test_from_the_start_and_later_come_to_the_same_but_for_what_the_machine_wrote(
    abstracts: Path, tmp_path: Path, tiny_model: Path
) -> None:
    path = tmp_path / "m.sqlite"
    create_memory(path).add([made("We propose method 3.", "我们提出方法3。"), made("Method 1", "方法1")])
    options = (abstracts, "--model", tiny_model, "--precision", "float32")
    translate(*options, "-o", tmp_path / "start", "--memory", path)
    translate(*options, "-o", tmp_path / "later")
    translate(*options, "-o", tmp_path / "later", "--memory", path)
    start, later = rows(tmp_path / "start"), rows(tmp_path / "later")
    assert [row["target"] for row in start] == [row["target"] for row in later]
    assert later[3]["segments"][0].pop("raw") and later[3]["segments"][0]["review"]["machine"]
    later[3]["segments"][0]["review"]["machine"] = later[1]["title_review"]["machine"] = ""
    assert start == later
    infos = [json.loads((tmp_path / run / "run.json").read_text(encoding="utf-8")) for run in ("start", "later")]
    assert infos[0]["memory"] == infos[1]["memory"] and infos[0]["issues"] == infos[1]["issues"]


def test_tmx_is_a_memory_too_and_stdout_tells(tmp_path: Path, tiny_model: Path) -> None:
    path = tmp_path / "team.tmx"
    pair = '<tuv xml:lang="en"><seg>We propose  ReQuest, a method.</seg></tuv>'
    pair += '<tuv xml:lang="zh"><seg>我们提出ReQuest方法。</seg></tuv>'
    path.write_text(f'<tmx version="1.4"><body><tu>{pair}</tu></body></tmx>', encoding="utf-8")
    text = tmp_path / "in.txt"
    text.write_text("We pro-\npose ReQuest, a method.", encoding="utf-8")
    options = ["translate", str(text), "--model", str(tiny_model), "--memory"]
    done = CliRunner().invoke(cli, [*options, str(path)])
    assert done.stdout.splitlines()[0] == "我们提出ReQuest方法。"
    assert f"segments from the memory: 1 ({path}, 1 entries)" in done.output
    refused = CliRunner().invoke(cli, [*options, str(tmp_path / "none.sqlite")])
    assert "none.sqlite: no such memory" in str(refused.exception)
    assert {found.name for found in tmp_path.iterdir()} == {"in.txt", "team.tmx"}
