"""Read Markdown: front matter, the section "Abstract" or "Summary" or else all of the body, 摘要 as its reference."""

import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.errors import RecordError
from pipeline.readers.fields import TEXT_NAMES, is_chinese, plain
from pipeline.readers.formats import Format
from pipeline.readers.markdown_text import Section, plain_line, sections
from pipeline.readers.options import ReadOptions
from pipeline.readers.page_values import split_categories
from pipeline.readers.publication import bare_doi, is_english, publication
from pipeline.readers.source import Source, is_empty
from pipeline.readers.text import strip_label
from pipeline.records import Abstract

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

MAX_TEXT = 16 << 20  # characters of one document
MAX_FRONT = 1 << 20  # characters of front matter
_DEEP = re.compile(r"(?:[\[{][\s\w:,'\"-]*){50}")  # brackets in brackets, for which the parser of YAML takes minutes
_FRONT = re.compile(
    r"\s*(?:---[ \t]*\n(?P<yaml>.*?)\n(?:---|\.\.\.)|\+\+\+[ \t]*\n(?P<toml>.*?)\n\+\+\+)[ \t]*(?:\n|\Z)", re.DOTALL
)
_KNOWN_KEY = re.compile(
    r"^[\"']?(?:title|id|date|lang|language|tags|categories|keywords|authors?|abstract|summary|doi)[\"']?\s*[:=]",
    re.IGNORECASE | re.MULTILINE,
)
_NUMBER = re.compile(r"^(?:\d+(?:\.\d+)*|[IVX]+)[.)]?\s+")
_ENGLISH_HEADING = re.compile(r"(?:abstract|summary|英文摘要)(?:\s*\((?:english|en)\))?\s*[:：.]?", re.IGNORECASE)
_CHINESE_HEADING = re.compile(
    r"(?:中文)?摘\s*要|内容提要|概要|(?:abstract|summary)\s*\((?:chinese|zh|中文)\)|chinese abstract", re.IGNORECASE
)


def read_markdown(source: Source, options: ReadOptions) -> Iterator[Abstract | RecordError]:
    """The abstract of a Markdown file; fields of its front matter that are not used stay in meta."""
    text = source.text()
    if len(text) > MAX_TEXT:
        raise source.error(f"over {MAX_TEXT >> 20} MiB in one document: cut it into smaller files")
    front, body = front_matter(text, source)
    item = publication(
        record_of(front, body), source, options, "markdown", source.stem, lambda m, i: source.error(m, 0, i)
    )
    if isinstance(item, RecordError):
        raise item
    yield item


def record_of(front: Mapping[str, Any], body: str) -> dict[str, Any]:
    """Front matter and body as one record under plain names."""
    found = sections(body)
    english, chinese = _under(found, _ENGLISH_HEADING), _under(found, _CHINESE_HEADING)
    record: dict[str, Any] = {"id": "", **{name.lower(): value for name, value in front.items()}}
    given = next((name for name in record if plain(name) in TEXT_NAMES and isinstance(record[name], str)), "")
    if not english and given:
        english = [paragraph for section in sections(record.pop(given)) for paragraph in section.paragraphs]
    elif not english:
        prose = [paragraph for section in found for paragraph in section.paragraphs]
        english = [paragraph for paragraph in prose if not is_chinese(paragraph)]
        chinese = chinese or [paragraph for paragraph in prose if is_chinese(paragraph)]
    record["abstract"] = strip_label("\n\n".join(english)).strip()
    if chinese:
        record["zh"] = re.sub(r"^(?:中文)?摘\s*要\s*[:：]\s*", "", "\n\n".join(chinese))
    heading = next((section.heading for section in found if section.level == 1 and _is_title(section)), "")
    record["title"] = plain_line(str(record.get("title") or "")) or heading
    return _plainly_named(record)


def _plainly_named(record: dict[str, Any]) -> dict[str, Any]:
    for name, kept in (("author", "authors"), ("lang", "language"), ("license", "licence"), ("arxiv", "arxiv_id")):
        if name in record:
            record.setdefault(kept, record.pop(name))
    if isinstance(record.get("authors"), str):
        record["authors"] = [record["authors"]]
    if isinstance(record.get("categories"), str):
        record["categories"] = split_categories(record["categories"])
    if "date" in record:
        record["date"] = re.sub(r"(\d{4}-\d\d-\d\d)[T ].*", r"\1", str(record["date"]))
    if record.get("doi"):
        record["doi"] = bare_doi(str(record["doi"]))
    if not is_english(str(record.get("language", ""))) and "zh" in record and record["abstract"]:
        record["languages"] = record.pop("language", "")  # that of a page which has both
    record["id"] = str(record["id"] or record.get("arxiv_id") or record.get("doi") or "")
    return record


def _is_title(section: Section) -> bool:
    return not (_ENGLISH_HEADING.fullmatch(section.heading) or _CHINESE_HEADING.fullmatch(section.heading))


def _under(found: list[Section], heading: re.Pattern[str]) -> list[str]:
    """The paragraphs under a heading, those of its sub-sections with their headings as labels."""
    paragraphs: list[str] = []
    level = 0
    for section in found:
        if level and section.level <= level:
            break
        if level:
            labelled = [f"{section.heading}: {paragraph}" for paragraph in section.paragraphs[:1]]
            paragraphs += [*labelled, *section.paragraphs[1:]]
        elif heading.fullmatch(_NUMBER.sub("", section.heading)):
            level, paragraphs = section.level, [*section.paragraphs]
    return [paragraph for paragraph in paragraphs if not is_empty(paragraph)]


def front_matter(text: str, source: Source) -> tuple[dict[str, Any], str]:
    """The front matter, in values that JSON has, and the text behind it; an error where it is none that can be read."""
    match = _FRONT.match(text)
    if not match:
        return {}, text
    written = match["yaml"] if match["yaml"] is not None else match["toml"]
    if len(written) > MAX_FRONT:
        raise source.error(f"over {MAX_FRONT >> 20} MiB of front matter: shorten it")
    if _DEEP.search(written):
        raise source.error("front matter that cannot be read (nested too deeply): repair it or remove it", 1)
    try:
        front = _yaml(written) if match["yaml"] is not None else tomllib.loads(written)
    except (ValueError, RecursionError) as error:
        raise source.error(f"front matter that cannot be read ({error}): repair it or remove it", 1) from error
    if front is None:
        return {}, text[match.end() :]
    if not isinstance(front, dict):
        if match["yaml"] is not None and isinstance(front, str):
            return {}, text  # prose between two rules
        raise source.error(f"front matter that is a {type(front).__name__}, not names with values: repair it", 1)
    plain_values = json.loads(json.dumps(front, default=str, skipkeys=True), parse_constant=lambda _: None)
    return plain_values, text[match.end() :]


def _yaml(text: str) -> Any:
    """YAML's plain values; a `ValueError` for all else. Aliases are refused: a few can stand for gigabytes."""
    import yaml

    try:
        if any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=yaml.SafeLoader)):
            raise ValueError("it has aliases, which are not read")
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise ValueError(" ".join(str(error).split())) from error


def _recognise(source: Source) -> str:
    match = _FRONT.match(source.head[:MAX_FRONT])
    if not match or not _KNOWN_KEY.search(match["yaml"] or match["toml"] or ""):
        return ""
    return "it begins with front matter"


MARKDOWN = Format("markdown", read_markdown, _recognise, ("md", "markdown", "mdown", "mkd", "qmd", "rmd"), whole=True)
