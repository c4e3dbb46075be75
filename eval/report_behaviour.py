"""Tables of what scores do not show: how systems behave, what they cost, how terms are rendered."""

import statistics
from collections.abc import Sequence

from eval.comparison import Comparison, Kept
from eval.report_tables import Cell, Column, Row, Table, heats, link

_LEAST_PERCENT = 5.0
"""A smaller difference is tinted faintly, though it be the greatest of a table."""

_FEW = 20
"""Of fewer things than this the counts are shown and not the share."""


def behaviour_table(comparison: Comparison) -> Table:
    """What scores do not show, tinted by the distance from the median of all systems."""
    systems = comparison.systems
    columns: list[Column] = []
    cells: list[list[Cell]] = []

    def add(column: Column, values: Sequence[float | None], texts: Sequence[str], least: float, issue: str) -> None:
        known = [value for value in values if value is not None]
        if not known:
            return
        middle = statistics.median(known)
        differences = [None if value is None else value - middle for value in values]
        tints = heats(differences, least, higher_is_better=not column.lowest_first)
        columns.append(column)
        cells.append([])
        for system, value, text, tint in zip(systems, values, texts, tints, strict=True):
            address = link(issue=issue, system=system.name, sort="worst") if issue and value is not None else ""
            cells[-1].append(Cell(text, value, tint, address))

    def add_kept(title: str, note: str, found: Sequence[Kept | None], issue: str = "") -> None:
        shares = [100 * one.kept / one.count if one and one.count else None for one in found]
        add(Column(title, note), shares, [kept(one) for one in found], _LEAST_PERCENT, issue)

    def add_count(title: str, note: str, found: Sequence[int | None], issue: str) -> None:
        least = max(1.0, comparison.items_count * _LEAST_PERCENT / 100)
        add(Column(title, note, True), found, ["" if one is None else f"{one:,}" for one in found], least, issue)

    of = [one.behaviour for one in systems]
    rendered = [one.terms.rendered if one.terms else None for one in systems]
    consistent = [one.terms.consistent if one.terms else None for one in systems]
    add_kept(
        "numbers kept", "numbers of the source that stand in the hypothesis", [one.numbers for one in of], "numbers"
    )
    add_kept("masks kept", "math, URLs and citations that came through", [one.masks for one in of], "masks")
    add_kept("terms", "terms of the list rendered in an accepted way", rendered)
    add_kept("consistent", "terms with one rendering throughout an item", consistent)
    add_count("repetition", "items that repeat themselves", [one.looping for one in of], "repetition")
    add_count("copied", "items with long English left as it was", [one.copied for one in of], "copied")
    add_count("empty", "items without a translation", [one.empty for one in of], "empty")
    rows = [
        Row(system.name, tuple(column[number] for column in cells), system.name == comparison.baseline)
        for number, system in enumerate(systems)
    ]
    return Table(
        "Behaviour",
        "What scores do not show: shares of what stands in the sources, and counts of items. Blue is better than the "
        "median system, orange is worse.",
        tuple(columns),
        tuple(rows),
    )


def kept(found: Kept | None) -> str:
    """How much was kept, as a share where that says something.

    >>> kept(Kept(199, 200)), kept(Kept(1, 2)), kept(None)
    ('99.5 %', '1 of 2', '')
    """
    if found is None or not found.count:
        return ""
    return f"{100 * found.kept / found.count:.1f} %" if found.count >= _FEW else f"{found.kept} of {found.count}"


def cost_table(comparison: Comparison) -> Table | None:
    """Speed, memory and size where known; None if nothing is known of any system."""
    known = [
        (Column(title, note, lowest_first), [getattr(one.cost, field) for one in comparison.systems], form)
        for field, title, note, lowest_first, form in _COSTS
    ]
    known = [one for one in known if any(value is not None for value in one[1])]
    if not known:
        return None
    rows = [
        Row(
            system.name,
            tuple(
                Cell("" if values[number] is None else form.format(values[number]), values[number])
                for _, values, form in known
            ),
            system.name == comparison.baseline,
        )
        for number, system in enumerate(comparison.systems)
        if any(values[number] is not None for _, values, _ in known)
    ]
    return Table("Cost", "Where known", tuple(column for column, _, _ in known), tuple(rows))


_COSTS = (
    ("segments_per_second", "segments/s", "of the whole run", False, "{:,.1f}"),
    ("cpu_seconds", "CPU s", "of the whole run, all threads", True, "{:,.1f}"),
    ("wall_seconds", "wall s", "of the whole run", True, "{:,.1f}"),
    ("peak_megabytes", "memory, MB", "the greatest in use", True, "{:,.0f}"),
    ("model_megabytes", "model, MB", "on disk", True, "{:,.0f}"),
)


def terms_table(comparison: Comparison) -> Table | None:
    """Terms by system: in how many of the items that have one it is rendered as accepted."""
    if not comparison.terms:
        return None
    rows = []
    for term in comparison.terms:
        shares = [kept / term.count if term.count else None for kept in term.kept]
        tints = heats([None if share is None else share - 1 for share in shares], 1.0)
        cells = [Cell("、".join(term.chinese)), Cell(f"{term.count:,}", term.count)]
        cells += [Cell(str(kept), kept, tint) for kept, tint in zip(term.kept, tints, strict=True)]
        rows.append(Row(term.english, tuple(cells)))
    columns = (Column("accepted"), Column("items"), *(Column(one.name) for one in comparison.systems))
    return Table("Terms", "Items in which a term is rendered as accepted", columns, tuple(rows), "term")
