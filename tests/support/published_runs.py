"""Runs to publish, made up: what the tests of publishing share."""

import hashlib
import json
import random
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.publish.dataset import Plan
from pipeline.publish.splits import Shares
from pipeline.publish.tables import shards

SYSTEM = "model:tiny@0123456789ab|engine:ctranslate2-4.8.5|beam:4|script:hans|retry:yes"
TRADITIONAL = SYSTEM.replace("hans", "hant")
WORDS = (
    "graph", "network", "training", "loss", "method", "data", "model", "sample", "noise", "image", "token",
    "layer", "weight", "error", "bound", "policy", "reward", "kernel", "metric", "batch", "prior", "query",
    "score", "label", "agent", "state", "action", "depth", "width", "sparse", "dense", "random", "exact",
    "local",
)  # fmt: skip


def sentence(rng: random.Random) -> str:
    return " ".join(rng.choices(WORDS, k=14)).capitalize() + "."


def row(number: int, **changes: Any) -> dict[str, Any]:
    """A row as a run writes it."""
    rng = random.Random(number)
    sources = [sentence(rng) for _ in range(3)]
    targets = [f"第{number}篇，第{place}句。" for place in range(3)]
    found: dict[str, Any] = {
        "id": f"p-{number}", "title": f"Title {number}", "title_zh": f"标题{number}", "source": " ".join(sources),
        "target": "".join(targets),
        "segments": [{"source": s, "target": t, "issues": []} for s, t in zip(sources, targets, strict=True)],
        "issues": [], "system": SYSTEM,
        "meta": {"path": "/home/someone/in.jsonl", "format": "jsonl", "categories": ["cs.LG"], "licence": "CC BY 4.0"},
    }  # fmt: skip
    return found | changes


def run(folder: Path, rows: list[dict[str, Any]], **changes: Any) -> Path:
    """A finished run that holds these rows."""
    folder.mkdir(parents=True)
    lines = (json.dumps(one, ensure_ascii=False) + "\n" for one in rows)
    (folder / "translations.jsonl").write_text("".join(lines), encoding="utf-8")
    info = {
        "state": "finished", "system": SYSTEM, "failed": 0, "abstracts": len(rows), "started": "2026-01-02T03:04:05Z",
        "command": {"paths": ["/home/someone/in.jsonl"], "system": SYSTEM}, "issues": {},
        "translator": {"model": "tiny", "device": "cpu"}, "versions": {"zhaiyi": "0.1.0", "ctranslate2": "4.8.5"},
    }  # fmt: skip
    (folder / "run.json").write_text(json.dumps(info | changes), encoding="utf-8")
    return folder


def plan(*runs: Path, to: Path, **changes: Any) -> Plan:
    return replace(Plan(runs, to, shares=Shares(0.2, 0.2)), **changes)


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in shards(folder)}
