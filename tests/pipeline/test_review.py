"""Reviews: every form brings back what was written, nothing is half-applied, corrections outlive every rerun."""

import csv
import io
import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from pipeline.cli import cli
from pipeline.errors import ZhaiyiError
from pipeline.memory import open_memory
from pipeline.publish.items import open_runs
from pipeline.readers.source import Source, examine
from pipeline.review.forms import FORMS
from pipeline.review.sheet import Answer, Question
from pipeline.review.tables import guarded, unguarded

SAME = "We release the code at https://example.org/x."
ABSTRACTS = [
    {"id": "2401.12340", "title": "Nets That Learn", "abstract": f"We train a network on $X$. It gains 3.5%. {SAME}"},
    {"id": "b#1", "title": "", "abstract": "Our method is simple. It is fast."},
    {"id": "c", "title": "A Third", "abstract": "We study graphs. We prove a bound."},
]
FLAGGED = {("2401.12340", 2): "numbers: missing 3.5%", ("c", 0): "length: too long"}
FIXED = "它提高了3.5%。"
SUFFIXES = (".tsv", ".csv", ".xlf", ".tmx")


def call(*arguments: object) -> Result:
    return CliRunner().invoke(cli, [str(argument) for argument in arguments])


def done(*arguments: object) -> str:
    result = call(*arguments)
    assert result.exit_code == 0, result.output or result.exception
    return result.output


def refused(*arguments: object) -> str:
    result = call(*arguments)
    assert isinstance(result.exception, ZhaiyiError), result.output
    assert "\n" not in str(result.exception)
    return str(result.exception)


def rows(run: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (run / "translations.jsonl").read_text(encoding="utf-8").splitlines()]


def info(run: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((run / "run.json").read_text(encoding="utf-8"))
    return found


def files(run: Path) -> dict[str, bytes]:
    return {str(path.relative_to(run)): path.read_bytes() for path in run.rglob("*") if path.is_file()}


@pytest.fixture(scope="module")
def translated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run of the shipped model, two of whose segments are said to have issues: what it writes is not at issue."""
    folder = tmp_path_factory.mktemp("review")
    source = folder / "abstracts.jsonl"
    source.write_text("".join(json.dumps(one) + "\n" for one in ABSTRACTS), encoding="utf-8")
    done("translate", source, "-o", folder / "run", "-q")
    for path in (*(folder / "run" / "shards").iterdir(), folder / "run" / "translations.jsonl"):
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        for row in lines:
            row["issues"] = []
            for segment in row["segments"]:
                segment["issues"] = []
            for (abstract, number), said in FLAGGED.items():
                kind, detail = said.split(": ")
                if row["id"] == abstract:
                    name = f"segment {number}" if number else "title"
                    row["issues"].append({"kind": kind, "detail": f"{name}: {detail}"})
                    if number:
                        row["segments"][number - 1]["issues"] = [{"kind": kind, "detail": detail}]
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in lines), encoding="utf-8")
    return folder


@pytest.fixture
def run(translated: Path, tmp_path: Path) -> Path:
    shutil.copytree(translated / "run", tmp_path / "run")
    return tmp_path / "run"


def replace(path: Path, old: str, new: str, count: int = 1) -> None:
    """What a person does in an editor: the last `count` places of a text become another."""
    text = path.read_bytes().decode("utf-8")
    assert text.count(old) >= count, text
    parts = text.split(old)
    path.write_bytes((old.join(parts[:-count]) + new + new.join(parts[-count:])).encode())


def table(path: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline=""), delimiter="\t"))


def edit(path: Path, change: Callable[[list[dict[str, str]]], None]) -> None:
    """What a person does in a spreadsheet."""
    found = table(path)
    change(found)
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, found[0], delimiter="\t")
    writer.writeheader()
    writer.writerows(found)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")


def test_export_has_what_was_flagged_and_what_is_around_it(run: Path, tmp_path: Path) -> None:
    assert done("review", run, "--to", tmp_path / "f.tsv") == f"2 segments and titles written to {tmp_path / 'f.tsv'}\n"
    first, second = table(tmp_path / "f.tsv")
    machine = rows(run)[0]["segments"][1]["target"]
    assert first == {
        "id": "'2401.12340", "place": "2", "english": "It gains 3.5%.", "chinese": machine, "corrected": machine,
        "status": "", "issues": FLAGGED["2401.12340", 2], "before": "We train a network on $X$.", "after": SAME,
    }  # fmt: skip
    assert (second["id"], second["place"], second["english"], second["issues"]) == (
        "c", "title", "A Third", FLAGGED["c", 0],
    )  # fmt: skip
    assert (second["before"], second["after"]) == ("", "")


@pytest.mark.parametrize(
    ("options", "keys"),
    [
        (["--kind", "length"], ["c title"]),
        (["--id", "2401.12340"], ["'2401.12340 2"]),
        (["--id", "b#1", "--all"], ["b#1 1", "b#1 2"]),
        (["--id", "c", "--id", "b#1", "--all"], ["b#1 1", "b#1 2", "c title", "c 1", "c 2"]),
        (["--id", "b#1"], []),
    ],
)  # fmt: skip
def test_what_is_exported_can_be_chosen(run: Path, tmp_path: Path, options: list[str], keys: list[str]) -> None:
    path = tmp_path / "f.tsv"
    said = done("review", run, "--to", path, *options)
    assert path.exists() == bool(keys) and ("nothing was flagged" in said) == (not keys)
    assert [f"{row['id']} {row['place']}" for row in (table(path) if keys else [])] == keys


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_correction_stands_in_the_run_and_outlives_reruns(
    translated: Path, run: Path, tmp_path: Path, suffix: str
) -> None:
    path, before = tmp_path / f"f{suffix}", rows(run)
    machine = before[0]["segments"][1]["target"]
    done("review", run, "--to", path)
    replace(path, machine, FIXED)
    said = done("review", run, "--from", path, "--by", " Li  Na ")
    assert (
        said.startswith("1 corrected, 0 approved, 1 left as they were") and f"--memory {run / 'memory.sqlite'}" in said
    )
    segment = rows(run)[0]["segments"][1]
    when = segment["review"]["when"]
    assert segment["review"] == {"by": "Li Na", "when": when, "machine": machine} and len(when) == 20
    assert (segment["target"], segment["issues"]) == (FIXED, [])
    assert FIXED in rows(run)[0]["target"] and machine not in rows(run)[0]["target"] and rows(run)[1:] == before[1:]
    assert (info(run)["reviewed"], info(run)["issues"], info(run)["flagged_abstracts"]) == (1, {"length": 1}, 1)
    [shard] = (run / "shards").iterdir()
    assert shard.read_bytes() == (run / "translations.jsonl").read_bytes()
    [kept] = open_memory(run / "memory.sqlite").history("It gains 3.5%.", "hans")
    assert (kept.target, kept.by, kept.when, kept.origin) == (FIXED, "Li Na", when, path.name)
    assert next(open_runs([run]).items()).segments[1].review.machine == machine  # type: ignore[union-attr]

    after = (run / "translations.jsonl").read_bytes()
    assert done("review", run, "--from", path, "--by", "Wu").startswith("0 corrected, 0 approved, 2 left")
    done("translate", translated / "abstracts.jsonl", "-o", run, "-q")
    assert (run / "translations.jsonl").read_bytes() == after and info(run)["reviewed"] == 1
    assert info(run)["issues"] == {"length": 1}


def test_corrections_win_in_later_runs(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "f.xlf"
    done("review", run, "--to", path, "--all")
    replace(path, rows(run)[0]["segments"][2]["target"], "代码见此（https://example.org/x）")
    done("review", run, "--from", path, "--by", "Li", "--memory", tmp_path / "team.sqlite")
    new = tmp_path / "new.jsonl"
    new.write_text(json.dumps({"id": "n", "title": "Nets", "abstract": f"It is new. {SAME}"}), encoding="utf-8")
    done("translate", new, "-o", tmp_path / "plain", "-q")
    said = done("translate", new, "-o", tmp_path / "known", "--memory", tmp_path / "team.sqlite")
    [plain], [known] = rows(tmp_path / "plain"), rows(tmp_path / "known")
    assert (
        known["segments"][1]["target"] == "代码见此（https://example.org/x）" and "segments from the memory: 1" in said
    )
    assert known["segments"][1]["review"]["machine"] == "" and known["segments"][0] == plain["segments"][0]
    assert "review" not in json.dumps(plain) and known["system"] == plain["system"]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_what_is_right_can_be_approved(run: Path, tmp_path: Path, suffix: str) -> None:
    path, before = tmp_path / f"f{suffix}", rows(run)
    done("review", run, "--to", path, "--kind", "numbers")
    if suffix == ".tsv":
        edit(path, lambda found: found[0].update(status="OK "))
    elif suffix == ".csv":
        replace(path, ",,numbers", ",ok,numbers")
    elif suffix == ".xlf":
        replace(path, 'state="translated"', 'state="final"')
    else:
        replace(path, '<tuv xml:lang="en">', '<prop type="x-zhaiyi-status">ok</prop><tuv xml:lang="en">')
    assert done("review", run, "--from", path, "--by", "Li").startswith("0 corrected, 1 approved, 0 left")
    segment, machine = rows(run)[0]["segments"][1], before[0]["segments"][1]["target"]
    assert (segment["target"], segment["issues"], segment["review"]["machine"]) == (machine, [], machine)
    assert rows(run)[0]["target"] == before[0]["target"]
    assert open_memory(run / "memory.sqlite").summary("hans")[0] == 1
    assert "nothing was flagged" not in done("review", run, "--to", tmp_path / f"again{suffix}", "--all")
    assert done("review", run, "--from", tmp_path / f"again{suffix}", "--by", "Wu").startswith(
        "0 corrected, 0 approved, 9"
    )


def as_spreadsheets_save(path: Path) -> None:
    """UTF-16, all line ends CRLF, cells quoted where they need it, empty cells at the end of a row dropped."""
    text = path.read_text(encoding="utf-8-sig").replace("\n", "\r\n")
    path.write_bytes("\r\n".join(line.rstrip("\t") for line in text.split("\r\n")).encode("utf-16"))


def in_other_order(path: Path) -> None:
    found = table(path)
    lines = ["\t".join(reversed(found[0]))] + ["\t".join(reversed(list(row.values()))) for row in found]
    path.write_text("\n\n".join(lines), encoding="utf-8")


def with_semicolons(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8-sig").replace("\t", ";"), encoding="utf-8")


def in_gb18030(path: Path) -> None:
    path.write_bytes(path.read_text(encoding="utf-8-sig").encode("gb18030"))


@pytest.mark.parametrize("save", [as_spreadsheets_save, in_other_order, with_semicolons, in_gb18030])
def test_whatever_a_spreadsheet_makes_of_a_table(run: Path, tmp_path: Path, save: Callable[[Path], None]) -> None:
    path = tmp_path / "f.tsv"
    done("review", run, "--to", path)
    replace(path, table(path)[0]["corrected"], FIXED)
    save(path)
    assert done("review", run, "--from", path, "--by", "Li").startswith("1 corrected, 0 approved, 1 left")
    assert rows(run)[0]["segments"][1]["target"] == FIXED


# bad answers: nothing changes


def cell(number: int, name: str, value: str) -> Callable[[Path], None]:
    return lambda path: edit(path, lambda found: found[number].update({name: value}))


def twice(path: Path) -> None:
    path.write_bytes(path.read_bytes() + path.read_bytes().splitlines(keepends=True)[-1])


def cut(path: Path) -> None:
    path.write_text(path.read_text(encoding="utf-8").rpartition("\t")[0].rstrip("\t") + '\t"open', encoding="utf-8")


def one_cell_more(path: Path) -> None:
    path.write_bytes(path.read_bytes().rstrip(b"\r\n") + b"\tmore\n")


def without_column(path: Path) -> None:
    replace(path, "\tcorrected\t", "\tnew\t")


def nothing(path: Path) -> None:
    path.write_bytes(b"")


BAD_TABLES = {
    "english edited": (cell(0, "english", "It gains 4%."), ":2: 2401.12340, segment 2: its English is not"),
    "unknown id": (cell(1, "id", "d"), ":3: d, title: {run} has no such abstract"),
    "unknown place": (cell(0, "place", "9"), ", segment 9: the run has no such place: its segments are 1 to 3"),
    "no place": (cell(0, "place", "x"), ":2: 'x' is no place"),
    "place 0": (cell(0, "place", "0"), ":2: '0' is no place"),
    "too many cells": (one_cell_more, ":3: 10 cells for 9 columns"),
    "twice": (twice, ":4: c, title: stands in line 3 too"),
    "empty": (cell(1, "corrected", " \n"), ":3: c, title: no Chinese"),
    "script": (cell(1, "corrected", "第三個學習模型"), ":3: c, title: traditional characters (個學習) in a run in"),
    "status": (cell(1, "status", "maybe"), ":3: status 'maybe' is not known"),
    "run changed": (cell(0, "chinese", "???"), ":2: 2401.12340, segment 2: the run has changed since the export"),
    "open quote": (cut, ":3: not a row of a table"),
    "no column": (without_column, ":1: no first row with id, place, english, chinese, corrected"),
    "empty file": (nothing, "empty file"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "words"), BAD_TABLES.values(), ids=BAD_TABLES.keys())
def test_a_bad_answer_is_one_line_and_changes_nothing(
    run: Path, tmp_path: Path, change: Callable[[Path], None], words: str
) -> None:
    path = tmp_path / "f.tsv"
    done("review", run, "--to", path)
    if "changed since" in words:
        cell(0, "corrected", FIXED)(path)
    else:  # a good answer beside the bad one
        cell(0 if ":3" in words or ":4" in words else 1, "corrected", "好的译文")(path)
    change(path)
    before = files(run)
    said = refused("review", run, "--from", path, "--by", "Li", "--memory", tmp_path / "m.sqlite")
    assert said.startswith(str(path)) and words.format(run=run) in said
    assert files(run) == before and not (tmp_path / "m.sqlite").exists()


BAD_XML = {
    "broken": (".xlf", "</target>", "", ":11: not XML"),
    "not ours": (".xlf", 'name="2401.12340#2"', "", ":4: '' names no segment"),
    "no note": (".xlf", 'category="was"', 'category="x"', ":4: it does not tell what stood in the run"),
    "wrong root": (".tmx", "tmx", "tmy", ":1: its root element is not <tmx>"),
    "broken tmx": (".tmx", "</seg></tuv>\n</tu>", "</tuv>\n</tu>", "not XML in this <tu>"),
    "unknown": (".tmx", 'tuid="c#title"', 'tuid="d#title"', ": d, title: {run} has no such abstract"),
    "no units": (".xlf", "unit", "trans-unit", "no <unit>; it is XLIFF 2 that is read"),
}


@pytest.mark.parametrize(("suffix", "old", "new", "words"), BAD_XML.values(), ids=BAD_XML.keys())
def test_broken_xml_is_one_line_and_changes_nothing(
    run: Path, tmp_path: Path, suffix: str, old: str, new: str, words: str
) -> None:
    path = tmp_path / f"f{suffix}"
    done("review", run, "--to", path)
    path.write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    before = files(run)
    said = refused("review", run, "--from", path, "--by", "Li")
    assert said.startswith(str(path)) and words.format(run=run) in said
    assert files(run) == before


def unfinished(run: Path) -> None:
    (run / "run.json").write_text('{"state": "running"}', encoding="utf-8")


def no_run(run: Path) -> None:
    shutil.rmtree(run)


BAD_CALLS = {
    "neither": ([], "either --to FILE"),
    "both": (["--to", "f.tsv", "--from", "g.tsv"], "either --to FILE"),
    "no name": (["--from", "FILE"], "--from needs --by NAME: who made the corrections"),
    "form": (["--to", "f.docx"], "f.docx: no form of a review has this suffix; there are .tsv, .txt, .csv, .xlf"),
    "there already": (["--to", "FILE"], "exists already"),
    "kind": (["--to", "f.tsv", "--kind", "masks"], "no issue of kind 'masks': there are length, numbers"),
    "id": (["--to", "f.tsv", "--id", "zz"], "no abstract 'zz'"),
    "missing": (["--from", "none.tsv", "--by", "Li"], "none.tsv: cannot be read: No such file"),
    "memory": (["--from", "FILE", "--by", "Li", "--memory", "FILE"], "no memory of zhaiyi"),
    "mixed options": (["--from", "FILE", "--by", "Li", "--all"], "belong to --to"),
    "by for an export": (["--to", "f.tsv", "--by", "Li"], "belong to --from"),
}


@pytest.mark.parametrize(("arguments", "words"), BAD_CALLS.values(), ids=BAD_CALLS.keys())
def test_bad_calls_are_one_line(
    run: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done("review", run, "--to", "f0.tsv")
    cell(0, "corrected", FIXED)(Path("f0.tsv"))
    before = files(run)
    said = refused("review", run, *(argument.replace("FILE", "f0.tsv") for argument in arguments))
    assert words in said and files(run) == before and not Path("f.tsv").exists()


@pytest.mark.parametrize("spoil", [unfinished, no_run])
def test_only_finished_runs_are_reviewed(run: Path, tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    spoil(run)
    for arguments in (("--to", tmp_path / "f.tsv"), ("--from", tmp_path / "f.tsv", "--by", "Li")):
        assert refused("review", run, *arguments).startswith(str(run))


def test_a_run_that_is_worked_in_is_left_alone(run: Path, tmp_path: Path) -> None:
    from filelock import FileLock

    done("review", run, "--to", tmp_path / "f.tsv")
    with FileLock(run / ".lock"):
        assert "another zhaiyi is working" in refused("review", run, "--from", tmp_path / "f.tsv", "--by", "Li")


def test_what_a_correction_loses_is_said_and_kept(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "f.tsv"
    done("review", run, "--to", path, "--all")
    edit(path, lambda found: found[1].update(corrected="我们训练网络。"))
    edit(path, lambda found: found[2].update(corrected="它提高了4%。"))
    said = done("review", run, "--from", path, "--by", "Li")
    assert f"{path}:3: 2401.12340, segment 1: masks: missing $X$; kept as it is" in said
    assert f"{path}:4: 2401.12340, segment 2: numbers: missing 3.5%; not in the source: 4%; kept as it is" in said
    assert [one["target"] for one in rows(run)[0]["segments"][:2]] == ["我们训练网络。", "它提高了4%。"]
    assert rows(run)[0]["issues"] == []


def test_the_same_english_with_other_chinese_is_said(run: Path, tmp_path: Path) -> None:
    for output in (run / "translations.jsonl", *(run / "shards").iterdir()):
        replace(output, "We study graphs.", "It is fast.", 2)
    path = tmp_path / "f.tsv"
    done("review", run, "--to", path, "--all")
    assert [row["english"] for row in table(path)].count("It is fast.") == 2
    edit(
        path,
        lambda found: [row.update(corrected=f"它很快{row['place']}。") for row in found if "fast" in row["english"]],
    )  # type: ignore[func-returns-value]
    said = done("review", run, "--from", path, "--by", "Li")
    assert "c, segment 1: the same English as b#1, segment 2, other Chinese: the memory keeps this one" in said
    kept = open_memory(run / "memory.sqlite").lookup(["It is fast."], "hans")
    assert kept["It is fast."].target == "它很快1。"


def test_text_that_quotes_the_other_script_is_said_and_kept(run: Path, tmp_path: Path) -> None:
    done("review", run, "--to", tmp_path / "f.tsv")
    cell(1, "corrected", "“學习”")(tmp_path / "f.tsv")
    assert "c, title: script: " in done("review", run, "--from", tmp_path / "f.tsv", "--by", "Li")


def test_a_failure_with_the_id_of_an_abstract_stays_one(run: Path, tmp_path: Path) -> None:
    [shard] = (run / "shards").iterdir()
    failure = json.dumps({"id": "2401.12340", "error": "no text"})
    shard.write_text(f"{failure}\n{shard.read_text('utf-8')}", encoding="utf-8")
    done("review", run, "--to", tmp_path / "f.tsv")
    cell(0, "corrected", FIXED)(tmp_path / "f.tsv")
    done("review", run, "--from", tmp_path / "f.tsv", "--by", "Li")
    assert shard.read_text("utf-8").startswith(failure) and FIXED in shard.read_text("utf-8")


def test_a_second_reviewer_starts_from_what_the_first_left(run: Path, tmp_path: Path) -> None:
    old, new = tmp_path / "old.tsv", tmp_path / "new.tsv"
    for path, text in ((old, "旧译。"), (new, "新译。")):
        done("review", run, "--to", path)
        cell(0, "corrected", text)(path)
    done("review", run, "--from", old, "--by", "Li")
    assert "the run has changed since the export, to '旧译。'" in refused("review", run, "--from", new, "--by", "Wu")
    done("review", run, "--to", tmp_path / "all.tsv", "--all")
    assert [row["status"] for row in table(tmp_path / "all.tsv")][:4] == ["", "", "done", ""]
    cell(2, "corrected", "新译。")(tmp_path / "all.tsv")
    done("review", run, "--from", tmp_path / "all.tsv", "--by", "Wu")
    review = rows(run)[0]["segments"][1]["review"]
    assert review["by"] == "Wu" and "译。" not in review["machine"]
    history = open_memory(run / "memory.sqlite").history("It gains 3.5%.", "hans")
    assert [(one.by, one.target) for one in history] == [("Li", "旧译。"), ("Wu", "新译。")]


def test_what_was_cut_off_is_done_by_reading_back_again(run: Path, tmp_path: Path) -> None:
    path = tmp_path / "f.tsv"
    done("review", run, "--to", path)
    cell(0, "corrected", FIXED)(path)
    machine = files(run)
    done("review", run, "--from", path, "--by", "Li")
    (run / "translations.jsonl").write_bytes(machine["translations.jsonl"])  # as if stopped after the shards
    (run / "run.json").write_bytes(machine["run.json"])
    assert "1 corrected" in done("review", run, "--from", path, "--by", "Li")
    assert rows(run)[0]["segments"][1]["target"] == FIXED and info(run)["reviewed"] == 1
    review = json.loads(next((run / "shards").iterdir()).read_text(encoding="utf-8").splitlines()[0])["segments"][1][
        "review"
    ]
    assert review["machine"] == rows(run)[0]["segments"][1]["review"]["machine"] != FIXED
    assert len(open_memory(run / "memory.sqlite").history("It gains 3.5%.", "hans")) == 1


def test_a_score_tells_how_much_people_corrected(run: Path, tmp_path: Path) -> None:
    from eval.hypotheses import read_hypotheses

    done("review", run, "--to", tmp_path / "f.tsv")
    cell(0, "corrected", FIXED)(tmp_path / "f.tsv")
    before = read_hypotheses(str(run))
    done("review", run, "--from", tmp_path / "f.tsv", "--by", "Li")
    after = read_hypotheses(str(run))
    assert after.signature == f"{before.signature}|reviewed:1"
    assert after.raw == (before.raw or before.finished)


# the forms

plain = st.text(st.characters(exclude_categories=["Cs", "Cc", "Cn", "Co"]), max_size=20)
cells = (
    plain
    | st.text("=+-@＝'\t\r\n \"012.,/e%你(){}", max_size=8)
    | st.sampled_from(["2401.12340", "1E5", "Mar 5", "'=1"])
)


@given(cells)
def test_a_guarded_cell_comes_back_and_is_no_formula(text: str) -> None:
    assert unguarded(guarded(text)) == text
    assert guarded(text)[:1] not in tuple("=+-@＝＋－＠\t\r\n")


AMISS = ["2401.12340", "1E5", "1/2", "Mar 5", "5月3日", "-1", "(12)", "TRUE", "sept2", "12:30", "=A1", "May 5, 2020"]


@pytest.mark.parametrize("text", AMISS)
def test_what_spreadsheets_take_amiss_is_guarded(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize("text", ["a=b", "We gain 3.5%.", "'tis", "'90s", "我们", "12 models", "Marginal", "decoder"])
def test_all_else_stays(text: str) -> None:
    assert guarded(text) == text or text[0] == "'"
    assert unguarded(text) == text


questions = st.builds(
    Question, plain.filter(bool), st.sampled_from(["title", "1", "12"]), cells, cells,
    st.lists(plain.filter(str.strip), max_size=2).map(tuple), cells, cells, st.booleans(),
)  # fmt: skip


@pytest.mark.parametrize("suffix", SUFFIXES)
@given(several=st.lists(questions, max_size=4))
def test_every_form_brings_back_what_was_written(suffix: str, several: list[Question]) -> None:
    form = FORMS[suffix]
    data = "".join(form.write(several, 'a "run" & more', "hans")).encode("utf-8")
    if not several:
        return
    found = list(form.read(examine(Source(f"f{suffix}", lambda: io.BytesIO(data)))))
    assert [(one.id, one.place, one.approved) for one in found] == [
        (one.id, one.place, one.done and suffix in (".xlf", ".tmx")) for one in several
    ]
    for answer, one in zip(found, several, strict=True):
        english, chinese = one.english, one.chinese
        if suffix in (".tsv", ".csv"):  # in which spreadsheets write line ends as they like
            english, chinese = ("\n".join(re.split("\r\n?", text)) for text in (english, chinese))
        assert answer.english.strip() == english.strip() and answer.chinese.strip() == chinese.strip()
        assert answer.corrected == chinese.strip()


def read_one(suffix: str, text: str) -> Answer:
    [answer] = FORMS[suffix].read(examine(Source(f"f{suffix}", lambda: io.BytesIO(text.encode()))))
    return answer


def test_xliff_as_translation_programs_leave_it() -> None:
    text = "".join(FORMS[".xlf"].write([Question("a", "1", "One is. Two is.", "一。二。")], "run", "hans"))
    whole = text[text.index('<segment id="s1"') : text.index("</segment>") + 10]
    parts = (
        '<segment id="s1" state="final"><source>One <mrk id="m1" type="term">is</mrk>. </source>'
        '<target>一<ph id="1"/>是。</target></segment><ignorable><source> </source></ignorable>'
        '<segment id="s2" state="reviewed"><source>Two is.</source><target>二<pc id="2">是</pc>。</target></segment>'
    )
    answer = read_one(".xlf", text.replace(whole, parts))
    assert (answer.english.split(), answer.chinese, answer.corrected) == (
        ["One", "is.", "Two", "is."],
        "一。二。",
        "一是。二是。",
    )
    half = parts.replace('<target>二<pc id="2">是</pc>。</target>', "")
    assert half != parts and read_one(".xlf", text.replace(whole, half)).corrected == ""
    assert answer.approved and not read_one(".xlf", text.replace(whole, parts.replace("final", "translated"))).approved


def test_an_export_that_fails_leaves_nothing_and_folders_are_made(run: Path, tmp_path: Path) -> None:
    output, folder = run / "translations.jsonl", tmp_path / "new" / "folder"
    replace(output, rows(run)[0]["segments"][1]["target"], r"\u0001", 1)
    assert "cannot; export a table instead" in refused("review", run, "--to", folder / "f.xlf")
    assert list(folder.iterdir()) == []
    done("review", run, "--to", folder / "f.tsv")
    assert [path.name for path in folder.iterdir()] == ["f.tsv"]
    (tmp_path / "file").touch()
    said = refused("review", run, "--to", tmp_path / "file" / "f.tsv")
    assert said.startswith(f"{tmp_path / 'file' / 'f.tsv'}: cannot be written: ") and "finished blocks" not in said


@pytest.mark.parametrize("suffix", [".xlf", ".tmx"])
def test_what_xml_cannot_hold_is_named(suffix: str) -> None:
    with pytest.raises(ZhaiyiError, match=r"U\+0001, which XML cannot"):
        "".join(FORMS[suffix].write([Question("a", "1", "One\x01.", "一。")], "run", "hans"))


def test_the_rules_of_tmx_and_xliff_are_kept() -> None:
    """Elements in the order that TMX 1.4's DTD and XLIFF 2.0's schema ask for; ids are unique names."""
    from lxml import etree

    asked = [Question(f"a{n}", "1", "One.", "一。", ("length: x",), "b", "c", n == 1) for n in range(3)]
    dtd = etree.DTD(
        io.StringIO(
            "<!ELEMENT tmx (header,body)><!ATTLIST tmx version CDATA #FIXED '1.4'><!ELEMENT header (note|prop)*>"
            "<!ATTLIST header creationtool CDATA #REQUIRED creationtoolversion CDATA #REQUIRED segtype"
            " (block|paragraph|sentence|phrase) #REQUIRED o-tmf CDATA #REQUIRED adminlang CDATA #REQUIRED"
            " srclang CDATA #REQUIRED datatype CDATA #REQUIRED><!ELEMENT body (tu*)>"
            "<!ELEMENT tu ((note|prop)*,tuv+)><!ATTLIST tu tuid CDATA #IMPLIED><!ELEMENT tuv ((note|prop)*,seg)>"
            "<!ATTLIST tuv xml:lang CDATA #REQUIRED><!ELEMENT seg (#PCDATA)><!ELEMENT note (#PCDATA)>"
            "<!ELEMENT prop (#PCDATA)><!ATTLIST prop type CDATA #REQUIRED>"
        )
    )
    tmx = etree.fromstring("".join(FORMS[".tmx"].write(asked, "run", "hans")).encode())
    assert dtd.validate(tmx), dtd.error_log
    xliff = etree.fromstring("".join(FORMS[".xlf"].write(asked, "run", "hant")).encode())
    space = "{urn:oasis:names:tc:xliff:document:2.0}"
    assert (xliff.tag, dict(xliff.attrib)["trgLang"]) == (f"{space}xliff", "zh-Hant")
    for unit in xliff.iter(f"{space}unit"):
        assert [child.tag.removeprefix(space) for child in unit] == ["notes", "segment"]
        assert [child.tag.removeprefix(space) for child in unit[1]] == ["source", "target"]
    ids = [unit.get("id") for unit in xliff.iter(f"{space}unit")]
    assert len(set(ids)) == len(ids) == 3
