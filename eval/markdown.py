"""A comparison as Markdown, for a card or an issue; and tables for a terminal."""

from collections.abc import Sequence
from pathlib import Path

from eval.comparison import Comparison, Estimate, Kept

TEMPLATES = Path(__file__).parent / "templates"


def render_markdown(comparison: Comparison) -> str:
    """The whole comparison but for single items, which the page has."""
    import jinja2

    # what is made is Markdown, so nothing is escaped for HTML
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True, autoescape=False,
    )  # fmt: skip
    environment.filters |= {"cell": cell, "estimate": number, "p": p_number, "share": share, "known": known}
    raw = [system for system in comparison.systems if system.raw]
    template = environment.get_template("comparison.md.jinja")
    return template.render(c=comparison, first=comparison.metrics[0].name, raw=raw)


def cell(text: str) -> str:
    """A text that stays within a cell of a table, whatever is in it.

    >>> cell("a|b\\nc<d")
    'a\\\\|b c&lt;d'
    """
    return " ".join(text.split()).replace("|", "\\|").replace("<", "&lt;")


def number(estimate: Estimate) -> str:
    """A score with half the width of its interval.

    >>> number(Estimate(31.4, 30.9, 32.1))
    '31.40 ± 0.60'
    """
    half = (estimate.high - estimate.low) / 2
    return f"{estimate.value:.2f}" + (f" ± {half:.2f}" if half else "")


def p_number(value: float) -> str:
    """A p-value to four places, a star where it is below 0.05.

    >>> p_number(0.001), p_number(0.2)
    ('0.0010*', '0.2000')
    """
    return f"{value:.4f}" + ("*" if value < 0.05 else "")


def share(kept: Kept | None) -> str:
    """A share in per cent of how many, "–" where it is not known.

    >>> share(Kept(1, 3)), share(Kept(0, 0)), share(None)
    ('33.3 % of 3', '–', '–')
    """
    return f"{100 * kept.kept / kept.count:.1f} % of {kept.count:,}" if kept and kept.count else "–"


def known(value: float | None) -> str:
    """A number, "–" where it is not known."""
    return "–" if value is None else f"{value:,}"


def table(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows with their columns aligned, in terminal cells.

    >>> table([("a", "b"), ("系统", "1")])
    ['a     b', '系统  1']
    """
    from wcwidth import wcswidth

    widths = [max(max(0, wcswidth(cell)) for cell in column) for column in zip(*rows, strict=True)]
    return [
        "  ".join(
            cell + " " * (width - max(0, wcswidth(cell))) for cell, width in zip(row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
