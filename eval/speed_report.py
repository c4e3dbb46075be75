"""A benchmark's report: the table, its JSON, and a chart as SVG."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median
from typing import Any

from eval.contenders import CONTENDERS, OURS
from eval.endtoend import COMMANDS, ENGINE, EndToEnd
from eval.speed import Report, Row
from pipeline.errors import ConfigError
from pipeline.run import versions

SCHEMA = "zhaiyi.bench/1"
TEMPLATES = Path(__file__).parent / "templates"
_COMPARED_WITH = ("transformers", "transformers-1", OURS)
_HEADS = (
    "",
    "segments/s",
    "words/s",
    "pieces/s",
    "CPU ms/seg",
    "times ours (range)",
    "MB",
    "start s",
    "chrF2",
    "of peak",
)


def figures(report: Report, row: Row) -> dict[str, Any]:
    """A row's figures: rates by the clock, medians over the rounds; `times_base` by what counts on the device."""
    wall, cpu = (median(getattr(cost, name) for cost in row.costs) for name in ("wall", "cpu"))
    counted = median(map(report.seconds, row.costs))
    integer = report.plan.device in CONTENDERS[row.entry.contender].integer_on
    peak = report.peak.integer if integer else report.peak.floating
    ratios = report.ratios(row)
    return {
        "label": row.entry.label,
        "about": CONTENDERS[row.entry.contender].about,
        "beam": row.entry.job.decoding.beam,
        "segments_per_second": report.segments / wall,
        "source_words_per_second": report.words / wall,
        "target_pieces_per_second": row.pieces / wall,
        "target_pieces": row.pieces,
        "cpu_seconds_per_segment": cpu / report.segments,
        "wall_seconds": [cost.wall for cost in row.costs],
        "cpu_seconds": [cost.cpu for cost in row.costs],
        "others_cpu_seconds": [cost.others for cost in row.costs],
        "times_base": median(ratios),
        "times_base_range": [min(ratios), max(ratios)],
        "peak_bytes": row.peak_bytes,
        "startup_wall_seconds": row.startup.wall,
        "startup_cpu_seconds": row.startup.cpu,
        "operations": row.operations,
        "share_of_peak": row.operations / counted / peak,
        "peak": "integer" if integer else "floating",
    }


def table(report: Report) -> str:
    """The report as text."""
    rows = [_HEADS, *(_cells(report, row) for row in report.rows)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEADS))]
    lines = [_line(row, widths) for row in rows]
    lines += [f"{label}: {why}" for label, why in report.absent.items()]
    warnings = [f"warning: {warning}" for warning in report.warnings]
    return "\n".join([*_heading(report), "", *lines, "", *_notes(report), *_end_to_end(report), *warnings])


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    """Cells in columns: the first to the left, figures to the right."""
    first, *others = zip(cells, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(cell.rjust(width) for cell, width in others)])


def _heading(report: Report) -> list[str]:
    plan = report.plan
    return [
        f"{report.model} on {plan.device}, {machine()}",
        f"{report.segments} segments, {report.words} words, {report.source_pieces} source pieces; "
        f"beam {plan.beams[0]}, threads {plan.threads}, {plan.rounds} rounds, interleaved",
    ]


def _cells(report: Report, row: Row) -> tuple[str, ...]:
    found = figures(report, row)
    low, high = found["times_base_range"]
    compared = _compared_with(report)
    chrf = report.chrf.get((row.entry.label, compared))
    return (
        row.entry.label,
        f"{found['segments_per_second']:.2f}",
        f"{found['source_words_per_second']:.0f}",
        f"{found['target_pieces_per_second']:.0f}",
        f"{1000 * found['cpu_seconds_per_segment']:.1f}",
        "1" if row is report.base else f"{found['times_base']:.2f} ({low:.2f}-{high:.2f})",
        f"{row.peak_bytes / 1e6:.0f}",
        f"{row.startup.wall:.1f}",
        "-" if chrf is None else f"{chrf:.1f}",
        f"{found['share_of_peak']:.0%}",
    )


def _compared_with(report: Report) -> str:
    labels = [row.entry.label for row in report.rows]
    return next((name for name in _COMPARED_WITH if name in labels), labels[0])


def _notes(report: Report) -> list[str]:
    clock, part = ("processor time", "one core") if report.plan.device == "cpu" else ("the clock", "the GPU")
    peak = report.peak
    notes = [
        f"times ours: by {clock}, against {report.base.entry.label}, median and range of the pairs of each round; "
        "rates by the clock, medians",
        f"of peak: {part} reaches {peak.floating / 1e9:.0f} GFLOP/s and {peak.integer / 1e9:.0f} GOP/s ({peak.how}); "
        "operations with the whole vocabulary, without padding",
        f"chrF2: with the output of {_compared_with(report)} as reference; {report.chrf_signature or 'none'}",
    ]
    if report.plan.shape:
        says = f"{report.plan.shape}: random weights and shortlist, all hypotheses of {report.plan.pieces} pieces"
        notes.append(says if report.plan.model else f"{says}; chrF2 is of nonsense and says nothing of quality")
    return notes


def _end_to_end(report: Report) -> list[str]:
    found = report.end_to_end
    if found is None:
        return []
    lines = [f"end to end: {found.abstracts} abstracts, {found.segments} segments; shares are medians of pairs"]
    cores = sorted({number for _, number in found.costs})
    for what in (ENGINE, *COMMANDS):
        parts = [_part(found, what, number) for number in cores]
        if len(cores) > 1:
            parts.append(f"{found.speedup(what, cores[-1]):.2f} times as fast")
        lines.append(f"  {what}: {'; '.join(parts)}")
    return lines


def _part(found: EndToEnd, what: str, cores: int) -> str:
    """What ran on so many cores: its seconds, and its share of the engine's rate."""
    costs = found.costs[what, cores]
    wall, cpu = median(cost.wall for cost in costs), median(cost.cpu for cost in costs)
    text = f"{cores} core{'s' if cores > 1 else ''} {wall:.2f} s, {cpu:.2f} s CPU"
    if what == ENGINE:
        return text
    by_wall = found.share_of_engine(what, cores, lambda cost: cost.wall)
    by_cpu = found.share_of_engine(what, cores, lambda cost: cost.cpu)
    return f"{text} ({by_wall:.1%} of the engine's rate, {by_cpu:.1%} by processor time)"


def to_json(report: Report) -> str:
    """Everything that was measured and worked out, but for the texts."""
    found = report.end_to_end
    pairs = [{"hypothesis": one, "reference": other, "score": score} for (one, other), score in report.chrf.items()]
    value = {
        "schema": SCHEMA, "model": report.model, "machine": machine(), "versions": versions(),
        "plan": asdict(report.plan), "segments": report.segments, "source_words": report.words,
        "source_pieces": report.source_pieces, "base": report.base.entry.label,
        "rows": [figures(report, row) for row in report.rows], "absent": dict(report.absent),
        "chrF2": pairs, "chrF2_signature": report.chrf_signature, "peak": asdict(report.peak),
        "end_to_end": found and [
            {"what": what, "cores": number, "wall_seconds": [cost.wall for cost in costs],
             "cpu_seconds": [cost.cpu for cost in costs]} for (what, number), costs in found.costs.items()
        ],
        "warnings": list(report.warnings),
    }  # fmt: skip
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def to_svg(report: Report) -> str:
    """Bars of segments a second, by the processor's time on a CPU."""
    import jinja2

    rates = [report.segments / median(map(report.seconds, row.costs)) for row in report.rows]
    bars = [
        {"label": row.entry.label, "value": rate, "text": f"{rate:.2f}", "ours": row.entry.contender == OURS}
        for row, rate in zip(report.rows, rates, strict=True)
    ]
    unit = "processor second" if report.plan.device == "cpu" else "second"
    environment = jinja2.Environment(loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined,
                                     trim_blocks=True, autoescape=True)  # fmt: skip
    return environment.get_template("speed.svg.jinja").render(
        title=f"{report.model}: segments a {unit}", subtitle=_heading(report)[1], note=machine(), bars=bars,
        largest=max(rates),
    )  # fmt: skip


def check_outputs(json_file: Path | None, plot: Path | None) -> None:
    """Raise `ConfigError` before anything is measured for a file that could not be written afterwards."""
    if plot and plot.suffix != ".svg":
        raise ConfigError(f"{plot}: a chart is written as SVG; name a file that ends in .svg")
    for path in (json_file, plot):
        if path and not path.parent.is_dir():
            raise ConfigError(f"{path}: no such folder; make it, or name another file")


def machine() -> str:
    """The processor's name and the number of cores that may be used."""
    from models.ct2_engine import available_cores

    info = Path("/proc/cpuinfo")
    lines = info.read_text(encoding="utf-8", errors="replace").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{(names or [platform.processor() or platform.machine()])[0]}, {available_cores()} cores"
