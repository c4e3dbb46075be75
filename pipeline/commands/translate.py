"""`zhaiyi translate`."""

from pathlib import Path
from typing import Any

import click

from pipeline.errors import EXIT_SOME_FAILED, ConfigError
from pipeline.options import reading_options, system_options


def _read_config(context: click.Context, _: click.Parameter, path: Path | None) -> Path | None:
    """Take a configuration file's options as defaults, so that those on the command line override them."""
    if path is not None:
        from pipeline.config import load_options

        known = {str(parameter.name) for parameter in context.command.params} - {"config", "paths", "help"}
        options = load_options(path, known)
        context.obj = {"limits": options.pop("limits", {})}
        context.default_map = {**(context.default_map or {}), **options}
    return path


@click.command()
@click.argument("paths", nargs=-1, required=True)
@click.option("-o", "--output", type=click.Path(path_type=Path), help="Run folder; without it Chinese goes to stdout.")
@system_options
@reading_options
@click.option("--memory", type=click.Path(path_type=Path), metavar="FILE",
              help="What people corrected, which wins: a memory that `review` made, or TMX.")  # fmt: skip
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
      zhaiyi translate new.jsonl --memory run/memory.sqlite -o run2
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
