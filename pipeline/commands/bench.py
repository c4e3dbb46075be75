"""`zhaiyi bench`."""

from pathlib import Path
from typing import Any

import click


@click.command("bench")
@click.option("--model", default="", help="Shipped name, folder, or hub id.  [default: the shipped model]")
@click.option("--shape", default="", help="A model of this shape with random weights: opus-mt. With --model, one row.")
@click.option("--device", default="cpu", show_default=True, help="auto, cpu or cuda.")
@click.option("--threads", type=click.IntRange(1), default=1, show_default=True, help="Threads of each contender.")
@click.option("--beam", "beams", type=click.IntRange(1, 32), multiple=True, default=(4,), show_default=True,
              help="Beam size; given again, further rows of ours.")  # fmt: skip
@click.option("--segments", type=click.IntRange(1), default=64, show_default=True, help="Segments each translates.")
@click.option("--rounds", type=click.IntRange(1), default=3, show_default=True, help="How often each does.")
@click.option("--pieces", type=click.IntRange(0, 500), default=0,
              help="Length of a shape's hypotheses.  [default: 36; beside a model, as its own on average]")  # fmt: skip
@click.option("--only", default="", metavar="NAME,...", help="Only these contenders.")
@click.option("--texts", "paths", multiple=True, help="Abstracts in any format.  [default: the bundled test set]")
@click.option("--end-to-end", is_flag=True, help="Also time the translate command against the bare engine, and cores.")
@click.option("--offline", is_flag=True, help="Never ask the hub: use what its cache holds.")
@click.option("--json", "json_file", type=click.Path(path_type=Path, dir_okay=False), help="Write all figures here.")
@click.option("--plot", type=click.Path(path_type=Path, dir_okay=False), help="Write a chart here, as SVG.")
def bench_command(only: str, json_file: Path | None, plot: Path | None, **options: Any) -> None:
    """Measure how fast this machine translates, against the known ways to run the same model.

    \b
    Examples:
      zhaiyi bench                                     the shipped model
      zhaiyi bench --shape opus-mt --segments 32       a model as large as opus-mt-en-zh
      zhaiyi bench --device cuda --segments 2000 --json table.json --plot table.svg
      zhaiyi bench --only zhaiyi,ctranslate2-int8 --end-to-end
    """
    from eval.speed import Plan, bench
    from eval.speed_report import check_outputs, table, to_json, to_svg
    from pipeline.shards import write_whole

    check_outputs(json_file, plot)
    names = tuple(name.strip() for name in only.split(",") if name.strip())
    report = bench(Plan(only=names, **options), lambda line: click.echo(line, err=True))
    click.echo(table(report))
    for path, render in ((json_file, to_json), (plot, to_svg)):
        if path:
            write_whole(path, [render(report)])
