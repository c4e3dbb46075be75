"""A data set's description in Croissant (https://docs.mlcommons.org/croissant/docs/croissant-spec-1.0.html), JSON-LD.

What this module does not do: validate it; the tests do, with `mlcroissant`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.publish.manifest import hash_file
from pipeline.publish.schema import CONFIGS, schemas
from pipeline.publish.tables import shards

if TYPE_CHECKING:
    from pipeline.publish.dataset import Made

CONTEXT = {
    "@language": "en", "@vocab": "https://schema.org/", "citeAs": "cr:citeAs", "column": "cr:column",
    "conformsTo": "dct:conformsTo", "cr": "http://mlcommons.org/croissant/", "rai": "http://mlcommons.org/croissant/RAI/",
    "data": {"@id": "cr:data", "@type": "@json"}, "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "equivalentProperty": "cr:equivalentProperty", "samplingRate": "cr:samplingRate",
    "dct": "http://purl.org/dc/terms/", "examples": {"@id": "cr:examples", "@type": "@json"}, "extract": "cr:extract",
    "field": "cr:field", "fileProperty": "cr:fileProperty", "fileObject": "cr:fileObject", "fileSet": "cr:fileSet",
    "format": "cr:format", "includes": "cr:includes", "isLiveDataset": "cr:isLiveDataset", "jsonPath": "cr:jsonPath",
    "key": "cr:key", "md5": "cr:md5", "parentField": "cr:parentField", "path": "cr:path", "recordSet": "cr:recordSet",
    "references": "cr:references", "regex": "cr:regex", "repeated": "cr:repeated", "replace": "cr:replace",
    "sc": "https://schema.org/", "separator": "cr:separator", "source": "cr:source", "subField": "cr:subField",
    "transform": "cr:transform",
}  # fmt: skip
_TYPES = {"string": "sc:Text", "int32": "sc:Integer", "float": "sc:Float"}


def croissant(folder: Path, made: "Made", info: Mapping[str, Any]) -> dict[str, Any]:
    """The description of the data set in a folder whose tables are written."""
    licences = sorted({name for name, _ in made.facts.licences})
    return {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "name": identifier(str(info["title"])),
        "alternateName": info["title"],
        "description": (
            f"{made.facts.count:,} abstracts in English and in Chinese, machine-translated by {info['system']}."
        ),
        "license": licences if len(licences) > 1 else licences[0],
        "inLanguage": ["en", "zh"],
        "version": info["version"],
        "datePublished": info["published"],
        "citeAs": f"{info['title']}, version {info['version']}",
        "distribution": [entry for config in CONFIGS for entry in _files(folder, config)],
        "recordSet": [_record_set(config, schema) for config, schema in schemas().items()],
    }


def identifier(title: str) -> str:
    """A title as a name that Croissant takes.

    >>> identifier("Abstracts 2026 (zh)")
    'Abstracts-2026-zh'
    """
    return "-".join("".join(c if c.isalnum() and c.isascii() else " " for c in title).split()) or "dataset"


def _files(folder: Path, config: str) -> list[dict[str, Any]]:
    return [
        {
            "@type": "cr:FileObject",
            "@id": path.relative_to(folder).as_posix(),
            "name": path.relative_to(folder).as_posix(),
            "contentUrl": path.relative_to(folder).as_posix(),
            "contentSize": f"{path.stat().st_size} B",
            "encodingFormat": "application/x-parquet",
            "sha256": hash_file(folder, path.relative_to(folder).as_posix()).sha256,
        }
        for path in shards(folder, config)
    ] + [
        {
            "@type": "cr:FileSet",
            "@id": f"{config}-files",
            "name": f"{config}-files",
            "encodingFormat": "application/x-parquet",
            "includes": f"{CONFIGS[config]}/*.parquet",
        }
    ]


def _record_set(config: str, schema: Any) -> dict[str, Any]:
    return {
        "@type": "cr:RecordSet",
        "@id": config,
        "name": config,
        "description": f"One row of the table {config}.",
        "field": [_field(config, field) for field in schema],
    }


def _field(config: str, field: Any) -> dict[str, Any]:
    """A column; one of structs, or of lists of structs, has a sub-field for each part."""
    import pyarrow.types as types

    name, kind = f"{config}/{field.name}", field.type
    source = {"fileSet": {"@id": f"{config}-files"}, "extract": {"column": field.name}}
    made: dict[str, Any] = {"@type": "cr:Field", "@id": name, "name": name}
    if types.is_list(kind):
        made["repeated"], kind = True, kind.value_type
    if not types.is_struct(kind):
        return made | {"dataType": _TYPES[str(kind)], "source": source}
    made["subField"] = [
        {
            "@type": "cr:Field", "@id": f"{name}/{part.name}", "name": f"{name}/{part.name}", "dataType": "sc:Text",
            "source": {**source, "transform": {"jsonPath": part.name}},
        }
        for part in kind
    ]  # fmt: skip
    return made
