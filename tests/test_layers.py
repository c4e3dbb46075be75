"""The architecture as tests: who imports whom, what the command's help costs, and that every command is documented."""

import ast
import json
import resource
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from pipeline.cli import cli

ROOT = Path(__file__).resolve().parents[1]
MAY_IMPORT = {"models": {"models"}, "pipeline": {"models", "pipeline"}, "eval": {"eval", "models", "pipeline"}}
"""Package -> packages of ours that its modules may import."""

HEAVY = {
    "ctranslate2",
    "datasets",
    "huggingface_hub",
    "matplotlib",
    "numpy",
    "pyarrow",
    "sacrebleu",
    "sentencepiece",
    "torch",
    "transformers",
}
HELP_SECONDS = 0.3

MODULES = sorted(path.relative_to(ROOT) for package in MAY_IMPORT for path in (ROOT / package).rglob("*.py"))


def imports(path: Path) -> Iterator[str]:
    """The full names of the modules that a file imports anywhere in it."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import; write the full name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("module", MODULES, ids=str)
def test_module_imports_only_layers_below(module: Path) -> None:
    of_commands = module.parent == Path("pipeline/commands")
    allowed = set(MAY_IMPORT) if of_commands else MAY_IMPORT[module.parts[0]]
    found = {name for name in imports(ROOT / module) if name.split(".")[0] in MAY_IMPORT}
    assert {name for name in found if name.split(".")[0] not in allowed} == set()
    commands = [name for name in found if name.startswith(("pipeline.cli", "pipeline.commands"))]
    assert not commands or module == Path("pipeline/cli.py"), "nothing imports the command line"
    assert not {"eval"} & set(imports(ROOT / module)), "`import eval` hides the built-in; write `from eval.x import y`"


def test_tests_have_no_packages() -> None:
    assert list((ROOT / "tests").rglob("__init__.py")) == [], "a package `tests.models` would hide ours"


def commands(group: click.Group, prefix: str = "zhaiyi") -> Iterator[tuple[str, click.Command]]:
    """Every command and group below `group`, with what a user types."""
    yield prefix, group
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix} {name}")
        else:
            yield f"{prefix} {name}", command


COMMANDS = dict(commands(cli))


@pytest.mark.parametrize("name", COMMANDS)
def test_command_has_help_with_an_example_and_stands_in_the_readme(name: str) -> None:
    command = COMMANDS[name]
    assert command.help, "no help"
    _, _, example = command.help.partition("Example")
    assert name in example, "no example of the command in its help"
    assert name in (ROOT / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", COMMANDS)
def test_help_loads_nothing_heavy(name: str) -> None:
    code = (
        "import json, sys\nfrom pipeline.cli import main\n"
        "try:\n    main(sys.argv[1:])\nexcept SystemExit as end:\n    assert not end.code\n"
        "print(json.dumps(sorted(sys.modules)), file=sys.stderr)"
    )
    result = run_python("-c", code, *name.split()[1:], "--help")
    assert result.stdout.startswith(f"Usage: {name} ")
    assert set(json.loads(result.stderr)) & HEAVY == set()


def test_help_is_quick() -> None:
    def seconds() -> float:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        run_python("-c", "from pipeline.cli import main; main()", "--help")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    assert min(seconds() for _ in range(3)) <= HELP_SECONDS


def run_python(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """Run Python in the repository's root and return what it printed; fails if it fails."""
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True, encoding="utf-8", timeout=60)
