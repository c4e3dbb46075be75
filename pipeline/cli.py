"""The command line: parse, call one function, print. Errors become one line here and nowhere else."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from models.errors import ModelError
from pipeline.errors import ConfigError, RecordError, ZhaiyiError
from pipeline.options import reading_options, system_options

EXIT_INTERNAL, EXIT_USAGE, EXIT_SOME_FAILED, EXIT_INTERRUPTED = 1, 2, 3, 130


def _read_config(context: click.Context, _: click.Parameter, path: Path | None) -> Path | None:
    """Take a configuration file's options as defaults, so that those on the command line override them."""
    if path is not None:
        from pipeline.config import load_options

        known = {str(parameter.name) for parameter in context.command.params} - {"config", "paths", "help"}
        options = load_options(path, known)
        context.obj = {"limits": options.pop("limits", {})}
        context.default_map = {**(context.default_map or {}), **options}
    return path


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="zhaiyi")
def cli() -> None:
    """Translate English machine-learning abstracts into Chinese, and score the result.

    \b
    Example:
      zhaiyi translate abstracts/ -o run
      zhaiyi score run
    """


@cli.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Run folder; without it Chinese goes to stdout.")
@system_options
@reading_options
@click.option("--bilingual", is_flag=True, help="On stdout, English and Chinese side by side, tab-separated.")
@click.option("--fresh", is_flag=True, help="Start the run folder anew, discarding what it holds.")
@click.option("-q", "--quiet", is_flag=True, help="No progress and no summary.")
@click.option("--config", type=click.Path(path_type=Path), is_eager=True, callback=_read_config,
              help="TOML file of these options, which those given here override.")  # fmt: skip
@click.pass_context
def translate(context: click.Context, /, paths: tuple[str, ...], **options: Any) -> None:
    """Translate files, folders, archives, pages, data sets (hf://user/name) or stdin (-).

    \b
    Examples:
      zhaiyi translate abstracts.jsonl -o run          a run folder, resumable
      zhaiyi translate pages/ --pattern '*.txt' -o run
      zhaiyi translate paper.txt --bilingual           side by side on stdout
      cat list.txt | zhaiyi translate - --split lines
      zhaiyi translate arxiv.zip --category cs.LG,stat.ML --since 2024-06 -o run
      zhaiyi translate 'hf://user/name/config?split=test' -o run
      zhaiyi translate library.bib --references chinese.jsonl -o run
    """
    from pipeline.work import Work, translate_paths, translate_to_stdout

    limits = (context.obj or {}).get("limits", {})
    work = Work.from_options(paths, options, limits)
    if options["output"] is None:
        failed = translate_to_stdout(work, bilingual=options["bilingual"], quiet=options["quiet"])
    elif options["bilingual"]:
        raise ConfigError("side by side is for stdout; the run folder's translations.jsonl has both languages")
    else:
        failed = translate_paths(work, options["output"], fresh=options["fresh"], quiet=options["quiet"])
    if failed:
        context.exit(EXIT_SOME_FAILED)


@cli.command("inspect")
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


@cli.command()
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


@cli.command()
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


@cli.command("bench")
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


@cli.group()
def models() -> None:
    """Open Marian models: which there are, converting and training them.

    \b
    Example:
      zhaiyi models show zhaiyi-en-zh-tiny
    """


@models.command("show")
@click.argument("model", default="")
@click.option("--offline", is_flag=True, help="Never ask the hub: use what its cache holds.")
def show_model(model: str, offline: bool) -> None:
    """Show a model: where it is, its revision, what was derived from it.

    \b
    Example:
      zhaiyi models show Helsinki-NLP/opus-mt-en-zh
    """
    from models.registry import SHIPPED, open_translator

    translator = open_translator(model or SHIPPED, offline=offline)
    info = translator.info
    for name in type(info).__dataclass_fields__:
        click.echo(f"{name}: {getattr(info, name)}")
    click.echo(f"max_source_pieces: {translator.max_source_pieces}")


@models.command("convert")
@click.argument("model", default="")
@click.option("--text", "texts", multiple=True, metavar="PATH",
              help="Learn a shortlist from what the model makes of these abstracts.")  # fmt: skip
@click.option("--pairs", multiple=True, type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FILE",
              help="Learn it from English and Chinese: TSV, or JSON lines with segments.")  # fmt: skip
@click.option("--most", type=click.IntRange(1), default=60_000, show_default=True, help="Segments and pairs to use.")
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Folder for the shortlist.  [default: the cache]")
@click.option("--no-parity", is_flag=True, help="Don't compare the engines, which loads torch.")
def convert_model(
    model: str, texts: tuple[str, ...], pairs: tuple[Path, ...], most: int, output: Path | None, no_parity: bool
) -> None:
    """Convert a model for the fast engine, make its shortlist, and measure what both change.

    \b
    Examples:
      zhaiyi models convert Helsinki-NLP/opus-mt-en-zh --text abstracts.jsonl
      zhaiyi models convert ./my-model --pairs corpus.tsv -o ./my-model
    """
    from models.registry import SHIPPED, check_parity, open_translator

    def told(line: str) -> None:
        click.echo(line, err=True)

    name = model or SHIPPED
    info = open_translator(name, device="cpu").info
    click.echo(f"{info.model}@{info.revision[:12]}: {info.engine} {info.engine_version}, {info.precision}")
    if not no_parity:
        parity = check_parity(name)
        same, default = 100 * parity.float32.identical, 100 * parity.default.identical
        click.echo(
            f"the same as torch's, of {parity.segments} segments: {same:.1f} % in float32, {default:.1f} % as above"
        )
    if texts or pairs:
        from models.shortlist_make import make
        from pipeline.shortlist_text import pair_texts, segment_texts

        own = segment_texts(texts, info.mask_style, most) if texts else []
        path, quality = make(name, pair_texts(pairs, info.mask_style, most), own, output, told)
        click.echo(f"shortlist: {path}\n{quality}")


@models.command("train")
@click.argument("config", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--data", type=click.Path(path_type=Path, exists=True, file_okay=False), required=True,
              help="Folder that the configuration's paths are relative to.")  # fmt: skip
@click.option("--work", type=click.Path(path_type=Path), required=True, help="Folder for corpus, states and results.")
@click.option(
    "--valid", type=click.Path(path_type=Path), default=None, help="Abstracts with references to validate on."
)
@click.option("--steps", type=click.IntRange(1), default=None, help="Stop after this step; run again to go on.")
def train_model(config: Path, data: Path, work: Path, valid: Path | None, steps: int | None) -> None:
    """Train a Marian model from a configuration; run the same command again to go on.

    \b
    Example:
      zhaiyi models train models/train/recipes/shipped.toml --data corpora --work training
    """
    from eval.validate import validator
    from models.train.run import train
    from pipeline.parallel import prepare_pair

    validate = validator(valid) if valid else None
    train(config, data, work, prepare_pair, validate=validate, until=steps, log=lambda line: click.echo(line, err=True))


@models.command("card")
@click.argument("model")
@click.option("--set", "sets", multiple=True, required=True, metavar="NAME=FILE",
              help="A test set: abstracts with references, in any format that is read.")  # fmt: skip
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Where to write it.  [default: MODEL/README.md]")
def model_card(model: str, sets: tuple[str, ...], output: Path | None) -> None:
    """Write a model's card: how it was trained, measured scores and behaviour.

    \b
    Example:
      zhaiyi models card training/model --set bundled=eval/testsets/abstracts.jsonl
    """
    from eval.card import measure, render
    from models.registry import resolve

    named = dict(item.split("=", 1) for item in sets if "=" in item)
    if len(named) < len(sets):
        raise ConfigError("a test set is given as NAME=FILE, each with a name of its own")
    path = output or resolve(model).path / "README.md"
    path.write_text(render(model, measure(model, named)), encoding="utf-8")
    click.echo(f"written to {path}", err=True)


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
        from pipeline.run import command_line

        again = command_line([argument for argument in sys.argv[1:] if argument != "--fresh"])
        click.echo(f"\nzhaiyi: stopped; finished blocks are kept. To go on: {again}", err=True)
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        return 0
