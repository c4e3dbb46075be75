"""The command line: a command parses, calls one function, prints. Errors become one line here and nowhere else."""

import errno
import sys
from collections.abc import Callable, Sequence
from typing import Any

import click

from models.errors import ModelError
from pipeline.commands.bench import bench_command
from pipeline.commands.compare import compare
from pipeline.commands.inspect import inspect_command
from pipeline.commands.models import models
from pipeline.commands.publish import publish_command
from pipeline.commands.review import review_command
from pipeline.commands.score import score
from pipeline.commands.translate import translate
from pipeline.errors import EXIT_INTERRUPTED, EXIT_USAGE, RecordError, ZhaiyiError


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="zhaiyi")
def cli() -> None:
    """Translate English machine-learning abstracts into Chinese, and score the result.

    \b
    Example:
      zhaiyi translate abstracts/ -o run
      zhaiyi score run
    """


commands = (
    translate, inspect_command, review_command, score, compare, publish_command, bench_command, models,
)  # fmt: skip
for command in commands:
    cli.add_command(command)


def main(arguments: list[str] | None = None) -> None:
    """The installed command: runs `cli` and ends the process with its exit code."""
    sys.exit(_guarded(lambda: cli.main(args=arguments, prog_name="zhaiyi", standalone_mode=False)))


def _guarded(call: Callable[[], Any]) -> int:
    """Run and turn every expected error into one line on stderr and an exit code."""
    try:
        code = call()
        return code if isinstance(code, int) else 0
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE
    except (ZhaiyiError, ModelError) as error:
        message = f"record {error.record_id}: {error}" if isinstance(error, RecordError) and error.record_id else error
        click.echo(f"zhaiyi: {message}", err=True)
        return EXIT_USAGE
    except (KeyboardInterrupt, click.Abort):
        click.echo(f"\nzhaiyi: stopped{_how_to_go_on(sys.argv[1:])}", err=True)
        return EXIT_INTERRUPTED
    except (BrokenPipeError, SystemExit):  # click's way of ending when whoever reads stdout has enough, as `head` does
        return 0
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        where = error.filename or "what the output goes to"
        click.echo(f"zhaiyi: {where}: no space left; make room and run again", err=True)
        return EXIT_USAGE


def _how_to_go_on(arguments: Sequence[str]) -> str:
    """What to type after an interruption, for the commands that keep what they have done.

    >>> _how_to_go_on(["translate", "a.jsonl", "-o", "run", "--fresh"])
    '; finished blocks are kept. To go on: zhaiyi translate a.jsonl -o run'
    >>> _how_to_go_on(["bench"])
    '; nothing was kept'
    """
    from pipeline.run import command_line

    again = command_line([argument for argument in arguments if argument != "--fresh"])
    into_folder = any(one.startswith(("-o", "--output")) for one in arguments)
    if arguments[:1] == ["translate"] and into_folder:
        return f"; finished blocks are kept. To go on: {again}"
    if arguments[:2] == ["models", "distill"]:
        return f"; finished pairs are kept. To go on: {again}"
    return (
        f"; its last state is kept. To go on: {again}" if arguments[:2] == ["models", "train"] else "; nothing was kept"
    )
