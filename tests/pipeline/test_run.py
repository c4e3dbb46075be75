"""Runs: whatever stops them, going on gives the file of an undisturbed run; a folder belongs to one command."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline import cli as command_line
from pipeline.cli import cli

ABSTRACTS = [
    {
        "id": f"a{i}",
        "title": f"Method {i}",
        "abstract": f"We propose method {i}. It gains {i}.5% on $X_{i}$.",
        "year": 2000 + i,
    }
    for i in range(30)
]


@pytest.fixture
def abstracts(tmp_path: Path) -> Path:
    path = tmp_path / "abstracts.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in ABSTRACTS), encoding="utf-8")
    return path


def translate(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "translate", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, encoding="utf-8", env=os.environ)


def rows(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_run_folder_holds_every_abstract_in_order(abstracts: Path, tmp_path: Path, tiny_model: Path) -> None:
    done = translate(abstracts, "-o", tmp_path / "run", "--model", tiny_model, "--no-retry")
    assert done.returncode == 0, done.stderr
    found = rows(tmp_path / "run" / "translations.jsonl")
    assert [row["id"] for row in found] == [row["id"] for row in ABSTRACTS]
    assert all(
        set(row) >= {"id", "title", "title_zh", "source", "target", "segments", "issues", "system", "meta"}
        for row in found
    )
    assert [row["meta"]["year"] for row in found] == [row["year"] for row in ABSTRACTS]  # type: ignore[index]
    info = json.loads((tmp_path / "run" / "run.json").read_text(encoding="utf-8"))
    assert info["state"] == "finished" and info["abstracts"] == 30 and info["system"] == found[0]["system"]
    assert (tmp_path / "run" / "failed.jsonl").read_text(encoding="utf-8") == ""


@pytest.mark.parametrize("moment", [0.3, 1.0, 1.6])
def test_killed_run_goes_on_to_the_same_bytes(
    abstracts: Path, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch, moment: float
) -> None:
    monkeypatch.setenv("ZHAIYI_BLOCK_SIZE", "3")
    options = (abstracts, "--model", tiny_model, "--no-retry", "--quiet")
    assert translate(*options, "-o", tmp_path / "whole").returncode == 0
    expected = (tmp_path / "whole" / "translations.jsonl").read_bytes()
    command = [sys.executable, "-c", "from pipeline.cli import main; main()", "translate", *map(str, options)]
    process = subprocess.Popen([*command, "-o", str(tmp_path / "cut")], stderr=subprocess.DEVNULL)
    time.sleep(moment)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert translate(*options, "-o", tmp_path / "cut").returncode == 0
    assert (tmp_path / "cut" / "translations.jsonl").read_bytes() == expected


def test_finished_shards_are_used_again(
    abstracts: Path, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZHAIYI_BLOCK_SIZE", "10")
    options = (abstracts, "-o", tmp_path / "run", "--model", tiny_model, "--no-retry")
    assert translate(*options).returncode == 0
    before = (tmp_path / "run" / "translations.jsonl").read_bytes()
    shards = sorted((tmp_path / "run" / "shards").iterdir())
    assert len(shards) == 3
    shards[1].unlink()
    kept = {path: path.stat().st_mtime_ns for path in (shards[0], shards[2])}
    again = translate(*options)
    assert "20 from an earlier run" in again.stderr
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert (tmp_path / "run" / "translations.jsonl").read_bytes() == before


def test_a_file_is_the_same_from_wherever_it_is_named(
    abstracts: Path, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = ("-o", tmp_path / "run", "--model", tiny_model, "--no-retry")
    monkeypatch.chdir(tmp_path)
    assert translate(abstracts.name, *options).returncode == 0
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    for path in (abstracts, f"../{abstracts.name}"):
        assert "30 from an earlier run" in translate(path, *options).stderr


def test_changed_options_are_refused_and_fresh_starts_anew(abstracts: Path, tmp_path: Path, tiny_model: Path) -> None:
    options = (abstracts, "-o", tmp_path / "run", "--model", tiny_model, "--no-retry", "--quiet")
    assert translate(*options).returncode == 0
    refused = translate(*options, "--beam", "1")
    assert refused.returncode == 2 and "made with other options (system: was beam:4, now beam:1)" in refused.stderr
    assert translate(*options, "--beam", "1", "--fresh").returncode == 0


def test_second_run_in_the_same_folder_is_refused(abstracts: Path, tmp_path: Path, tiny_model: Path) -> None:
    from filelock import FileLock

    (tmp_path / "run").mkdir()
    with FileLock(tmp_path / "run" / ".lock"):
        refused = translate(abstracts, "-o", tmp_path / "run", "--model", tiny_model)
    assert refused.returncode == 2 and "another zhaiyi is working" in refused.stderr


@pytest.mark.parametrize(
    ("options", "said"),
    [(["-o", "run", "--fresh"], "To go on: zhaiyi translate {} -o run\n"), ([], "stopped; nothing was kept\n")],
    ids=["run folder", "stdout"],
)
def test_interrupt_says_how_to_go_on(
    options: list[str], said: str, abstracts: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("pipeline.work.translate_to_stdout", interrupted)
    monkeypatch.setattr("pipeline.work.translate_paths", interrupted)
    monkeypatch.setattr(sys, "argv", ["zhaiyi", "translate", str(abstracts), *options])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    assert ended.value.code == 130
    assert capsys.readouterr().err.endswith(said.format(abstracts))


def to_stdout(path: Path) -> list[str]:
    """A command that writes abstracts to stdout."""
    return [sys.executable, "-c", "from pipeline.cli import main; main()", "inspect", str(path), "--to", "jsonl"]


def test_a_reader_that_has_enough_is_no_error(abstracts: Path) -> None:
    process = subprocess.Popen(to_stdout(abstracts), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout and process.stderr
    process.stdout.close()
    assert (process.stderr.read(), process.wait()) == (b"", 0)
    process.stderr.close()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is always full")
def test_a_full_disk_is_told_in_a_line(abstracts: Path) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(to_stdout(abstracts), stdout=full, stderr=subprocess.PIPE, text=True, encoding="utf-8")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1) and "no space left; make room" in done.stderr


def test_failed_records_stand_in_failed_jsonl_and_the_rest_is_done(tmp_path: Path, tiny_model: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    lines = [
        json.dumps({"id": "good", "abstract": "We propose a method."}),
        "{broken",
        json.dumps({"id": "nothing", "title": "No abstract here"}),
        json.dumps(
            {"id": "chinese", "abstract": "我们提出了一种新的方法，它在所有数据集上都更好。"}, ensure_ascii=False
        ),
        json.dumps({"id": "long", "abstract": "word " * 20_000}),
    ]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    done = translate(path, "-o", tmp_path / "run", "--model", tiny_model, "--no-retry")
    assert done.returncode == 3, done.stderr
    assert [row["id"] for row in rows(tmp_path / "run" / "translations.jsonl")] == ["good"]
    failed = {str(row["id"]): str(row["error"]) for row in rows(tmp_path / "run" / "failed.jsonl")}
    assert len(failed) == 4
    assert "already Chinese" in failed["chinese"] and "20000 words" in failed["long"]
    assert any(f"{path}:2" in error and "JSON" in error for error in failed.values())
    assert "4 records failed" in done.stderr


BAD_CALLS = {
    "missing file": (["translate", "nowhere.jsonl"], "nowhere.jsonl"),
    "missing folder of a model": (["translate", "IN", "--model", "./no-model"], "no-model"),
    "folder that is no model": (["translate", "IN", "--model", "FOLDER"], "config.json"),
    "unknown format": (["translate", "IN", "--format", "docx"], "docx"),
    "side by side into a folder": (["translate", "IN", "-o", "FOLDER/r", "--bilingual"], "stdout"),
    "unknown key in the configuration": (["translate", "IN", "--config", "CONFIG"], "'bean'; known keys are"),
    "limit of the wrong type": (["translate", "IN", "--config", "LIMITS"], "repeated_share"),
    "the script as a limit": (["translate", "IN", "--config", "SCRIPT"], "'script'"),
    "folder with other files": (["translate", "IN", "-o", "FOLDER"], "no run of ours"),
    "output is a file": (["translate", "IN", "-o", "IN"], "is a file"),
}


@pytest.mark.parametrize(("arguments", "words"), BAD_CALLS.values(), ids=BAD_CALLS.keys())
def test_bad_calls_end_with_one_line_and_code_2(
    arguments: list[str], words: str, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in.txt").write_text("We propose a method.", encoding="utf-8")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "notes.txt").write_text("notes", encoding="utf-8")
    (tmp_path / "config.toml").write_text("bean = 4\n", encoding="utf-8")
    (tmp_path / "limits.toml").write_text('[limits]\nrepeated_share = "much"\n', encoding="utf-8")
    (tmp_path / "script.toml").write_text('[limits]\nscript = "hant"\n', encoding="utf-8")
    places = {"IN": "in.txt", "FOLDER": "folder", "FOLDER/r": "folder/r", "CONFIG": "config.toml"}
    places |= {"LIMITS": "limits.toml", "SCRIPT": "script.toml"}
    given = [places.get(argument, argument) for argument in arguments]
    if "--model" not in given:
        given += ["--model", str(tiny_model)]
    done = subprocess.run(
        [sys.executable, "-c", "from pipeline.cli import main; main()", *given],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert done.returncode == 2, done.stderr
    assert words in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) <= 3


def test_configuration_gives_defaults_that_options_override(abstracts: Path, tmp_path: Path, tiny_model: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f'model = "{tiny_model}"\nbeam = 2\nlimit = 3\nno-retry = true\n', encoding="utf-8")
    assert translate(abstracts, "-o", tmp_path / "run", "--config", config, "--limit", "2").returncode == 0
    found = rows(tmp_path / "run" / "translations.jsonl")
    assert len(found) == 2 and "beam:2" in str(found[0]["system"])


def test_stdin_to_stdout_is_one_line_an_abstract(tiny_model: Path) -> None:
    text = "We propose a method.\nIt works well in practice.\n"
    done = CliRunner().invoke(
        cli, ["translate", "-", "--split", "lines", "--model", str(tiny_model), "--bilingual"], input=text
    )
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert [line.split("\t")[0] for line in lines] == text.splitlines()


def test_paragraphs_of_an_abstract_stand_in_one_line(tiny_model: Path) -> None:
    text = "We propose a method.\n\nIt works well in practice.\n"
    done = CliRunner().invoke(cli, ["translate", "-", "--model", str(tiny_model)], input=text)
    assert done.stdout.count("\n") == 1 and "  " not in done.stdout, done.output


def test_full_disk_is_one_clear_line(abstracts: Path, tiny_model: Path, tmp_path: Path) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("needs /dev/full")
    from pipeline.errors import RunError
    from pipeline.shards import write_whole

    (tmp_path / ".out.jsonl.part").symlink_to(full)
    with pytest.raises(RunError, match="cannot be written: No space left"):
        write_whole(tmp_path / "out.jsonl", ["line\n"])
