"""The plots of a comparison as SVG that stands inside a page: its text is text, and its colours are the page's own.

Drawn by matplotlib, which is a dependency for this alone and is imported when a plot is drawn. It writes fixed colours;
these are replaced by CSS variables, so that a plot follows the page from light to dark. What this module does not do:
know what a comparison is; it draws names and numbers.
"""

import io
import re
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

INK, SOFT, RULE, ACCENT, BELOW = "#000001", "#000002", "#000003", "#000004", "#000005"
_VARIABLES = {INK: "--ink", SOFT: "--soft", RULE: "--rule", ACCENT: "--accent", BELOW: "--below"}
_STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "zhaiyi",  # the same plot is the same text
    "font.size": 9,
    "text.parse_math": False,  # a dollar sign in a system's name is one
    "text.color": INK,
    "axes.edgecolor": SOFT,
    "axes.labelcolor": SOFT,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": RULE,
    "grid.linewidth": 0.6,
    "xtick.color": SOFT,
    "ytick.color": SOFT,
    "xtick.major.size": 0,
    "ytick.major.size": 0,
}
_LONG_NAME = 24
_TITLED = "titled-"
_WIDTH = 5.0  # inches, at 72 units each


def scatter(
    names: Sequence[str],
    x: Sequence[float],
    y: Sequence[float],
    labels: tuple[str, str],
    *,
    logarithmic: bool = False,
    marked: int | None = None,
    name: str = "scatter",
) -> Markup:
    """One point a system, its name beside it where there is room and always as its title; `marked` stands out.

    >>> svg = scatter(["a", "<b>"], [1, 2], [3, 4], ("x", "y"))
    >>> "&lt;b&gt;" in svg and "var(--accent)" in svg
    True
    """

    def draw(figure: "Figure") -> None:
        from matplotlib.ticker import LogLocator, NullFormatter

        axes = figure.subplots()
        colours = [BELOW if number == marked else ACCENT for number in range(len(names))]
        for number, colour in enumerate(colours):
            axes.scatter(x[number], y[number], s=16, c=colour, linewidths=0, gid=f"{_TITLED}{number}")
        if logarithmic:
            axes.set_xscale("log")
            axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.xaxis.set_major_formatter("{x:,g}")
            axes.xaxis.set_minor_formatter(NullFormatter())
        axes.margins(0.12)
        axes.set_xlabel(labels[0])
        axes.set_ylabel(labels[1])
        _label_points(figure, axes, names, x, y)

    return _svg(name, 4.0, draw, names)


def boxes(
    names: Sequence[str],
    quantiles: Sequence[Sequence[float]],
    label: str,
    *,
    marked: int | None = None,
    name: str = "boxes",
) -> Markup:
    """A row for each system from its 5th to its 95th percentile, thick from the 25th to the 75th, a dot at the median.

    `quantiles` holds those five numbers for each name; the first name stands on top.

    >>> boxes(["a"], [[-9, -1, 0, 2, 8]], "difference").count("<svg")
    1
    """

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        rows = range(len(names))
        colours = [BELOW if number == marked else ACCENT for number in rows]
        lowest, low, median, high, highest = zip(*quantiles, strict=True)
        axes.hlines(rows, lowest, highest, colors=colours, linewidth=0.8)
        axes.hlines(rows, low, high, colors=colours, linewidth=4)
        axes.scatter(median, rows, s=14, c=INK, zorder=3, linewidths=0)
        axes.axvline(0, color=SOFT, linewidth=0.8)
        axes.set_yticks(rows, [short(one) for one in names], color=INK)
        axes.set_ylim(len(names) - 0.5, -0.5)
        axes.grid(axis="y", visible=False)
        axes.set_xlabel(label)

    return _svg(name, 0.8 + 0.2 * len(names), draw)


def matrix(names: Sequence[str], pairs: Sequence[Sequence[float]], *, name: str = "matrix") -> Markup:
    """The pairs of systems that may differ by chance: the greater the p-value the darker, below 0.001 blank.

    >>> matrix(["a", "b", "c"], [[1, 0.2, 0], [0.2, 1, 0], [0, 0, 1]]).count("<svg")
    1
    """
    levels = (("p ≥ 0.05", 0.05, 1.0), ("p < 0.05", 0.01, 0.5), ("p < 0.01", 0.001, 0.2))

    def draw(figure: "Figure") -> None:
        from matplotlib.patches import Rectangle

        axes = figure.subplots()
        size = len(names)
        for row, column in ((row, column) for row in range(size) for column in range(size) if row != column):
            depth = next((depth for _, least, depth in levels if pairs[row][column] >= least), 0.0)
            if depth:
                corner = (column - 0.46, row - 0.46)
                axes.add_patch(Rectangle(corner, 0.92, 0.92, facecolor=ACCENT, alpha=depth, linewidth=0))
        axes.plot([-0.5, size - 0.5], [-0.5, size - 0.5], color=RULE, linewidth=0.8)
        axes.set_xlim(-0.5, size - 0.5)
        axes.set_ylim(size - 0.5, -0.5)
        axes.set_yticks(range(size), [short(one) for one in names], color=INK)
        axes.set_xticks(range(size), [str(place + 1) for place in range(size)], fontsize=9 if size < 16 else 6)
        axes.xaxis.tick_top()
        axes.grid(visible=False)
        axes.spines[:].set_visible(False)
        handles = [Rectangle((0, 0), 1, 1, facecolor=ACCENT, alpha=depth) for _, _, depth in levels]
        titles = [title for title, _, _ in levels]
        axes.legend(handles, titles, loc="upper center", bbox_to_anchor=(0.5, 0.0), ncols=3, frameon=False)

    return _svg(name, 1.0 + 0.2 * len(names), draw)


def lines(
    names: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    labels: tuple[str, str],
    *,
    marked: Sequence[int] = (),
    name: str = "lines",
) -> Markup:
    """A line for each system across ordered columns; those of `marked` stand out and are named, the rest are the field.

    >>> lines(["a", "b"], ["short", "long"], [[1, 2], [2, None]], ("length", "BLEU"), marked=[0]).count("<svg")
    1
    """

    def draw(figure: "Figure") -> None:
        axes = figure.subplots()
        places = range(len(columns))
        for number, row in enumerate(values):
            if number not in marked:  # nothing stands where a score is unknown
                axes.plot(places, [_or_gap(one) for one in row], color=SOFT, linewidth=0.6, alpha=0.5)
        for number, colour in zip(marked, (ACCENT, BELOW), strict=False):
            axes.plot(
                places, [_or_gap(one) for one in values[number]], color=colour, linewidth=2, label=short(names[number])
            )
        axes.set_xticks(places, [short(one) for one in columns])
        axes.grid(axis="x", visible=False)
        axes.set_xlabel(labels[0])
        axes.set_ylabel(labels[1])
        if marked:
            figure.legend(frameon=False, loc="outside upper center", ncols=2)

    return _svg(name, 3.2, draw)


def short(name: str) -> str:
    """A name as a plot shows it: on one line, with nothing that XML cannot hold, a long one without its middle.

    >>> short("newstest2021.en-zh.hyp.Facebook-AI.zh"), short("a\\x07b")
    ('newstest…Facebook-AI.zh', 'a�b')
    """
    name = "".join(character if character.isprintable() else "�" for character in name)
    return name if len(name) <= _LONG_NAME else f"{name[:8]}…{name[-14:]}"


def _or_gap(value: float | None) -> float:
    return float("nan") if value is None else value


def _label_points(figure: "Figure", axes: "Axes", names: Sequence[str], x: Sequence[float], y: Sequence[float]) -> None:
    """Write each name right or left of its point, above or below, where it covers no other; else leave it out."""
    figure.draw_without_rendering()
    taken = [box.padded(1) for box in _point_boxes(axes, x, y)]
    room = axes.get_window_extent()
    for name, across, up in zip(names, x, y, strict=True):
        for offset, align in (((5, 0), "left"), ((-5, 0), "right"), ((0, 7), "center"), ((0, -7), "center")):
            text = axes.annotate(
                short(name), (across, up), offset, textcoords="offset points", ha=align, va="center", fontsize=7.5
            )
            box = text.get_window_extent()
            if room.x0 <= box.x0 and box.x1 <= room.x1 and not any(box.overlaps(other) for other in taken):
                taken.append(box)
                break
            text.remove()


def _point_boxes(axes: "Axes", x: Sequence[float], y: Sequence[float]) -> list[Any]:
    from matplotlib.transforms import Bbox

    places = axes.transData.transform(list(zip(x, y, strict=True)))
    return [Bbox.from_bounds(across - 2, up - 2, 4, 4) for across, up in places]


def _svg(name: str, height: float, draw: "Callable[[Figure], None]", titles: Sequence[str] = ()) -> Markup:
    """Draw one plot and give it as an SVG element; `name` keeps its ids apart from those of other plots.

    `titles` are those of what `draw` gave the ids `_TITLED` and a number.
    """
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE), warnings.catch_warnings():
        # the page has the fonts that this machine may lack
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = Figure(figsize=(_WIDTH, height), layout="constrained")
        draw(figure)
        file = io.StringIO()
        figure.savefig(
            file, format="svg", transparent=True, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))
        )
    return _for_page(file.getvalue(), name, titles)


def _for_page(svg: str, name: str, titles: Sequence[str]) -> Markup:
    """An SVG file as an element of a page: no size of its own, the page's colours, and ids of no other plot."""
    from lxml import etree

    root = etree.fromstring(svg.encode(), etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    for attribute in ("width", "height"):
        del root.attrib[attribute]
    for node in list(root.iter("{*}style", "{*}metadata")):
        node.getparent().remove(node)
    for node in root.iter("{*}g"):
        if (gid := str(node.get("id"))).startswith(_TITLED):
            title = etree.SubElement(node, f"{{{root.nsmap[None]}}}title")
            title.text = short(titles[int(gid.removeprefix(_TITLED))])
            node.insert(0, title)
    used = set(re.findall(r"#(\w+)", " ".join(str(value) for node in root.iter() for value in node.attrib.values())))
    for node in root.iter():
        for key, value in node.attrib.items():
            if key != "id":
                value = re.sub(r"(^#|url\(#)", rf"\1{name}-", value)
                node.attrib[key] = re.sub("|".join(_VARIABLES), lambda found: f"var({_VARIABLES[found[0]]})", value)
            elif value in used:
                node.attrib[key] = f"{name}-{value}"
            else:
                del node.attrib[key]
    return Markup(etree.tostring(root, encoding="unicode"))
