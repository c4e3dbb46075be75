"""The lengths of a data set's texts as plots, the same bytes each time they are made from the same counts."""

from collections.abc import Mapping
from pathlib import Path

from pipeline.publish.facts import CHARACTERS, WORDS, Facts


def write_plots(folder: Path, facts: Facts) -> None:
    """Write `lengths.svg`: how many abstracts have how many English words and Chinese characters."""
    import matplotlib

    matplotlib.use("svg")
    from matplotlib import pyplot

    folder.mkdir()
    with matplotlib.rc_context({"svg.hashsalt": "zhaiyi", "svg.fonttype": "none", "font.size": 9}):
        figure, (english, chinese) = pyplot.subplots(1, 2, figsize=(8, 2.6), layout="constrained")
        for axes, bins, width, unit in (
            (english, facts.english_lengths, WORDS, "English words"),
            (chinese, facts.chinese_lengths, CHARACTERS, "characters of Chinese text"),
        ):
            starts, heights = zip(*sorted(merged(bins).items()), strict=True)
            axes.bar(starts, heights, width=width, align="edge", color="#4a6fa5", edgecolor="white", linewidth=0.4)
            axes.set_xlabel(f"{unit} an abstract")
            axes.spines[["top", "right"]].set_visible(False)
        english.set_ylabel("abstracts")
        figure.savefig(folder / "lengths.svg", metadata={"Date": None})
        pyplot.close(figure)


def merged(bins: Mapping[int, int], share: float = 0.995) -> dict[int, int]:
    """Bins, the last few texts of which are put into one, so that a single long one does not flatten the plot.

    >>> merged({0: 990, 20: 9, 5000: 1}, 0.99)
    {0: 990, 20: 10}
    """
    total, seen, last, kept = sum(bins.values()), 0, 0, dict[int, int]()
    for start, count in sorted(bins.items()):
        if seen <= share * total:
            last = start
        kept[last] = kept.get(last, 0) + count
        seen += count
    return kept
