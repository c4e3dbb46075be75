"""What stands beside the tables of a data set: `run.json`, `CHANGES.md`, the card, Croissant and the manifest."""

import json
import time
from collections.abc import Mapping
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any

from pipeline.publish.card import render_card
from pipeline.publish.croissant import croissant
from pipeline.publish.growth import SCHEMA
from pipeline.publish.manifest import write_manifest
from pipeline.publish.plots import write_plots
from pipeline.publish.scores import Scorer

if TYPE_CHECKING:
    from pipeline.publish.dataset import Made

_OF_RUN = (
    "system", "translator", "versions", "started", "wall_seconds", "cpu_seconds", "abstracts", "failed", "left_out",
    "segments", "source_words", "flagged_abstracts", "issues", "normalised",
)  # fmt: skip


def finish(folder: Path, made: "Made", scorer: Scorer | None) -> None:
    """Write everything but the tables into `folder`."""
    info = run_info(made)
    _write(folder / "run.json", json.dumps(info, ensure_ascii=False, indent=1) + "\n")
    _write(folder / "CHANGES.md", changes(made, info))
    write_plots(folder / "plots", made.facts)
    _write(folder / "README.md", render_card(folder, made, info, scorer))
    _write(folder / "croissant.json", json.dumps(croissant(folder, made, info), ensure_ascii=False, indent=1) + "\n")
    write_manifest(folder)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def run_info(made: "Made") -> dict[str, Any]:
    """What a data set's `run.json` says: how it can be made again, without paths of the machine that made it."""
    plan, facts = made.plan, made.facts
    runs = [_of_run(path, info) for path, info in zip(made.runs.paths, made.runs.infos, strict=True)]
    said = made.before.info if made.before else {}
    before = said if made.before and made.before.system == made.runs.system else {}
    names = [_called(run) for run in runs]
    left_out = {**before.get("left_out", {}), " + ".join(sorted(names)): dict(made.left_out)}
    return {
        "schema": SCHEMA,
        "version": made.version,
        "title": plan.title or said.get("title") or plan.to.resolve().name,
        "published": time.strftime("%Y-%m-%d", time.gmtime()),
        "system": made.runs.system,
        "script": made.runs.script,
        "abstracts": {split: facts.abstracts[split] for split in sorted(facts.abstracts)},
        "segments": {split: facts.segments[split] for split in sorted(facts.segments)},
        "licences": [{"licence": name, "from": origin, "abstracts": n} for (name, origin), n in facts.licences.items()],
        **plan.choices(),
        "left_out": left_out,
        "near_same": before.get("near_same", 0) + made.splitter.alike,
        "moved": before.get("moved", 0) + made.splitter.moved,
        "command": plan.command,
        "contact": plan.contact or said.get("contact", ""),
        "card": plan.card or said.get("card", ""),
        "runs": [run for run in before.get("runs", []) if _called(run) not in names] + runs,
    }  # fmt: skip


def _of_run(path: Path, info: Mapping[str, Any]) -> dict[str, Any]:
    command = info["command"]
    paths = [one if one.startswith("hf://") else PurePath(one).name for one in command.get("paths", [])]
    paths = ["standard input" if one == "-" else one for one in paths]
    return {"name": path.resolve().name, "inputs": paths} | {name: info[name] for name in _OF_RUN if name in info}


def _called(run: Mapping[str, Any]) -> str:
    """What tells a run from others: those of next month may well stand in a folder of the same name."""
    return f"{run['name']} ({', '.join(run['inputs'])})"


def changes(made: "Made", info: Mapping[str, Any]) -> str:
    """The versions of a data set, the newest first, each with what it brought."""
    counts, before = made.counts, made.before
    lines = [f"## {info['version']} ({info['published']})", ""]
    if before is None:
        lines.append(f"- The first version: {counts['new']:,} abstracts.")
    elif before.system != made.runs.system:
        lines += [
            f"- Another system: all {counts['new']:,} abstracts are new translations.",
            f"- It was `{before.system}`, with {sum(before.info['abstracts'].values()):,} abstracts.",
        ]
    else:
        if counts["new"]:
            lines.append(f"- {counts['new']:,} abstracts were added.")
        if counts["changed"]:
            lines.append(
                f"- {counts['changed']:,} abstracts were corrected; the files that hold them were written anew."
            )
        else:
            lines.append("- The abstracts that were there are in the same files, byte for byte.")
        if made.plan.says_more_than(before.info):
            lines.append("- The card has other words of the publisher.")
    lines += [f"- System: `{made.runs.system}`.", ""]
    earlier = (before.path / "CHANGES.md").read_text(encoding="utf-8") if before else "# Changes\n"
    return earlier.replace("# Changes\n", "# Changes\n\n" + "\n".join(lines), 1)
