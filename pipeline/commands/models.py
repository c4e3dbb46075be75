"""`zhaiyi models ...`."""

from pathlib import Path

import click

from pipeline.errors import ConfigError


def _told(line: str) -> None:
    click.echo(line, err=True)


@click.group()
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
        path, quality = make(name, pair_texts(pairs, info.mask_style, most), own, output, _told)
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
      zhaiyi models train models/train/recipes/first.toml --data corpora --work training
    """
    from eval.validate import validator
    from models.train.run import train
    from pipeline.parallel import VARY, prepare_pair

    validate = validator(valid) if valid else None
    train(config, data, work, prepare_pair, VARY, validate=validate, until=steps, log=_told)


@models.command("distill")
@click.argument("model")
@click.argument("paths", nargs=-1, required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="JSON lines for training.")
@click.option("--beam", type=click.IntRange(1), default=4, show_default=True, help="Width of the search.")
@click.option("--samples", type=click.IntRange(1), default=16, show_default=True,
              help="Drawn where the best hypothesis is unfit.")  # fmt: skip
@click.option("--quiet", is_flag=True, help="No progress.")
def distill_model(model: str, paths: tuple[str, ...], output: Path, beam: int, samples: int, quiet: bool) -> None:
    """Make training pairs of English abstracts with a model; run the same command again to go on.

    \b
    Example:
      zhaiyi models distill teacher/model english.jsonl -o corpora/distilled.jsonl
    """
    from models.registry import open_translator
    from pipeline.distill import distill

    counts = distill(paths, open_translator(model), output, beam, samples, quiet)
    click.echo(f"{output}: " + ", ".join(f"{count:,} {name}" for name, count in counts.items()), err=True)


@models.command("average")
@click.argument("paths", nargs=-1, required=True, metavar="MODEL MODEL...")
@click.option("--weight", "weights", multiple=True, type=float, help="Of each model, in order.  [default: all equal]")
@click.option("-o", "--output", type=click.Path(path_type=Path), required=True, help="A new folder for the mean.")
def average_models(paths: tuple[str, ...], weights: tuple[float, ...], output: Path) -> None:
    """Take the mean of models that were trained on from one another: often better than each.

    \b
    Example:
      zhaiyi models average before/model after/model -o training/mean
    """
    from models.train.average import average

    click.echo(f"written to {average(paths, weights, output)}", err=True)


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
