"""COMET runs elsewhere: what is sent and read back is right, and what is missing is said."""

import json
import sys
from pathlib import Path

import pytest

from eval.comet import INTERPRETER, comet_scores
from eval.contest import Asked, contest
from eval.score import Sought, score_output
from pipeline.errors import InputError

FAKE = """#!{python}
import json, sys
assert sys.argv[1] == "-I" and sys.argv[2].endswith("comet_worker.py"), sys.argv
rows = [json.loads(line) for line in sys.stdin]
{answer}
"""
SHARED_CHARACTERS = (
    'scores = [len(set(r["mt"]) & set(r["ref"])) / max(1, len(set(r["ref"]))) for r in rows]\n'
    'print(json.dumps({"version": "2.2.6", "scores": scores}))'
)


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """The folder of a model as it is downloaded, with an empty checkpoint."""
    folder = tmp_path / "wmt22-comet-da"
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "checkpoints" / "model.ckpt").touch()
    return folder


def interpreter(path: Path, answer: str) -> Path:
    path.write_text(FAKE.format(python=sys.executable, answer=answer), encoding="utf-8")
    path.chmod(0o755)
    return path


def test_scores_are_means_over_references(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(INTERPRETER, str(interpreter(tmp_path / "python", SHARED_CHARACTERS)))
    found = comet_scores(model, ["One.", "Two."], [["甲乙", "丙"], ["丁", "丙"]], [["甲乙", "甲丁"], ["丙"]])
    assert found.values == ((75.0, 100.0), (25.0, 100.0))
    assert found.signature == "nrefs:var|refs:mean|scale:100|model:wmt22-comet-da|version:2.2.6"


def test_it_is_shown_beside_the_others(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(INTERPRETER, str(interpreter(tmp_path / "python", SHARED_CHARACTERS)))
    for name, text in {"a": "甲乙\n丙\n", "b": "甲\n丁\n", "src": "One.\nTwo.\n"}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    a, b, source = (str(tmp_path / name) for name in ("a", "b", "src"))
    found = contest(Asked((b, a), (a,), comet=model, metrics=("chrF2",), source=Path(source), resamples=20, trials=20))
    assert [one.scores["COMET"].value for one in found.systems] == [100.0, 25.0]
    assert found.metrics[-1].name == "COMET" and "model:wmt22-comet-da" in found.metrics[-1].signature
    assert found.systems[0].differences == () or found.systems[0].differences[-1].metric == "COMET"
    scored = json.loads(score_output(Sought(b, (a,), comet=model, source=Path(source), resamples=0, as_json=True)))
    assert scored["scores"][-1]["metric"] == "COMET" and scored["scores"][-1]["score"] == 25.0


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        pytest.param(
            'sys.exit("ModuleNotFoundError: comet")', "COMET failed: ModuleNotFoundError: comet; it is", id="not"
        ),
        pytest.param('print("Hello")', "gave no scores that can be read", id="other"),
        pytest.param('print(json.dumps({"scores": [1.0]}))', "gave no scores that can be read", id="too-few"),
    ],
)
def test_its_failures_are_one_line(
    answer: str, message: str, model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(INTERPRETER, str(interpreter(tmp_path / "python", answer)))
    with pytest.raises(InputError, match=message):
        comet_scores(model, ["One.", "Two."], [["甲", "乙"]], [["甲"], ["乙"]])


def test_what_is_missing_is_said(model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(INTERPRETER, raising=False)
    with pytest.raises(InputError, match=r"COMET is not here: it needs an environment of its own \(python -m venv"):
        comet_scores(model, ["One."], [["甲"]], [["甲"]])
    with pytest.raises(InputError, match=r"no checkpoints \(\*.ckpt\) in it"):
        comet_scores(tmp_path, ["One."], [["甲"]], [["甲"]])
    monkeypatch.setenv(INTERPRETER, str(tmp_path / "none"))
    with pytest.raises(InputError, match="no such file, but ZHAIYI_COMET_PYTHON says"):
        comet_scores(model, ["One."], [["甲"]], [["甲"]])
    monkeypatch.setenv(INTERPRETER, sys.executable)
    with pytest.raises(InputError, match="COMET needs the English of each item, and 1 have none"):
        comet_scores(model, [""], [["甲"]], [["甲"]])
