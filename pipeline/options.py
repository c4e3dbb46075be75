"""Options that several commands share, so that what is inspected is read and timed as it would be translated."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

_Command = Callable[..., Any]

_SYSTEM = (
    click.option("--model", default="", help="Shipped name, folder, or hub id.  [default: the shipped model]"),
    click.option("--engine", type=click.Choice(["auto", "ctranslate2", "torch"]), default="auto", show_default=True),
    click.option("--device", default="auto", show_default=True, help="auto, cpu, cuda, or cuda:0,1 for several GPUs."),
    click.option("--precision", default="auto", show_default=True, help="float32, int8, float16, bfloat16, ..."),
    click.option("--beam", type=click.IntRange(1, 32), default=4, show_default=True, help="Beam size; 1 is fastest."),
    click.option(
        "--batch-tokens", type=click.IntRange(0), default=0, help="Source tokens in a batch.  [default: by device]"
    ),
    click.option("--threads", type=click.IntRange(0), default=0, help="Processor cores to use.  [default: all]"),
    click.option("--script", type=click.Choice(["hans", "hant"]), default="hans", show_default=True),
    click.option("--no-shortlist", is_flag=True, help="Search the whole vocabulary, not a shortlist of it."),
    click.option("--no-retry", is_flag=True, help="Flag segments that fail a check without trying again."),
    click.option("--offline", is_flag=True, help="Never ask the hub: use what its cache holds."),
)
_READING = (
    click.option("--format", default="auto", show_default=True, help="Force the input format."),
    click.option("--split", type=click.Choice(["file", "lines", "paragraphs"]), default="file", show_default=True,
                 help="Abstracts of a plain text: the file, each line, each paragraph."),
    click.option("--pattern", default="*", show_default=True, help="Files to take from folders."),
    click.option(
        "--id-field", default="", help="Field of JSON lines or column of a table with the id.  [default: guessed]"
    ),
    click.option("--text-field", default="", help="The same for the abstract."),
    click.option("--title-field", default="", help="The same for the title."),
    click.option("--category", default="", help="Only these, such as cs.LG,stat.ML, or cs for all of cs."),
    click.option("--since", default="", metavar="DATE", help="Only from then on: YYYY, YYYY-MM or YYYY-MM-DD."),
    click.option("--until", default="", metavar="DATE", help="Only up to then, inclusive."),
    click.option(
        "--references",
        type=click.Path(path_type=Path),
        help="File or folder of references, joined by id, by line or by file name.",
    ),
    click.option("--limit", type=click.IntRange(1), help="Only the first N abstracts."),
)  # fmt: skip


def system_options(command: _Command) -> _Command:
    """Add the options that choose the model, the engine and how is decoded."""
    return _with(_SYSTEM, command)


def reading_options(command: _Command) -> _Command:
    """Add the options of reading: each field of `ReadOptions` by its name, and the limit."""
    return _with(_READING, command)


def _with(options: tuple[Callable[[_Command], _Command], ...], command: _Command) -> _Command:
    for option in reversed(options):  # the help has them in the order in which they stand here
        command = option(command)
    return command
