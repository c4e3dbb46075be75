"""Compare sentence splitters on a probe set of hard cases: `python -m eval.segmenters [PROBES] [--abstracts FILE]`.

A probe is one JSON object a line, `{"id", "set", "text"}`; `‖` in the text marks where a segment must end. A probe
counts as right only if every border is right and none is added. Every splitter gets the text line by line, so that
none is punished for what it does with line breaks. Libraries that are not installed are named and left out.
What this script does not do: decide anything; `tests/pipeline/test_segment.py` holds our own splitter to its share.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.normalize import normalize
from pipeline.segment import split

Splitter = Callable[[str], list[str]]

BORDER = "‖"
PROBES = Path(__file__).resolve().parents[1] / "tests" / "pipeline" / "segment_probes.jsonl"
ABSTRACTS = Path(__file__).resolve().parent / "testsets" / "abstracts.jsonl"


@dataclass(frozen=True, slots=True)
class Probe:
    """A hard case: `expected` are its segments without the white space between them."""

    id: str
    set: str
    text: str
    expected: tuple[str, ...]


def read_probes(path: Path) -> list[Probe]:
    """Read a probe file; the format is described at the top of this module."""
    probes = []
    with path.open(encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            expected = tuple(stripped(row["text"].split(BORDER)))
            probes.append(Probe(row["id"], row["set"], row["text"].replace(BORDER, ""), expected))
    return probes


def stripped(pieces: Iterable[str]) -> list[str]:
    """The pieces without the white space at their ends, empty ones left out.

    >>> stripped(["It works. ", " "])
    ['It works.']
    """
    return [piece.strip() for piece in pieces if piece.strip()]


def segments_of(splitter: Splitter, text: str) -> tuple[str, ...]:
    """What `splitter` makes of a normalised text, line by line, stripped."""
    return tuple(stripped(segment for line in text.split("\n") for segment in splitter(line)))


def accuracy(splitter: Splitter, probes: Sequence[Probe]) -> float:
    """Share of probes that are split exactly right, from 0 to 1."""
    return sum(segments_of(splitter, probe.text) == probe.expected for probe in probes) / len(probes)


def cpu_seconds(splitter: Splitter, texts: Sequence[str]) -> float:
    """CPU seconds for 1,000 texts, extrapolated from `texts`."""
    segments_of(splitter, texts[0])  # whatever is loaded or compiled at first use
    start = time.process_time()
    for text in texts:
        segments_of(splitter, text)
    return (time.process_time() - start) * 1000 / len(texts)


def ours() -> Splitter:
    """`pipeline.segment.split`."""
    return lambda text: [segment for segment, _ in split(text)]


def pysbd() -> Splitter:
    """pySBD's rules for English, the text kept as it is."""
    from pysbd import Segmenter

    return list_of(Segmenter(language="en", clean=False).segment)


def sentencex() -> Splitter:
    """Wikimedia's sentencex."""
    from sentencex import segment

    return lambda text: list_of(segment)("en", text)


def syntok() -> Splitter:
    """syntok; its tokens' offsets give the sentences back as they stand in the text."""
    from syntok.segmenter import analyze

    def splitter(text: str) -> list[str]:
        starts = [sentence[0].offset for paragraph in analyze(text) for sentence in paragraph if sentence]
        return [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]

    return splitter


def nltk_punkt() -> Splitter:
    """NLTK's Punkt with its English parameters, which are a download of their own."""
    from nltk import data, sent_tokenize

    data.find("tokenizers/punkt_tab/english")
    return list_of(sent_tokenize)


def nltk_untrained() -> Splitter:
    """NLTK's Punkt without parameters: what works without the download."""
    from nltk.tokenize.punkt import PunktSentenceTokenizer

    return list_of(PunktSentenceTokenizer().tokenize)


def list_of(function: Callable[..., Iterable[str]]) -> Callable[..., list[str]]:
    """`function`, with its result as a list of plain strings."""
    return lambda *arguments: [str(segment) for segment in function(*arguments)]


SPLITTERS: dict[str, Callable[[], Splitter]] = {
    "zhaiyi": ours,
    "pysbd": pysbd,
    "sentencex": sentencex,
    "syntok": syntok,
    "nltk punkt": nltk_punkt,
    "nltk punkt, no data": nltk_untrained,
}


def table(probes: Sequence[Probe], texts: Sequence[str]) -> str:
    """The comparison as a Markdown table, one row a splitter; a missing one is a row that says so."""
    sets = list(dict.fromkeys(probe.set for probe in probes))
    counts = {name: [probe for probe in probes if probe.set == name] for name in sets}
    heads = ["splitter", *(f"{name} ({len(members)})" for name, members in counts.items())]
    heads.append(f"CPU s per 1,000 abstracts ({len(texts)} timed)")
    rows = [heads, ["---"] + ["---:"] * (len(heads) - 1)]
    for name, build in SPLITTERS.items():
        try:
            splitter = build()
        except (ImportError, LookupError) as error:
            reason = "not installed" if isinstance(error, ImportError) else "its data is not installed"
            rows.append([name, reason, *([""] * (len(heads) - 2))])
            continue
        scores = [f"{accuracy(splitter, members):.1%}" for members in counts.values()]
        rows.append([name, *scores, f"{cpu_seconds(splitter, texts):.2f}" if texts else "-"])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def read_texts(path: Path, limit: int) -> list[str]:
    """The normalised `abstract`, `text` or `source` of the first `limit` lines of a JSON lines file."""
    texts: list[str] = []
    with path.open(encoding="utf-8") as lines:
        for line, _ in zip(lines, range(limit), strict=False):
            row = json.loads(line)
            texts.append(normalize(next(row[name] for name in ("abstract", "text", "source") if name in row)))
    return texts


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("probes", nargs="?", type=Path, default=PROBES, help="probe file, JSON lines")
    parser.add_argument("--abstracts", type=Path, default=ABSTRACTS, help="JSON lines to time the splitters on")
    parser.add_argument("--limit", type=int, default=300, help="how many abstracts to time")
    options = parser.parse_args(arguments)
    texts = read_texts(options.abstracts, options.limit) if options.abstracts.exists() else []
    sys.stdout.write(table(read_probes(options.probes), texts) + "\n")


if __name__ == "__main__":
    main()
