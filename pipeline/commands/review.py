"""`zhaiyi review`."""

from pathlib import Path

import click

from pipeline.errors import ConfigError


@click.command("review")
@click.argument("run", type=click.Path(path_type=Path))
@click.option("--to", "target", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Export what was flagged: a new .tsv, .csv, .xlf (XLIFF 2) or .tmx file.")  # fmt: skip
@click.option("--kind", default="", help="Only issues of this kind, such as numbers.")
@click.option("--all", "everything", is_flag=True, help="Every segment and title, flagged or not.")
@click.option("--id", "ids", multiple=True, metavar="ID", help="Only of this abstract; may be given again.")
@click.option("--from", "corrections", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="Read the corrected file back into the run and into a memory.")  # fmt: skip
@click.option("--by", default="", metavar="NAME", help="Who corrected it; kept with each correction.")
@click.option("--memory", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="The memory to add to.  [default: RUN/memory.sqlite]")  # fmt: skip
def review_command(
    run: Path,
    target: Path | None,
    kind: str,
    everything: bool,
    ids: tuple[str, ...],
    corrections: Path | None,
    by: str,
    memory: Path | None,
) -> None:
    """Have people correct a run: export what was flagged, read the corrected file back.

    In a table the column `corrected` is to be edited, and `ok` in the column `status` says that it is right as it is;
    in XLIFF and TMX the target is, and the state `reviewed` or the property `x-zhaiyi-status` says so.

    \b
    Examples:
      zhaiyi review run --to flagged.tsv
      zhaiyi review run --from flagged.tsv --by 'Li Na'
      zhaiyi translate new.jsonl --memory run/memory.sqlite -o run2
    """
    if (target is None) == (corrections is None):
        raise ConfigError("either --to FILE to export, or --from FILE to read corrections back")
    if target is not None:
        if by or memory:
            raise ConfigError("--by and --memory belong to --from")
        _export(run, target, kind, everything, ids)
    elif kind or everything or ids:
        raise ConfigError("--kind, --all and --id belong to --to")
    elif corrections is not None:
        from pipeline.memory import NAME

        if not by.strip():
            raise ConfigError("--from needs --by NAME: who made the corrections")
        _read_back(run, corrections, by, memory or run / NAME)


def _export(run: Path, target: Path, kind: str, everything: bool, ids: tuple[str, ...]) -> None:
    from pipeline.review.export import Wanted, export

    if kind and everything:
        raise ConfigError("either --kind or --all")
    count = export(run, target, Wanted(kind, everything, frozenset(ids)))
    click.echo(f"{count} segments and titles written to {target}" if count else "nothing was flagged: no file written")


def _read_back(run: Path, path: Path, by: str, memory: Path) -> None:
    import time

    from pipeline.review.readback import Reviewer, read_back

    now = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    done = read_back(run, path, Reviewer(by, now, path.name), memory)
    for line in done.warnings:
        click.echo(f"zhaiyi: {line}; kept as it is", err=True)
    click.echo(f"{done.corrected} corrected, {done.approved} approved, {done.unchanged} left as they were: {run}")
    if done.corrected or done.approved:
        click.echo(f"{done.remembered} new in the memory; later runs use it with --memory {memory}")
