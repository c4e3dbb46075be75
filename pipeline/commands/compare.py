"""`zhaiyi compare`."""

import sys
from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument("systems", nargs=-1, required=True)
@click.option("--ref", "references", multiple=True, help="References, as for score.  [default: those in the runs]")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder for index.html, comparison.md and comparison.json."
)
@click.option("--baseline", default="", help="Name of the system to test against.  [default: the first]")
@click.option("--metric", "metrics", multiple=True, help="Metrics; systems are ranked by the first.")
@click.option("--tokenizer", default="", help="Tokeniser of BLEU instead of zh: char, flores101 or flores200.")
@click.option("--resamples", type=click.IntRange(2), default=1_000, show_default=True, help="Of the bootstrap.")
@click.option("--trials", type=click.IntRange(1), default=10_000, show_default=True, help="Of the randomisation test.")
@click.option("--source", type=click.Path(path_type=Path), help="English, one line an item, where nothing else has it.")
@click.option("--documents", type=click.Path(path_type=Path), help="The name of each item's document, one a line.")
@click.option("--terms", type=click.Path(path_type=Path), help="Terms to look for: English, tab, Chinese.")
@click.option(
    "--comet", type=click.Path(path_type=Path), help="COMET too: a model's folder, run in an environment of its own."
)
@click.option("--title", default="", help="Title of the page.")
@click.option("--add", "board", type=click.Path(path_type=Path), help="Add the scores to this leaderboard file.")
@click.option("--set-name", default="", help="What the board calls this test set.  [default: the references' name]")
def compare(systems: tuple[str, ...], out: Path | None, board: Path | None, set_name: str, **options: Any) -> None:
    """Compare runs, files of hypotheses, or models run on the spot: which is better, and is it chance?

    A system is a path, a model, or NAME=PATH.

    \b
    Examples:
      zhaiyi compare run-a run-b --ref references.jsonl --out comparison
      zhaiyi compare old=a.zh new=b.zh --ref ref.zh --source source.en --out comparison
      zhaiyi compare zhaiyi-en-zh-tiny my-model --ref testset.jsonl --terms terms.tsv --out comparison
    """
    from eval.contest import Asked, add, contest, summary, write
    from pipeline.run import command_line

    found = contest(Asked(systems, command=command_line(sys.argv[1:]), **options))
    click.echo(summary(found))
    if out:
        click.echo("written to " + ", ".join(map(str, write(found, out))), err=True)
    if board:
        click.echo(add(found, board, set_name), err=True)
