"""The built wheel in a clean environment: help, and one sentence translated with neither torch nor transformers there.

Marked `wheel`, because it installs packages: `make test` runs it after all others.
"""

import os
import re
import resource
import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

pytestmark = pytest.mark.wheel

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = {"torch", "transformers"}
"""Dependencies that translating with CTranslate2 must do without."""

SENTENCE = "We propose a graph neural network and evaluate it on three data sets."
COLD_SECONDS = 1.5


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    run(
        sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(ROOT)
    )
    (path,) = folder.glob("zhaiyi-*.whl")
    return path


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The console script of the wheel, installed with its dependencies except those left out."""
    environment = tmp_path_factory.mktemp("clean")
    run(sys.executable, "-m", "venv", str(environment))
    install = (str(environment / "bin" / "python"), "-m", "pip", "install", "--quiet", "--constraint")
    run(*install, str(ROOT / "constraints.txt"), *light_dependencies(wheel))
    run(*install, str(ROOT / "constraints.txt"), "--no-deps", str(wheel))
    return environment / "bin" / "zhaiyi"


def light_dependencies(wheel: Path) -> list[str]:
    with ZipFile(wheel) as archive:
        (metadata,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        lines = archive.read(metadata).decode("utf-8").splitlines()
    wanted = [
        line.partition(": ")[2] for line in lines if line.startswith("Requires-Dist: ") and "extra ==" not in line
    ]
    return [one for one in wanted if re.split(r"[^\w-]", one)[0] not in LEFT_OUT]


def run(*command: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
    """Run a command away from the repository, so that only what is installed can be imported."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    result = subprocess.run(
        command, cwd="/", env=environment, input=stdin, capture_output=True, encoding="utf-8", timeout=600, check=False
    )
    assert result.returncode == 0, f"{command} ended with {result.returncode}:\n{result.stdout}\n{result.stderr}"
    return result


def test_wheel_holds_the_packages_the_model_and_the_test_set(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = archive.namelist()
    tops = {name.split("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"eval", "models", "pipeline"}
    assert {f"{package}/py.typed" for package in ("eval", "models", "pipeline")} <= set(names)
    shipped = {f"models/shipped/{name}" for name in ("config.json", "model.safetensors", "source.spm", "vocab.json")}
    assert {"eval/testsets/abstracts.jsonl", *shipped} <= set(names)


def test_help_runs(program: Path) -> None:
    assert "Usage: zhaiyi " in run(str(program), "--help").stdout
    assert re.fullmatch(r"zhaiyi, version \d+\.\d+\.\d+\n", run(str(program), "--version").stdout)


def test_one_sentence_is_translated_from_stdin(program: Path) -> None:
    first = run(str(program), "translate", "-", "--quiet", stdin=SENTENCE)  # converts the model, and keeps it
    assert len(re.findall(r"[\u4e00-\u9fff]", first.stdout)) >= 8, first.stdout
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    again = run(str(program), "translate", "-", "--quiet", stdin=SENTENCE)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert again.stdout == first.stdout
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime <= COLD_SECONDS


def test_left_out_dependencies_are_absent(program: Path) -> None:
    code = f"from importlib.util import find_spec; print([name for name in {sorted(LEFT_OUT)} if find_spec(name)])"
    assert run(str(program.with_name("python")), "-c", code).stdout == "[]\n"
