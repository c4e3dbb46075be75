"""A comparison as one HTML page that needs nothing else: no network, no other file, no server.

The tables and plots are made here, so that they stand in the page without JavaScript; the items are embedded as JSON
and shown by the page's own scripts (`templates/comparison`), which put every text in as text. A content security
policy in the page forbids everything else: other scripts, requests, and turning strings into HTML.
"""

import base64
import hashlib
import json
import os.path
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from eval import report_tables as tables
from eval.comparison import Comparison, System
from eval.oddities import who_wrote
from eval.report_behaviour import behaviour_table, cost_table, terms_table
from eval.report_plots import draw

TEMPLATES = Path(__file__).parent / "templates" / "comparison"
SCRIPTS = ("diff.js", "state.js", "text.js", "browse.js", "page.js")
"""In this order; they share one scope."""

UNKNOWN = "unknown"
"""The origin of references of which nothing is known."""

_NAMED = 5
_UNFIT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")


def render_page(comparison: Comparison) -> str:
    """The whole page.

    It is valid HTML whatever the texts hold: what cannot stand in a file (lone surrogates, most control characters) is
    written as its escape, which JSON reads back and a reader of a system's name sees.
    """
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, autoescape=True,
    )  # fmt: skip
    script = "\n".join(["'use strict';", *((TEMPLATES / name).read_text(encoding="utf-8") for name in SCRIPTS)])
    first = comparison.metrics[0]
    page = environment.get_template("page.html.jinja").render(
        comparison=comparison,
        first=first,
        style=Markup((TEMPLATES / "page.css").read_text(encoding="utf-8")),
        script=Markup(script),
        script_hash="sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        embedded=embed(comparison),
        leader=leader(comparison),
        labels=reference_labels(comparison),
        warnings=warnings(comparison),
        issues=Counter(kind for one in comparison.items for kinds in one.issues for kind in kinds).most_common(),
        places=list(places(comparison)),
        axis=axis(comparison),
        tests=[tables.differences_table(comparison, metric.name) for metric in comparison.metrics],
        raw=tables.raw_table(comparison),
        buckets=[
            tables.buckets_table(comparison, metric.name, higher_is_better=metric.higher_is_better)
            for metric in comparison.metrics
        ],
        behaviour=behaviour_table(comparison),
        terms=terms_table(comparison),
        cost=cost_table(comparison),
        plots=list(draw(comparison)),
        link=tables.link,
        probability=tables.probability,
        significant=tables.SIGNIFICANT,
    )
    return _UNFIT.sub(lambda found: f"\\u{ord(found[0]):04x}", page)


def embed(comparison: Comparison) -> Markup:
    """The items as JSON for a script element; no `<` stands in it, so that nothing in it can end the element."""
    scripts = [one.script for one in comparison.references]
    labels = reference_labels(comparison)
    if len(labels) != len(scripts):
        scripts = [scripts[0]] * len(labels)
    found = {
        "systems": [one.name for one in comparison.systems],
        "references": [
            {"name": name, "lang": language(script)} for name, script in zip(labels, scripts, strict=True)
        ],
        "lang": language(next(filter(None, scripts), "")),
        "buckets": [f"{one.kind}:{one.label}" for one in comparison.buckets],
        "items": [
            {
                "id": one.id, "document": one.document, "title": one.title, "source": one.source,
                "references": one.references, "hypotheses": one.hypotheses, "buckets": one.buckets,
                "scores": [round(score, 2) for score in one.scores], "issues": one.issues,
            }
            for one in comparison.items
        ],
    }  # fmt: skip
    return Markup(json.dumps(found, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"))


def language(script: str) -> str:
    """The language tag of Chinese in a script as `ReferenceInfo` names it.

    >>> language("hant"), language("")
    ('zh-Hant', 'zh')
    """
    return {"hans": "zh-Hans", "hant": "zh-Hant"}.get(script, "zh")


@dataclass(frozen=True, slots=True)
class Place:
    """A system in the ranking: `last` of its cluster, its verdict by metric, its greatest corrected p in the first."""

    system: System
    last: bool
    verdicts: dict[str, str]
    p_value: float | None


def places(comparison: Comparison) -> Iterator[Place]:
    """The ranking, the best system first."""
    first = comparison.metrics[0].name
    following = [*comparison.systems[1:], None]
    for system, after in zip(comparison.systems, following, strict=True):
        verdicts = {
            one.name: tables.verdict(system, one.name, higher_is_better=one.higher_is_better)
            for one in comparison.metrics
        }
        tests = [test for one in system.differences if one.metric == first for test in one.tests]
        greatest = max((max(one.p_bootstrap_holm, one.p_randomisation_holm) for one in tests), default=None)
        last = after is None or after.cluster != system.cluster
        yield Place(system, last, verdicts, greatest)


@dataclass(frozen=True, slots=True)
class Axis:
    """The line on which the ranking draws intervals of the first metric, and the baseline's place on it."""

    low: float
    high: float
    base: float

    def at(self, value: float) -> float:
        """A value's place in per cent of the line.

        >>> Axis(20.0, 30.0, 25.0).at(21.0)
        10.0
        """
        return round(100 * (value - self.low) / (self.high - self.low), 2)


def axis(comparison: Comparison) -> Axis:
    """A line that holds all intervals, with some room."""
    found = {one.name: one.scores[comparison.metrics[0].name] for one in comparison.systems}
    low, high = min(one.low for one in found.values()), max(one.high for one in found.values())
    room = (high - low) * 0.05 or 1.0
    return Axis(low - room, high + room, found[comparison.baseline].value)


def leader(comparison: Comparison) -> str:
    """The ranking in two sentences."""
    first = comparison.metrics[0]
    best = comparison.systems[0]
    score = best.scores[first.name]
    tied = [one.name for one in comparison.systems[1:] if one.cluster == best.cluster]
    text = f"{best.name} is first with {first.name} {score.value:.2f} ({score.low:.2f} to {score.high:.2f})"
    if tied:
        named = ", ".join(tied[:_NAMED]) + (f" and {len(tied) - _NAMED} more" if len(tied) > _NAMED else "")
        text += f", but cannot be told from {named}"
    others = [one for one in comparison.systems if one.name != comparison.baseline]
    counts = Counter(tables.verdict(one, first.name, higher_is_better=first.higher_is_better) for one in others)
    if not others:
        return f"{text}."
    return (
        f"{text}. Against the baseline {comparison.baseline}: {counts['better']} better, {counts['worse']} worse, "
        f"{counts['']} that cannot be told from it."
    )


def warnings(comparison: Comparison) -> list[str]:
    """What a reader must know before believing a number, once each: notes, and who wrote the references.

    The note that counts references by origin is left out, since their origins stand above it.
    """
    origins = Counter(origin for one in comparison.references for origin in one.origin.split(", "))
    counted, *said = who_wrote(origins) or [""]
    if UNKNOWN in origins:
        said.append("who wrote the references is not known: a language model's favour systems that write like one")
    start = counted.partition(" ")[0]
    return [line for line in dict.fromkeys([*comparison.notes, *said]) if line.partition(" ")[0] != start]


def reference_labels(comparison: Comparison) -> list[str]:
    """What the references of an item are called, in their order: by what tells the names of their sets apart.

    Where a set has several for an item, they can only be numbered.
    """
    names = [one.name for one in comparison.references]
    most = max((len(one.references) for one in comparison.items), default=0)
    if any(len(one.references) != len(names) for one in comparison.items):
        return [str(number + 1) for number in range(most)]
    start = len(os.path.commonprefix(names))  # noqa: RUF071 (they are no paths, and characters are meant)
    end = len(os.path.commonprefix([name[start:][::-1] for name in names]))  # noqa: RUF071 (the same)
    parts = [name[start : len(name) - end] for name in names]
    return parts if all(parts) and len(names) > 1 else names
