"""`zhaiyi score`."""

from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument("hypotheses")
@click.option("--ref", "references", multiple=True,
              help="References: a file in any format, a run, a bundled set.  [default: those in the run]")  # fmt: skip
@click.option("--metric", "metrics", multiple=True, help="BLEU, chrF2, chrF++, TER (slow) or spBLEU; the usual ones.")
@click.option("--tokenizer", default="", help="Tokeniser of BLEU instead of zh: char, flores101 or flores200.")
@click.option("--language", default="zh", show_default=True, help="Tag of the target language, such as zh-Hant.")
@click.option(
    "--resamples", type=click.IntRange(0), default=1_000, show_default=True, help="Of the intervals; 0: none."
)
@click.option(
    "--comet", type=click.Path(path_type=Path), help="COMET too: a model's folder, run in an environment of its own."
)
@click.option("--source", type=click.Path(path_type=Path), help="English, one line an item, for COMET.")
@click.option("--tsv", is_flag=True, help="Instead of the table: the scores of each item.")
@click.option("--json", "as_json", is_flag=True, help="Instead of the table: all scores as JSON.")
def score(hypotheses: str, **options: Any) -> None:
    """Score a run, a text file or JSON lines against references, with signatures and intervals.

    \b
    Examples:
      zhaiyi score run --ref references.jsonl          joined by id
      zhaiyi score output.zh --ref a.zh --ref b.zh     line by line, two references
      zhaiyi score run --tsv > scores.tsv              of each abstract
    """
    from eval.score import Sought, score_output

    click.echo(score_output(Sought(hypotheses, **options)))
