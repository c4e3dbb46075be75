"""The card of a data set, from facts alone: what is not known is said to be not known."""

import html
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import ConfigError
from pipeline.publish.croissant import identifier
from pipeline.publish.items import Item, system_parts
from pipeline.publish.schema import CONFIGS, schemas
from pipeline.publish.scores import ScoreLine, Scorer
from pipeline.publish.tables import shards, split_of

if TYPE_CHECKING:
    from pipeline.publish.dataset import Made

TEMPLATE = Path(__file__).parent / "card.md.jinja"
_HUB_LICENCES = frozenset(
    (
        "cc0-1.0", "cc-by-2.0", "cc-by-2.5", "cc-by-3.0", "cc-by-4.0", "cc-by-sa-3.0", "cc-by-sa-4.0", "cc-by-nc-2.0",
        "cc-by-nc-3.0", "cc-by-nc-4.0", "cc-by-nd-4.0", "cc-by-nc-nd-3.0", "cc-by-nc-nd-4.0", "cc-by-nc-sa-2.0",
        "cc-by-nc-sa-3.0", "cc-by-nc-sa-4.0", "mit", "apache-2.0", "bsd-2-clause", "bsd-3-clause", "odc-by", "odbl",
        "pddl", "cdla-permissive-2.0", "isc", "unlicense", "mpl-2.0", "eupl-1.2",
    )
)  # fmt: skip
"""Identifiers that the hub knows: https://huggingface.co/docs/hub/repositories-licenses."""
_SIZES = ((1e3, "n<1K"), (1e4, "1K<n<10K"), (1e5, "10K<n<100K"), (1e6, "100K<n<1M"), (1e7, "1M<n<10M"))
MOST_SHOWN = 20  # categories, sources and years that are named


def render_card(folder: Path, made: "Made", info: Mapping[str, Any], scorer: Scorer | None) -> str:
    """The card as Markdown with its YAML head; `info` is the data set's `run.json`."""
    import jinja2
    import yaml

    head = card_head(folder, made, info)
    own_head, own_text = split_card(info["card"])
    if facts := sorted(own_head.keys() & head.keys()):
        raise ConfigError(f"the card's text says {facts[0]!r} in its head, which is found from the data: leave it out")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATE.parent), undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, keep_trailing_newline=True, autoescape=False,
    )  # fmt: skip
    environment.filters |= {"shown": shown, "rows": example_rows, "piped": piped, "identifier": identifier}
    facts_ = made.facts
    scores: list[ScoreLine] = []
    if scorer and facts_.scored:
        targets, references = zip(*facts_.scored, strict=True)
        scores = list(scorer.of_all(targets, references))
    body = environment.get_template(TEMPLATE.name).render(
        info=info,
        facts=facts_,
        system=system_parts(info["system"]),
        licences=info["licences"],
        model_licence=model_licence(str(info["runs"][-1]["translator"]["model"])),
        scores=scores,
        about=scorer.about(facts_.origins) if scorer else [],
        most=MOST_SHOWN,
        own=own_text,
        examples=(("%d random abstracts", facts_.sample), ("%d abstracts that the checks flag most", facts_.worst)),
    )
    return f"---\n{yaml.safe_dump(head | own_head, allow_unicode=True, sort_keys=False)}---\n\n{body}"


def split_card(text: str) -> tuple[dict[str, Any], str]:
    """The YAML head of a publisher's own card, and its text. Raises `ConfigError` for a head that is no YAML mapping.

    >>> split_card("---\\npaperswithcode_id: x\\n---\\nAbout it.")
    ({'paperswithcode_id': 'x'}, 'About it.')
    """
    import yaml

    if not text.startswith("---\n"):
        return {}, text.strip()
    head, closed, body = text[4:].partition("\n---")
    try:
        found = yaml.safe_load(head) if closed else None
    except yaml.YAMLError as error:
        raise ConfigError(f"the card's head is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(found, dict):
        raise ConfigError("the card begins with --- but no YAML head follows: give KEY: VALUE lines and ---, or none")
    return found, body.strip()


def shown(text: str) -> str:
    """Any text so that neither HTML nor Markdown nor a formula's reader sees mark-up in it.

    >>> shown("<b> a|b $x_1$ `c`")
    '&lt;b&gt; a&#124;b &#36;x&#95;1&#36; &#96;c&#96;'
    """
    text = html.escape(text, quote=False)
    for character in "|$_*`[]\\~":
        text = text.replace(character, f"&#{ord(character)};")
    return "<br>".join(text.splitlines())


def piped(text: str) -> str:
    """Code as it stands in a table's cell."""
    return " ".join(text.split()).replace("|", "\\|").replace("`", "'")


def hub_licence(made: "Made") -> dict[str, Any]:
    """The licence as the hub's card names it: one, a list, or "other" with a name, but no link: that is to one text."""
    names = sorted({name.lower() for name, _ in made.facts.licences})
    names = [{"odc-by-1.0": "odc-by", "odbl-1.0": "odbl", "pddl-1.0": "pddl"}.get(name, name) for name in names]
    if set(names) <= _HUB_LICENCES:
        return {"license": names[0] if len(names) == 1 else names}
    return {"license": "other", "license_name": "-and-".join(names)[:80]}


def card_head(folder: Path, made: "Made", info: Mapping[str, Any]) -> dict[str, Any]:
    """The YAML head: https://huggingface.co/docs/hub/datasets-cards."""
    count = made.facts.count
    return {
        "language": ["en", "zh"],
        **hub_licence(made),
        "pretty_name": info["title"],
        "task_categories": ["translation"],
        "multilinguality": ["translation"],
        "language_creators": ["found", "machine-generated"],
        "size_categories": [next((name for most, name in _SIZES if count < most), "10M<n<100M")],
        "source_datasets": ["original"],
        "tags": ["machine-translation", "abstracts", "machine-learning", f"zh-{info['script']}", "zhaiyi"],
        "configs": [_config(folder, config) for config in CONFIGS],
        "dataset_info": [_dataset_info(folder, config, made) for config in CONFIGS],
    }


def _splits(folder: Path, config: str) -> list[str]:
    found = dict.fromkeys(split_of(path) for path in shards(folder, config))
    return [split for split in ("train", "validation", "test") if split in found]


def _config(folder: Path, config: str) -> dict[str, Any]:
    files = [{"split": split, "path": f"{CONFIGS[config]}/{split}-*.parquet"} for split in _splits(folder, config)]
    return {"config_name": config, "data_files": files} | ({"default": True} if config == next(iter(CONFIGS)) else {})


def _dataset_info(folder: Path, config: str, made: "Made") -> dict[str, Any]:
    import pyarrow.parquet as pq

    counts = made.facts.abstracts if config == "abstracts" else made.facts.segments
    splits = []
    for split in _splits(folder, config):
        size = 0
        for path in shards(folder, config):
            if split_of(path) == split:
                metadata = pq.read_metadata(path)
                size += sum(metadata.row_group(number).total_byte_size for number in range(metadata.num_row_groups))
        splits.append({"name": split, "num_bytes": size, "num_examples": counts[split]})
    return {
        "config_name": config,
        "features": [yaml_feature(field.name, field.type) for field in schemas()[config]],
        "splits": splits,
        "download_size": sum(path.stat().st_size for path in shards(folder, config)),
        "dataset_size": sum(split["num_bytes"] for split in splits),
    }


def yaml_feature(name: str, kind: Any) -> dict[str, Any]:
    """A column as the head's `dataset_info` names it."""
    import pyarrow.types as types

    if name == "translation":
        return {"name": name, "dtype": {"translation": {"languages": ["en", "zh"]}}}
    if types.is_struct(kind):
        return {"name": name, "struct": [yaml_feature(part.name, part.type) for part in kind]}
    if types.is_list(kind):
        inner = yaml_feature("", kind.value_type)
        return {"name": name, "list": inner.get("struct", inner.get("dtype"))}
    return {"name": name, "dtype": {"float": "float32"}.get(str(kind), str(kind))}


def model_licence(model: str) -> str:
    """The licence that a model's own card names, or "" where it is not at hand or does not say."""
    import yaml

    from models.errors import ModelError
    from models.registry import resolve

    try:
        card = (resolve(model, offline=True).path / "README.md").read_text(encoding="utf-8")
        head, _ = split_card(card)
    except (ModelError, OSError, ConfigError, yaml.YAMLError):
        return ""
    licence = head.get("license") or ""
    return ", ".join(map(str, licence)) if isinstance(licence, list) else str(licence)


def example_rows(item: Item) -> list[tuple[str, str, str]]:
    """An item as rows of a table: English, Chinese, issues."""
    rows = [(item.title, item.title_zh, "")] if item.title else []
    return rows + [
        (pair.source, pair.target, "; ".join(f"{one.kind}: {one.detail}" for one in pair.issues))
        for pair in item.segments
    ]
