"""The benchmark: pairs and medians are worked out right, rows add up, and the command says what it measured."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from itertools import permutations, product
from pathlib import Path
from xml.etree import ElementTree

import pytest

from eval.contenders import OURS, Job
from eval.endtoend import COMMANDS, ENGINE, EndToEnd, _command, measure_end_to_end
from eval.peak import Peak
from eval.sample import read_abstracts, sample
from eval.speed import Entry, Plan, Report, Row, busy, compare, interleave
from eval.speed_report import figures, table, to_json, to_svg
from eval.worker import Answer, Cost, cpu_seconds, machine_seconds
from models.ct2_engine import available_cores
from models.registry import SHIPPED_FOLDER, open_translator
from models.translator import Decoding
from pipeline.cli import main
from pipeline.errors import InputError, RunError
from pipeline.records import Abstract


def row(label: str, cpu: Sequence[float], texts: Sequence[str] = ("甲乙",)) -> Row:
    entry = Entry(label, label, Job(Path("model"), "cpu", 1, Decoding(), 512))
    costs = tuple(Cost(2 * seconds, seconds) for seconds in cpu)
    return Row(entry, Cost(3.0, 2.0), costs, 7_000_000, tuple(texts), 60, 4e9)


@pytest.fixture
def report() -> Report:
    rows = (
        row(OURS, [1.0, 2.0, 1.0]),
        row("ctranslate2-int8", [3.0, 4.0, 2.5]),
        row("transformers", [9.0, 20.0, 11.0]),
    )
    peak = Peak(floating=8e9, integer=16e9, how="somehow")
    costs = {
        (ENGINE, 1): (Cost(9.0, 9.0), Cost(12.0, 9.0)),
        (ENGINE, 2): (Cost(5.0, 9.0), Cost(6.0, 9.0)),
        ("translate", 1): (Cost(10.0, 10.0), Cost(16.0, 10.0)),
        ("translate", 2): (Cost(10.0, 12.0), Cost(8.0, 10.0)),
        ("translate --no-retry", 1): (Cost(9.0, 9.0), Cost(9.0, 9.0)),
        ("translate --no-retry", 2): (Cost(5.0, 9.0), Cost(5.0, 9.0)),
    }
    return Report(
        Plan(rounds=3), "m", 20, 400, 700, rows, {"onnxruntime": "not installed: onnxruntime"},
        *compare(rows), peak, EndToEnd(4, 30, costs), ("the machine was busy",),
    )  # fmt: skip


def test_ratios_are_of_pairs_of_the_same_round(report: Report) -> None:
    assert report.base.entry.label == OURS
    assert report.ratios(report.rows[1]) == [3.0, 2.0, 2.5]
    on_gpu = replace(report, plan=replace(report.plan, device="cuda"))
    assert on_gpu.ratios(report.rows[1]) == [3.0, 2.0, 2.5]
    assert on_gpu.seconds(Cost(5.0, 1.0)) == 5.0
    without = replace(report, rows=report.rows[1:])
    assert without.base.entry.label == "ctranslate2-int8"
    assert without.ratios(report.rows[2]) == [3.0, 5.0, 4.4]


def test_figures_are_medians(report: Report) -> None:
    ours, int8, reference = (figures(report, one) for one in report.rows)
    assert (ours["times_base"], int8["times_base"], int8["times_base_range"]) == (1.0, 2.5, [2.0, 3.0])
    assert ours["segments_per_second"] == 20 / 2.0
    assert ours["source_words_per_second"] == 400 / 2.0
    assert ours["target_pieces_per_second"] == 60 / 2.0
    assert ours["cpu_seconds_per_segment"] == 1.0 / 20
    assert ours["share_of_peak"] == 4e9 / 1.0 / 16e9
    assert reference["share_of_peak"] == pytest.approx(4e9 / 11.0 / 8e9)
    assert (int8["peak"], reference["peak"]) == ("integer", "floating")


def test_end_to_end_is_compared_by_pairs(report: Report) -> None:
    assert report.end_to_end
    assert report.end_to_end.share_of_engine("translate", 1, lambda cost: cost.wall) == (0.9 + 0.75) / 2
    assert report.end_to_end.speedup(ENGINE, 2) == (9 / 5 + 2) / 2


def test_the_table_has_every_row_and_says_what_is_wrong(report: Report) -> None:
    text = table(report)
    for part in (
        "2.50 (2.00-3.00)",
        "onnxruntime: not installed: onnxruntime",
        "warning: the machine was busy",
        "8 GFLOP/s and 16 GOP/s (somehow)",
        "nc:6",
        "82.5% of the engine's rate",
        "1.90 times as fast",
    ):
        assert part in text
    lines = [line for line in text.splitlines() if line.startswith(tuple(one.entry.label for one in report.rows))]
    assert len(lines) >= 3
    assert len({len(line) for line in lines[:3]}) == 1, "columns"


def test_the_json_has_a_schema(report: Report) -> None:
    value = json.loads(to_json(report))
    assert value["schema"] == "zhaiyi.bench/1"
    assert value.keys() == {
        "schema", "model", "machine", "versions", "plan", "segments", "source_words", "source_pieces", "base", "rows",
        "absent", "chrF2", "chrF2_signature", "peak", "end_to_end", "warnings",
    }  # fmt: skip
    assert value["rows"] == [json.loads(json.dumps(figures(report, one))) for one in report.rows]
    assert len(value["chrF2"]) == 3 * 2
    assert {score["score"] for score in value["chrF2"]} == {100.0}
    assert {(one["what"], one["cores"]) for one in value["end_to_end"]} == set(report.end_to_end.costs)  # type: ignore[union-attr]


def test_the_chart_is_svg_with_bars_in_proportion(report: Report) -> None:
    root = ElementTree.fromstring(to_svg(replace(report, model="a <b> & c")))
    space = "{http://www.w3.org/2000/svg}"
    widths = [float(bar.attrib["width"]) for bar in list(root.iter(f"{space}rect"))[1:]]
    assert widths == pytest.approx([400, 400 / 3, 400 / 11], abs=0.1)
    assert "a <b> & c" in (root.find(f"{space}text").text or "")  # type: ignore[union-attr]


def test_every_round_begins_with_another_contender() -> None:
    order: list[str] = []

    def contender(name: str) -> Answer:
        order.append(name)
        return Answer([name], Cost(1, 1), 1)

    answers = interleave({name: lambda texts, name=name: contender(name) for name in "abc"}, [], 3, lambda _: None)  # type: ignore[misc]
    assert "".join(order) == "abcbcacab"
    assert {name: len(found) for name, found in answers.items()} == {"a": 3, "b": 3, "c": 3}


def test_a_busy_machine_is_noticed() -> None:
    def rows(*others: float) -> list[Row]:
        return [replace(row("a", [1.0]), costs=(Cost(2.0, 1.0, seconds),)) for seconds in others]

    assert busy(rows(0.0, 0.3, 2.0)) == ()
    assert "other programs took 0.9 cores" in busy(rows(0.0, 1.8, 2.0))[0]


def test_what_others_take_is_seen() -> None:
    before, own = machine_seconds(), cpu_seconds()
    subprocess.run([sys.executable, "-c", "import time\nwhile time.process_time() < 0.5: pass"], check=True)
    taken = machine_seconds() - before - (cpu_seconds() - own)
    assert taken > 0.4 or before == 0.0


def test_the_sample_is_what_the_pipeline_translates(tiny_model: Path, tmp_path: Path) -> None:
    translator = open_translator(str(tiny_model), device="cpu")
    path = tmp_path / "texts.jsonl"
    rows = [{"id": 1, "title": "On $x$", "abstract": "Abstract: We train\nmodels. We train models. See [1]."},
            {"id": 2, "abstract": f"We train models. {'We train, and ' * 200} stop."}]  # fmt: skip
    path.write_text("".join(json.dumps(one) + "\n" for one in rows), "utf-8")
    found = sample(read_abstracts([str(path)]), translator)
    assert found.texts == ("On ⟦0⟧", "We train models.", "See ⟦0⟧.")
    assert (found.words, found.left_out) == (7, 1)
    assert list(found.pieces) == translator.count_pieces(found.texts)
    assert len(sample(read_abstracts([]), translator, 10).texts) == 10
    (tmp_path / "empty.jsonl").write_text('{"id": 1, "abstract": " "}\n', "utf-8")
    with pytest.raises(InputError, match=r"empty\.jsonl"):
        read_abstracts([str(tmp_path / "empty.jsonl")])


def test_the_command_measures_and_writes(tiny_model: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    choice = ["--only", "ctranslate2-float16,zhaiyi", "--beam", "4", "--beam", "1", "--segments", "6", "--rounds", "2"]
    outputs = ["--json", str(tmp_path / "x.json"), "--plot", str(tmp_path / "x.svg")]
    with pytest.raises(SystemExit) as end:
        main(["bench", "--model", str(tiny_model), *choice, *outputs])
    assert end.value.code == 0
    text = capsys.readouterr().out
    value = json.loads((tmp_path / "x.json").read_text("utf-8"))
    labels = [one["label"] for one in value["rows"]]
    assert labels == ["zhaiyi", "zhaiyi, beam 1"]
    assert [one["beam"] for one in value["rows"]] == [4, 1]
    assert list(value["absent"]) == ["ctranslate2-float16"], "no processor computes in float16"
    assert all(label in text for label in [*labels, "ctranslate2-float16: failed"])
    assert {(one["hypothesis"], one["reference"]) for one in value["chrF2"]} == set(permutations(labels))
    for one in value["rows"]:
        assert len(one["cpu_seconds"]) == len(one["wall_seconds"]) == 2
        assert one["target_pieces"] > 0 < one["share_of_peak"] < 1
        assert value["segments"] / one["segments_per_second"] == pytest.approx(sum(one["wall_seconds"]) / 2)
    assert (tmp_path / "x.svg").read_text("utf-8").startswith("<svg")


def test_the_translate_command_is_timed_against_the_bare_engine(tmp_path: Path) -> None:
    abstracts = [Abstract(str(n), "A title", f"We train {n} models. They learn.") for n in range(3)]
    job = Job(SHIPPED_FOLDER, "cpu", 1, Decoding(beam=1), 512)
    said: list[str] = []
    found = measure_end_to_end(job, abstracts, ["We train 1 models.", "They learn."], 1, said.append)
    cores = {1, available_cores()}
    assert found.costs.keys() == set(product([ENGINE, *COMMANDS], cores))
    assert all(len(costs) == 1 and min(cost.wall for cost in costs) > 0 for costs in found.costs.values())
    assert (found.abstracts, found.segments, len(said)) == (3, 2, len(cores))
    with pytest.raises(RunError, match=r"zhaiyi translate: zhaiyi: .*nothing\.jsonl: no such file"):
        _command(tmp_path / "nothing.jsonl", tmp_path / "run", [])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        pytest.param(["--only", "x"], "unknown contender 'x'; known are zhaiyi,", id="contender"),
        pytest.param(["--device", "cuda:x"], "device", id="device"),
        pytest.param(["--model", "nowhere/at/all"], "no such model", id="model"),
        pytest.param(["--shape", "x"], "unknown shape 'x'; known are opus-mt", id="shape"),
        pytest.param(["--plot", "x.png"], "name a file that ends in .svg", id="plot"),
        pytest.param(["--json", "nowhere/x.json"], "no such folder", id="json"),
        pytest.param(["--texts", "nowhere.txt"], "no such file", id="texts"),
    ],
)
def test_what_cannot_be_measured_is_one_line(
    options: list[str], message: str, tiny_model: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["bench", "--model", str(tiny_model), *options] if "--model" not in options else ["bench", *options])
    assert end.value.code == 2
    (line,) = capsys.readouterr().err.strip().splitlines()
    assert line.startswith("zhaiyi: ")
    assert message in line
