"""What `zhaiyi inspect` says about a run: exact reports, the order of the worst, Chinese in columns."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pipeline.cli import cli
from pipeline.findings import Findings
from pipeline.findings_report import side_by_side
from pipeline.layout import cells


def segment(source: str, target: str, **issues: str) -> dict[str, Any]:
    return {
        "source": source,
        "target": target,
        "issues": [{"kind": kind, "detail": detail} for kind, detail in issues.items()],
    }


def row(abstract_id: str, title: str, title_zh: str, *segments: dict[str, Any], **of_title: str) -> dict[str, Any]:
    """A row as a run has it: the issues of title and segments stand in `issues` with where they are."""
    issues = [{"kind": kind, "detail": f"title: {detail}"} for kind, detail in of_title.items()]
    for number, one in enumerate(segments, 1):
        issues += [{**issue, "detail": f"segment {number}: {issue['detail']}"} for issue in one["issues"]]
    return {"id": abstract_id, "title": title, "title_zh": title_zh, "segments": list(segments), "issues": issues}


GOOD = row("good", "Fine", "好", segment("We train nets.", "我们训练网络。"))
NUMBERS = row(
    "two",
    "Two gains",
    "两项提高",
    segment("It is good.", "很好。"),
    segment(
        "We gain 3.5% on the benchmark.", "我们在该基准上提高了5%。", numbers="missing 3.5%; not in the source: 5%"
    ),
    segment("It has 7 layers.", "它有8层。", numbers="missing 7; not in the source: 8"),
)
EMPTY = row("lost", "Lost 2", "丢失3", segment("It works.", "", empty="no text"), numbers="missing 2")
ONE = row("one", "One", "一", segment("It has 9.", "它有。", numbers="missing 9"))
ROWS = [GOOD, ONE, NUMBERS, EMPTY]
FAILED = [
    {"id": "f1", "error": "in/a.jsonl:3: not JSON (x): repair"},
    {"id": "f2", "error": "in/a.jsonl:9: not JSON (y): repair"},
    {"id": "f3", "error": "already Chinese (90 % of its letters): nothing to translate"},
]


def write_lines(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text("".join(json.dumps(one, ensure_ascii=False) + "\n" for one in rows), encoding="utf-8")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A finished run as `run/` in the current folder."""
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "run.json").write_text('{"state": "finished"}', encoding="utf-8")
    write_lines(folder / "translations.jsonl", ROWS)
    write_lines(folder / "failed.jsonl", FAILED)
    monkeypatch.chdir(tmp_path)
    return folder


def inspect(*arguments: str) -> Result:
    return CliRunner().invoke(cli, ["inspect", *arguments])


REPORT = """\
Run
  state      finished
  abstracts  4; with issues 3 (75.0 %)
  segments   10 with titles; with issues 5 (50.0 %)
  failed     3

Issues
  kind     issues  of issues  abstracts  of abstracts
  numbers       4     80.0 %          3        75.0 %
  empty         1     20.0 %          1        25.0 %

Failed: 3
  2 × not JSON: repair
      in/a.jsonl:3: not JSON (x): repair
      in/a.jsonl:9: not JSON (y): repair
  1 × already Chinese: nothing to translate
      f3: already Chinese (90 % of its letters): nothing to translate

Worst first
  lost  numbers 1, empty 1  Lost 2
  two   numbers 2           Two gains
  one   numbers 1           One
"""


def test_report_of_a_run(run: Path) -> None:
    done = inspect("run")
    assert (done.stdout, done.exit_code) == (REPORT, 0)


def test_report_of_one_kind(run: Path) -> None:
    lines = inspect("run", "--kind", "empty").stdout.splitlines()
    assert "  abstracts  4; with issues of kind empty 1 (25.0 %)" in lines
    assert lines[-2:] == ["Worst first", "  lost  empty 1  Lost 2"]
    assert not [line for line in lines if "numbers" in line]


SHOWN = """\
lost Lost 2
  title
    en: Lost 2
    zh: 丢失3
    !   numbers: missing 2
  segment 1
    en: It works.
    zh:
    !   empty: no text

two Two gains
  segment 2
    en: We gain 3.5% on the benchmark.
    zh: 我们在该基准上提高了5%。
    !   numbers: missing 3.5%; not in the source: 5%
  segment 3
    en: It has 7 layers.
    zh: 它有8层。
    !   numbers: missing 7; not in the source: 8
  (segments without: 2)
"""


def test_show_prints_the_worst_in_plain_lines_where_there_is_no_terminal(run: Path) -> None:
    assert inspect("run", "--show", "2").stdout == SHOWN


def test_show_of_one_kind_shows_its_segments_alone(run: Path) -> None:
    lines = inspect("run", "--show", "9", "--kind", "empty").stdout.splitlines()
    assert lines == [
        "lost Lost 2",
        "  segment 1",
        "    en: It works.",
        "    zh:",
        "    !   empty: no text",
        "  (segments without: 1)",
    ]


def test_english_and_chinese_stand_beside_each_other() -> None:
    assert side_by_side(NUMBERS, "", 44) == [
        "two Two gains",
        "  segment 2",
        "    We gain 3.5% on the     我们在该基准上提",
        "    benchmark.              高了5%。",
        "    ! numbers: missing 3.5%; not in the",
        "    ! source: 5%",
        "  segment 3",
        "    It has 7 layers.        它有8层。",
        "    ! numbers: missing 7; not in the source:",
        "    ! 8",
        "  (segments without: 2)",
    ]


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    long = "A very long sentence of many words with a URL " + "https://example.org/" + "x" * 150 + " in it. " * 9
    shown = side_by_side(
        row("id" * 90, "T" * 200, "题", segment(long, "很长的句子，" * 40, numbers="missing " + "1, " * 90)), "", width
    )
    assert max(map(cells, shown)) <= width
    assert max(map(cells, shown)) >= width - 8


def test_report_as_json(run: Path) -> None:
    found = json.loads(inspect("run", "--json", "--show", "1").stdout)
    assert found.pop("failed")["count"] == 3
    assert found == {
        "state": "finished",
        "abstracts": 4,
        "flagged_abstracts": 3,
        "segments": 10,
        "flagged_segments": 5,
        "issues": {"numbers": 4, "empty": 1},
        "abstracts_with": {"numbers": 3, "empty": 1},
        "worst": [
            {
                "id": "lost",
                "title": "Lost 2",
                "segments": [
                    {"name": "title", **segment("Lost 2", "丢失3", numbers="missing 2")},
                    {"name": "segment 1", **segment("It works.", "", empty="no text")},
                ],
            }
        ],
    }


def test_only_the_worst_are_kept_and_the_earlier_of_equals_first() -> None:
    findings = Findings(keep=3)
    for number in range(50):
        findings.add(row(f"n{number}", "T", "题", segment("It has 9.", "它有。", numbers="missing 9")))
        assert len(findings.worst) <= 3
    findings.add(EMPTY)
    assert [one["id"] for one in findings.worst] == ["lost", "n0", "n1"]


def test_what_a_run_has_so_far_is_inspected(run: Path) -> None:
    (run / "run.json").write_text('{"state": "running"}', encoding="utf-8")
    (run / "translations.jsonl").unlink()
    (run / "shards").mkdir()
    write_lines(run / "shards" / "0000000-aa.jsonl", [GOOD, FAILED[0]])
    write_lines(run / "shards" / "0000001-bb.jsonl", [EMPTY])
    lines = inspect("run").stdout.splitlines()
    assert lines[1:3] == ["  state      not finished, 2 blocks so far", "  abstracts  2; with issues 1 (50.0 %)"]
    assert "  failed     1" in lines


def test_a_run_without_issues(run: Path) -> None:
    write_lines(run / "translations.jsonl", [GOOD])
    write_lines(run / "failed.jsonl", [])
    assert inspect("run").stdout.splitlines()[1:] == [
        "  state      finished",
        "  abstracts  1; with issues 0 (0 %)",
        "  segments   2 with titles; with issues 0 (0 %)",
        "  failed     0",
    ]
    assert inspect("run", "--show", "3").stdout == "run: no abstract with issues\n"


WRONG = {
    "unknown kind": (["run", "--kind", "nubmers"], "there are empty, numbers"),
    "a run and more": (["run", "run/failed.jsonl"], "a run is inspected alone"),
    "convert a run": (["run", "--to", "jsonl"], "translations.jsonl"),
    "broken record of the run": (["broken"], "not the record of a run"),
    "broken row": (["cut"], "translations.jsonl"),
    "other rows": (["other"], "translations.jsonl:1: not a row of a run"),
}


@pytest.mark.parametrize(("arguments", "words"), WRONG.values(), ids=WRONG.keys())
def test_what_makes_no_sense_is_one_line_and_code_2(
    arguments: list[str], words: str, run: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from pipeline.cli import main

    for name, record, rows in (("broken", "{", ""), ("cut", "", '{"id":'), ("other", "", '{"x": 1}\n')):
        folder = run.parent / name
        folder.mkdir()
        (folder / "run.json").write_text(record or '{"state": "finished"}', encoding="utf-8")
        (folder / "translations.jsonl").write_text(rows, encoding="utf-8")
        (folder / "failed.jsonl").write_text("", encoding="utf-8")
    with pytest.raises(SystemExit) as ended:
        main(["inspect", *arguments])
    error = capsys.readouterr().err
    assert ended.value.code == 2 and words in error and len(error.splitlines()) == 1


def test_counts_are_those_of_the_run_itself(tmp_path: Path, tiny_model: Path) -> None:
    path = tmp_path / "in.jsonl"
    records = [
        {"id": f"a{n}", "title": f"On {n}", "abstract": f"We gain {n}.5% on $x_{n}$. It works."} for n in range(5)
    ]
    write_lines(path, [*records, {"id": "none", "abstract": None}])
    done = CliRunner().invoke(
        cli, ["translate", str(path), "-o", str(tmp_path / "run"), "--model", str(tiny_model), "--no-retry", "-q"]
    )
    assert done.exit_code == 3
    info = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    found = json.loads(inspect(str(tmp_path / "run"), "--json").stdout)
    assert info["issues"], "random weights translate to nonsense"
    assert found["issues"] == info["issues"]
    assert (found["abstracts"], found["failed"]["count"]) == (info["abstracts"], info["failed"])
    assert found["flagged_abstracts"] == info["flagged_abstracts"]
    assert found["segments"] == info["segments"] + 5  # titles are none of the run's segments
    issues = Counter(i["kind"] for one in found["worst"] for s in one["segments"] for i in s["issues"])
    assert issues == info["issues"]
