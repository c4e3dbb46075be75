"""`zhaiyi inspect`."""

from typing import Any

import click

from pipeline.errors import EXIT_SOME_FAILED
from pipeline.options import reading_options, system_options


@click.command("inspect")
@click.argument("paths", nargs=-1, required=True)
@click.option("--show", type=click.IntRange(1), help="Instead of the report: N abstracts as read; of a run, the worst.")
@click.option("--to", type=click.Choice(["jsonl"]), help="Instead of the report: all abstracts, to translate later.")
@click.option("--json", "as_json", is_flag=True, help="The report as JSON.")
@click.option("--kind", default="", help="Of a run: only issues of this kind, such as numbers.")
@click.option("--no-estimate", is_flag=True, help="Don't measure how long translating would take: load no model.")
@reading_options
@system_options
@click.pass_context
def inspect_command(context: click.Context, /, paths: tuple[str, ...], **options: Any) -> None:
    """Look at input before translating, or at what the checks found in a run.

    \b
    Examples:
      zhaiyi inspect abstracts.jsonl                   formats, fields, lengths, repeats, refusals, time
      zhaiyi inspect pages/ --show 3                   three abstracts as they are read
      zhaiyi inspect papers.csv --to jsonl > papers.jsonl
      zhaiyi inspect run --show 5 --kind numbers       the worst, English and Chinese side by side
    """
    from pipeline.inspection import View, inspect
    from pipeline.work import Work

    view = View(options["show"], options["to"], options["as_json"], options["kind"], not options["no_estimate"])
    if inspect(Work.from_options(paths, options, {}), view):
        context.exit(EXIT_SOME_FAILED)
