"""What is wrong with a data set is found before it is shown to anyone, and nothing is published."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from published_runs import plan, row, run

from pipeline.errors import RunError
from pipeline.publish import verify as module
from pipeline.publish.dataset import publish
from pipeline.publish.facts import Facts
from pipeline.publish.manifest import write_manifest
from pipeline.publish.tables import fingerprint

Change = Callable[[dict[str, Any]], Any]
TABLE = "data/train-00000.parquet"


def rewrite(made: dict[str, Any], change: Callable[[list[dict[str, Any]]], Any]) -> None:
    """Change the rows of a table as a faulty writer would, which notes and signs what it wrote."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pq.read_table(made["folder"] / TABLE)
    change(rows := table.to_pylist())
    pq.write_table(changed := pa.Table.from_pylist(rows, schema=table.schema), made["folder"] / TABLE)
    write_manifest(made["folder"])
    made["written"][TABLE] = [fingerprint(changed)]


def other_target(rows: list[dict[str, Any]], text: str = "别的。") -> None:
    rows[0]["translation"]["zh"] = text


WRONG: dict[str, tuple[Change, str]] = {
    "values": (lambda made: made["written"].update({TABLE: ["0"]}), "not hold what"),
    "an id twice": (lambda made: rewrite(made, lambda rows: rows.append(rows[0])), "has an id that stands twice"),
    "no Chinese": (lambda made: rewrite(made, lambda rows: other_target(rows, " \n")), "has an empty Chinese text"),
    "a row less": (lambda made: rewrite(made, lambda rows: rows.pop()), "8 abstracts instead of 9"),
    "another text": (lambda made: rewrite(made, other_target), "'p-.' is not what the run holds"),
    "an item less": (
        lambda made: made["sample"]["train"].append(replace(made["sample"]["train"][0], id="gone")),
        "'gone' is missing",
    ),
    "a file": (lambda made: (made["folder"] / "CHANGES.md").write_text("x"), "CHANGES.md: changed since"),
    "rows of segments": (lambda made: made["facts"].segments.update(["train"]), "load_dataset gives .* of segments"),
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_wrong_is_found_and_nothing_published(
    what: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    change, message = WRONG[what]
    check = module.verify

    def tampered(folder: Path, written: Any, sample: Any, facts: Facts) -> None:
        change({"folder": folder, "written": written, "sample": sample, "facts": facts})
        check(folder, written, sample, facts)

    monkeypatch.setattr(module, "verify", tampered)
    with pytest.raises(RunError, match=message):
        publish(plan(run(tmp_path / "run", [row(number) for number in range(9)]), to=tmp_path / "set"))
    assert [path.name for path in tmp_path.iterdir()] == ["run"]
