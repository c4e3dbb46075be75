"""Choosing by category and date: what is left out is counted and said, and never an error."""

import json
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError, RecordError
from pipeline.readers import ReadOptions, read_paths
from pipeline.readers.choose import REASONS, chooser
from pipeline.records import Abstract
from pipeline.run import left_out_line

ROWS: list[dict[str, Any]] = [
    {"id": "lists", "categories": ["cs.LG", "stat.ML"], "date": "2021-06-04"},
    {"id": "snapshot", "categories": "math.ST hep-th", "versions": [{"created": "Mon, 2 Apr 2007 19:18:42 GMT"}]},
    {"id": "commas", "categories": "cs.CL, cs.AI", "year": 2021},
    {"id": "old", "categories": "cs.LG", "update_date": "2008-11-26"},
    {"id": "bare"},
    {"id": "odd", "categories": [7, None], "date": "n.d."},
    {"id": "physics", "Category": "astro-ph.GA", "Published": "2021-06-30T23:59:59Z"},
]


def abstract(meta: dict[str, Any]) -> Abstract:
    return Abstract("1", "", "We study.", meta=meta)


@pytest.mark.parametrize(
    ("options", "expected", "left_out"),
    [
        pytest.param({"category": "cs.LG"}, ["lists", "old"], {"category": 3, "no category": 2}, id="exact"),
        pytest.param(
            {"category": "cs"}, ["lists", "commas", "old"], {"category": 2, "no category": 2}, id="an archive"
        ),
        pytest.param(
            {"category": "CS.lg, hep-th"}, ["lists", "snapshot", "old"], {"category": 2, "no category": 2}, id="several"
        ),
        pytest.param(
            {"category": "astro-ph"}, ["physics"], {"category": 4, "no category": 2}, id="an archive with a sign"
        ),
        pytest.param({"category": "c"}, [], {"category": 5, "no category": 2}, id="no prefix of a name"),
        pytest.param({"since": "2021"}, ["lists", "commas", "physics"], {"date": 2, "no date": 2}, id="since a year"),
        pytest.param(
            {"since": "2021-06-05"}, ["commas", "physics"], {"date": 3, "no date": 2}, id="a coarser date is kept"
        ),
        pytest.param({"until": "2008"}, ["snapshot", "old"], {"date": 3, "no date": 2}, id="until a year, inclusive"),
        pytest.param(
            {"since": "2007-04-02", "until": "2007-04-02"}, ["snapshot"], {"date": 4, "no date": 2}, id="a day"
        ),
        pytest.param(
            {"since": "2021-06", "until": "2021-06", "category": "stat"},
            ["lists"],
            {"category": 4, "no category": 2},
            id="both",
        ),
    ],
)
def test_what_is_chosen(tmp_path: Path, options: dict[str, str], expected: list[str], left_out: dict[str, int]) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("not JSON\n" + "".join(json.dumps({"abstract": "We.", **row}) + "\n" for row in ROWS))
    counts: Counter[str] = Counter()
    items = list(read_paths([str(path)], ReadOptions(format="jsonl", **options), left_out=counts))
    assert [item.id for item in items if isinstance(item, Abstract)] == expected
    assert sum(isinstance(item, RecordError) for item in items) == 1
    assert counts == left_out
    assert sum(counts.values()) + len(items) == len(ROWS) + 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"category": "cs.LG;stat"}, "'cs.lg;stat' is no category: give a list"),
        ({"category": "cs.LG,*"}, r"'\*' is no category"),
        ({"since": "yesterday"}, "since 'yesterday' is no date: give YYYY, YYYY-MM or YYYY-MM-DD"),
        ({"until": "2021-13"}, "until '2021-13' is no date"),
        ({"until": "2021-02-30"}, "until '2021-02-30' is no date"),
        ({"since": "20210204"}, "since '20210204' is no date"),
        ({"since": "2022", "until": "2021-12"}, "nothing is since 2022 and until 2021-12"),
    ],
)
def test_values_that_make_no_sense_are_one_error(options: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        read_paths(["nowhere"], ReadOptions(**options))


days = st.dates(date(1000, 1, 1))


@settings(deadline=None, max_examples=50)
@given(days, days, days, st.sampled_from((4, 7, 10)))
def test_days_are_chosen_as_dates_compare(day: date, since: date, until: date, exact: int) -> None:
    since, until = min(since, until), max(since, until)
    options = ReadOptions(since=since.isoformat()[:exact], until=until.isoformat()[:exact])
    inside = since.isoformat()[:exact] <= day.isoformat()[:exact] <= until.isoformat()[:exact]
    assert chooser(options)(abstract({"date": day.isoformat()})) == ("" if inside else "date")


@settings(deadline=None, max_examples=50)
@given(
    st.recursive(st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=12), st.lists, max_leaves=4)
)
def test_any_value_of_a_field_is_a_date_or_none(value: Any) -> None:
    choose = chooser(ReadOptions(category="cs", since="2000"))
    assert choose(abstract({"categories": "cs.LG", "date": value})) in ("", "date", "no date")
    assert choose(abstract({"categories": value, "date": value})) in ("", *REASONS)


def test_what_is_left_out_is_said() -> None:
    assert left_out_line({"no date": 1, "category": 2, "date": 3, "no category": 4}) == (
        "left out: 2 by --category, 4 having no category, 3 by --since and --until, 1 having no date"
    )


def test_a_choice_is_part_of_the_command_and_said_at_its_end(tmp_path: Path, tiny_model: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"abstract": "We study nets.", **row}) + "\n" for row in ROWS))

    def translate(*arguments: object) -> "subprocess.CompletedProcess[str]":
        options = ("--model", str(tiny_model), "--no-retry", *map(str, arguments))
        command = [sys.executable, "-c", "from pipeline.cli import main; main()", "translate", str(path), *options]
        return subprocess.run(command, capture_output=True, text=True, encoding="utf-8")

    said = "left out: 3 by --category, 2 having no category"
    done = translate("-o", tmp_path / "run", "--category", "cs.LG")
    assert (done.returncode, said in done.stderr) == (0, True), done.stderr
    info = json.loads((tmp_path / "run" / "run.json").read_text("utf-8"))
    assert (info["abstracts"], info["left_out"]) == (2, {"category": 3, "no category": 2})
    assert translate("-o", tmp_path / "run", "--category", "cs.LG", "--offline").returncode == 0
    refused = translate("-o", tmp_path / "run", "--category", "cs")
    assert refused.returncode == 2 and "made with other options (reading" in refused.stderr
    none = translate("-o", tmp_path / "none", "--category", "econ")
    assert none.returncode == 0 and none.stderr.startswith("0 records; ")
    done = translate("--category", "cs.LG")
    assert (len(done.stdout.splitlines()), said in done.stderr) == (2, True)
    wrong = translate("--since", "soon")
    assert (wrong.returncode, wrong.stderr) == (
        2,
        "zhaiyi: since 'soon' is no date: give YYYY, YYYY-MM or YYYY-MM-DD\n",
    )
