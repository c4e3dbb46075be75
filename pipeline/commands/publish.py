"""`zhaiyi publish`."""

import sys
from pathlib import Path
from typing import Any

import click

from pipeline.errors import ConfigError
from pipeline.records import KINDS


@click.command("publish")
@click.argument("runs", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--to", required=True, type=click.Path(path_type=Path), help="Folder to make, or a data set to extend.")
@click.option("--format", "form", default="dataset", show_default=True, metavar="FORM",
              help="dataset; or tmx, xliff, moses, tsv, jsonl, site.")  # fmt: skip
@click.option("--title", default="", help="What the data set is called.  [default: the folder's name]")
@click.option("--licence", "licences", multiple=True, metavar="ID|FOUND=ID",
              help="Licence of records that name none, or of those whose source says FOUND.")  # fmt: skip
@click.option("--max-issues", type=click.IntRange(0), help="Leave out abstracts with more issues.")
@click.option("--drop", multiple=True, type=click.Choice(sorted(KINDS)), help="Leave out abstracts with such an issue.")
@click.option("--category", default="", help="Only these, such as cs.LG,stat.ML, or cs for all of cs.")
@click.option("--min-chars", type=click.IntRange(0), default=0, help="Leave out shorter English texts.")
@click.option("--validation", type=float, default=0.01, show_default=True, help="Share of the validation split.")
@click.option("--test", type=float, default=0.01, show_default=True, help="Share of the test split.")
@click.option("--allow-failed", is_flag=True, help="Publish runs some records of which failed.")
@click.option("--card", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
              help="Your own Markdown, put into the card.")  # fmt: skip
@click.option("--contact", default="", help="Whom to ask to have an abstract removed.")
@click.option("--push", metavar="USER/NAME", help="Then push it to the hub, in one commit with a tag.")
@click.option("--public", is_flag=True, help="A data set that is new on the hub is open to all, not private.")
@click.option("--dry-run", is_flag=True, help="Only say what would be pushed.")
@click.option("--overwrite-card", is_flag=True, help="Even if the card on the hub was changed there.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no summary.")
def publish_command(runs: tuple[Path, ...], to: Path, form: str, quiet: bool, **options: Any) -> None:
    """Publish finished runs: a data set with its card, checked by loading it back; or another form.

    \b
    Examples:
      zhaiyi publish run --to dataset --licence CC0-1.0
      zhaiyi publish run-1 run-2 --to dataset --max-issues 0 --category cs.LG --card about.md
      zhaiyi publish run --to dataset --push user/name --dry-run
      zhaiyi publish run --to site --format site       pages to read, English and Chinese side by side
    """
    from eval.published import DatasetScorer
    from pipeline.publish.dataset import Plan, publish, publish_form
    from pipeline.publish.items import Choice
    from pipeline.publish.licences import licensing
    from pipeline.publish.splits import Shares
    from pipeline.readers.choose import wanted_categories
    from pipeline.run import command_line

    plan = Plan(
        runs=runs,
        to=to,
        choice=Choice(
            options["max_issues"], frozenset(options["drop"]), wanted_categories(options["category"]),
            options["min_chars"],
        ),
        licences=licensing(options["licences"]),
        shares=Shares(options["validation"], options["test"]),
        allow_failed=options["allow_failed"],
        title=options["title"],
        card=_text(options["card"]),
        contact=options["contact"],
        command=command_line(map(_shared, sys.argv[1:])),
        quiet=quiet,
    )  # fmt: skip
    if not options["push"] and (idle := [name for name in ("public", "dry_run", "overwrite_card") if options[name]]):
        raise ConfigError(f"--{idle[0].replace('_', '-')} is of --push: name a data set on the hub, or leave it out")
    if form != "dataset":
        if options["push"]:
            raise ConfigError(f"only a data set is pushed; {form} is a form to keep or to send yourself")
        told = publish_form(plan, form)
        if not quiet:
            click.echo(told, err=True)
        return
    done = publish(plan, DatasetScorer())
    if not quiet:
        click.echo(done.summary(), err=True)
    if options["push"]:
        _push(to, quiet, options)


def _push(folder: Path, quiet: bool, options: dict[str, Any]) -> None:
    from pipeline.publish.push import push_folder

    def confirmed(question: str) -> bool:
        return click.confirm(question, err=True)

    def told(line: str) -> None:
        if not quiet or options["dry_run"]:
            click.echo(line, err=True)

    pushed = push_folder(
        folder, options["push"], private=not options["public"], dry_run=options["dry_run"],
        overwrite_card=options["overwrite_card"], ask=confirmed if sys.stdin.isatty() else None, tell=told,
    )  # fmt: skip
    if pushed is None:
        told("nothing was pushed")


def _shared(argument: str) -> str:
    """An argument as it may be shared: of a path of this machine, `--card=/home/me/own.md` too, only the name."""
    option, equals, value = argument.rpartition("=") if argument.startswith("--") else ("", "", argument)
    return option + equals + (Path(value).name if Path(value).is_absolute() else value)


def _text(path: Path | None) -> str:
    from pipeline.publish.card import split_card

    try:
        text = path.read_text(encoding="utf-8-sig") if path else ""
        split_card(text)  # else it is found to be wrong when all is made
        return text
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}") from error
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: not UTF-8 ({error.reason}); save it as UTF-8") from error
