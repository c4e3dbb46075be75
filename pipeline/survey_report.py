"""A survey of the input as text for people and as an object for programs."""

from collections import Counter
from typing import Any

from pipeline.estimate import Estimate
from pipeline.layout import cells, clip, printable, share, table, wrap
from pipeline.progress import duration
from pipeline.reasons import Reasons
from pipeline.survey import COMPARED, MEASURED, Cut, Repeats, Survey

WIDTH = 120  # reasons and names are cut here; nothing else is as long
_NAME = 60
_LISTED = 15  # fields, origins, kinds named in one line
_QUANTILES = {"min": 0.0, "median": 0.5, "95%": 0.95, "max": 1.0}


def survey_lines(survey: Survey) -> list[str]:
    """The report, a line an item; sections that have nothing to say are left out."""
    lines = ["Read", *_indented(table(_file_rows(survey), numbers=(2, 3)))]
    if len(survey.files()) > 1:
        total = f"{survey.sources:,} files, {survey.abstracts:,} abstracts, {survey.reasons.total:,} refused"
        lines.append(f"  in all: {total}")
    if survey.abstracts or survey.languages:
        cut = survey.cut()
        lines += ["", "Fields", *_named(_field_rows(survey)), "", "Texts", *_named(_text_rows(survey))]
        if cut.abstracts:
            lines += ["", "To be translated", *_named(_cut_rows(survey, cut))]
    if survey.reasons.total:
        lines += ["", f"Would be refused: {survey.reasons.total:,}", *reason_lines(survey.reasons)]
    return lines


def estimate_lines(found: Estimate) -> list[str]:
    """What the estimate says and rests on."""
    model, _, rest = found.system.removeprefix("model:").partition("@")
    settings = dict(part.partition(":")[::2] for part in rest.split("|")[1:])
    return [
        "",
        f"Time to translate on this machine: about {duration(max(found.seconds, 1.0))}",
        f"  measured: {found.words_per_second:,.0f} words/s over {found.segments} segments in "
        f"{found.sample_seconds:.1f} s, with {model}, {settings['engine']} {settings['precision']}, beam "
        f"{settings['beam']}",
    ]


def reason_lines(reasons: Reasons) -> list[str]:
    """Reasons with their counts, the most frequent first, each with the first places."""
    lines = []
    for reason, group in reasons.most_frequent():
        lines.append(f"  {group.count:,} × {clip(printable(reason), WIDTH - 12)}")
        lines += [f"      {clip(printable(example), WIDTH - 6)}" for example in group.examples]
        if group.count > len(group.examples):
            lines.append(f"      and {group.count - len(group.examples):,} more")
    return lines


def listed(counts: Counter[str], limit: int = _LISTED) -> str:
    """Names with their counts, the most frequent first.

    >>> listed(Counter({"year": 2, "doi": 3}))
    'doi 3, year 2'
    """
    shown = [f"{clip(printable(name), 40)} {count:,}" for name, count in counts.most_common(limit)]
    return ", ".join(shown) + (f" and {len(counts) - limit} others" if len(counts) > limit else "")


def _file_rows(survey: Survey) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [("", "format", "abstracts", "refused", "recognised because")]
    for part in survey.files():
        name = printable(part.first)
        name = name if cells(name) <= _NAME else "…" + name[-_NAME:]
        if part.sources > 1:
            name = f"{part.sources:,} files, the first {name}"
        why = part.why or "not recognised"
        rows.append((name, part.format or "-", f"{part.abstracts:,}", f"{part.refused:,}", why))
    return rows


def _field_rows(survey: Survey) -> list[tuple[str, str]]:
    count = survey.abstracts

    def of_all(number: int) -> str:
        return f"{number:,} ({share(number, count)})"

    made = count - survey.own_ids
    ids = of_all(survey.own_ids) + (f"; {made:,} made from the file's name" if made else "")
    references = of_all(survey.with_references)
    if survey.origins:
        references += f"; by origin: {listed(survey.origins)}"
    rows = [("id", ids), ("title", of_all(survey.titles)), ("references", references)]
    return [*rows, ("other fields", listed(survey.fields) or "none")]


def _text_rows(survey: Survey) -> list[tuple[str, str]]:
    lengths = survey.lengths
    quantiles = ", ".join(f"{name} {lengths.quantile(at):,}" for name, at in _QUANTILES.items()).replace("%", " %")
    titles = f", and {survey.title_words:,} of titles" if survey.title_words else ""
    rows = [("words", f"{quantiles}; {lengths.words:,} in all{titles}"), ("language", listed(survey.languages))]
    rows.append(("same id", _repeats(survey.same_id)))
    limited = f" (looked for among the first {COMPARED:,})" if survey.abstracts > COMPARED else ""
    return [*rows, ("same text", _repeats(survey.same_text) + limited)]


def _repeats(repeats: Repeats) -> str:
    if not repeats.count:
        return "none"
    pairs = ", ".join(f"{clip(printable(this), 40)} = {clip(printable(old), 40)}" for this, old in repeats.examples)
    return f"{repeats.count:,}: {pairs}" + (", ..." if repeats.count > len(repeats.examples) else "")


def _cut_rows(survey: Survey, cut: Cut) -> list[tuple[str, str]]:
    rows = []
    if survey.abstracts > MEASURED:
        rows.append(("sample", f"{cut.abstracts:,} abstracts of {survey.abstracts:,}, drawn at random; below are its"))
    mean = cut.segments / cut.abstracts
    longest = f"longest {cut.longest:,} words, in {clip(printable(cut.longest_id), 40)}"
    rows.append(("segments", f"{cut.segments:,} with titles, {mean:.1f} an abstract; {longest}"))
    masks = [f"{kind} {count:,} in {cut.masked[kind]:,}" for kind, count in cut.masks.most_common()]
    rows.append(("kept as it is", ", ".join([f"{masks[0]} abstracts", *masks[1:]]) if masks else "nothing"))
    return rows


def _named(rows: list[tuple[str, str]]) -> list[str]:
    """Names and what is said of them, which goes on below itself where it is long."""
    room = WIDTH - 4 - max(cells(name) for name, _ in rows)
    lines = [("" if number else name, line) for name, said in rows for number, line in enumerate(wrap(said, room))]
    return _indented(table(lines))


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]


def survey_object(survey: Survey, found: Estimate | None) -> dict[str, Any]:
    """The same figures as JSON can hold them."""
    cut = survey.cut()
    return {
        "sources": survey.sources,
        "read": [
            {
                "first" if part.sources > 1 else "path": part.first,
                "sources": part.sources,
                "format": part.format,
                "why": part.why,
                "abstracts": part.abstracts,
                "refused": part.refused,
            }
            for part in survey.files()
        ],
        "abstracts": survey.abstracts,
        "fields": {
            "id": survey.own_ids,
            "title": survey.titles,
            "references": survey.with_references,
            "reference_origins": dict(survey.origins),
            "meta": dict(survey.fields),
        },
        "words": {name: survey.lengths.quantile(at) for name, at in _QUANTILES.items()}
        | {"all": survey.lengths.words, "titles": survey.title_words},
        "languages": dict(survey.languages),
        "same_id": {"count": survey.same_id.count, "examples": survey.same_id.examples},
        "same_text": {"count": survey.same_text.count, "examples": survey.same_text.examples},
        "cut": {
            "sampled": survey.abstracts > MEASURED,
            "abstracts": cut.abstracts,
            "segments": cut.segments,
            "longest_words": cut.longest,
            "longest_id": cut.longest_id,
            "masks": dict(cut.masks),
            "masked_abstracts": dict(cut.masked),
        },
        "refused": reasons_object(survey.reasons),
        "estimate": None if found is None else _estimate_object(found),
    }


def reasons_object(reasons: Reasons) -> dict[str, Any]:
    """Reasons as JSON can hold them."""
    groups = [
        {"reason": reason, "count": group.count, "examples": group.examples}
        for reason, group in reasons.most_frequent()
    ]
    return {"count": reasons.total, "reasons": groups}


def _estimate_object(found: Estimate) -> dict[str, Any]:
    return {
        "seconds": round(found.seconds, 1),
        "words_per_second": round(found.words_per_second, 1),
        "sample_segments": found.segments,
        "sample_words": found.words,
        "sample_seconds": round(found.sample_seconds, 3),
        "system": found.system,
    }
