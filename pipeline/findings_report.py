"""What was found in a run as text for people and as an object for programs; segments side by side on a terminal."""

from collections import Counter
from typing import Any

from pipeline.findings import Findings, flagged_segments
from pipeline.layout import beside, clip, printable, share, table, wrap
from pipeline.survey_report import listed, reason_lines, reasons_object

LISTED = 10
"""Of the worst abstracts, how many a report names."""


def findings_lines(findings: Findings, state: str, width: int) -> list[str]:
    """The report, a line an item."""
    flagged = f"{findings.flagged:,} ({share(findings.flagged, findings.abstracts)})"
    segments = f"{findings.flagged_segments:,} ({share(findings.flagged_segments, findings.segments)})"
    only = f" of kind {findings.kind}" if findings.kind else ""
    rows = [
        ("state", state),
        ("abstracts", f"{findings.abstracts:,}; with issues{only} {flagged}"),
        ("segments", f"{findings.segments:,} with titles; with issues{only} {segments}"),
        ("failed", f"{findings.failed.total:,}"),
    ]
    lines = ["Run", *_indented(table(rows))]
    if findings.issues:
        cells = [("kind", "issues", "of issues", "abstracts", "of abstracts")]
        for kind, count in findings.issues.most_common():
            having = findings.abstracts_with[kind]
            shares = share(count, findings.issues.total()), share(having, findings.abstracts)
            cells.append((kind, f"{count:,}", shares[0], f"{having:,}", shares[1]))
        lines += ["", "Issues", *_indented(table(cells, numbers=(1, 2, 3, 4)))]
    if findings.failed.total:
        lines += ["", f"Failed: {findings.failed.total:,}", *reason_lines(findings.failed)]
    if worst := findings.worst[:LISTED]:
        named = [
            (clip(printable(row["id"]), 40), listed(_kinds(row, findings.kind)), printable(row["title"]))
            for row in worst
        ]
        lines += ["", "Worst first", *(clip(line, width) for line in _indented(table(named)))]
    return lines


def side_by_side(row: dict[str, Any], kind: str, width: int) -> list[str]:
    """An abstract's segments with issues: English and Chinese beside each other in `width` cells, issues below.

    With `width` 0 each stands in a line of its own, so that the lines can be searched.
    """
    flagged = flagged_segments(row, kind)
    left = len(row["segments"]) + bool(row["title_zh"]) - len(flagged)
    head = printable(f"{row['id']}  {row['title']}")
    lines = [clip(head, width) if width else head]
    for name, segment in flagged:
        source, target = printable(segment["source"]), printable(segment["target"])
        issues = [printable(f"{issue['kind']}: {issue['detail']}") for issue in segment["issues"]]
        lines.append(f"  {name}")
        if width:
            lines += [f"    {line}" for line in beside(source, target, width - 4)]
            lines += [f"    ! {line}" for issue in issues for line in wrap(issue, width - 6)]
        else:
            lines += [f"    en: {source}", f"    zh: {target}", *(f"    !   {issue}" for issue in issues)]
    lines += [f"  (segments without: {left})"] if left else []
    return [line.rstrip() for line in lines]


def findings_object(findings: Findings, state: str) -> dict[str, Any]:
    """The same figures as JSON can hold them, with the flagged segments of the worst abstracts."""
    return {
        "state": state,
        "abstracts": findings.abstracts,
        "flagged_abstracts": findings.flagged,
        "segments": findings.segments,
        "flagged_segments": findings.flagged_segments,
        "issues": dict(findings.issues.most_common()),
        "abstracts_with": dict(findings.abstracts_with.most_common()),
        "failed": reasons_object(findings.failed),
        "worst": [
            {
                "id": row["id"],
                "title": row["title"],
                "segments": [{"name": name, **segment} for name, segment in flagged_segments(row, findings.kind)],
            }
            for row in findings.worst
        ],
    }


def _kinds(row: dict[str, Any], kind: str) -> Counter[str]:
    return Counter(issue["kind"] for issue in row["issues"] if kind in ("", issue["kind"]))


def _indented(lines: list[str]) -> list[str]:
    return [f"  {line}" for line in lines]
