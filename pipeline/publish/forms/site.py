"""A static bilingual reading site: an index with search, and a page an abstract, English and Chinese side by side.

    index.html, site.css, site.js      the index; it works from a disk, with no network and no server
    list.js                            what it lists: titles, categories, years, issues
    text-000.js, ...                   the texts that are searched, loaded when someone searches
    abs/ID.html                        the pages

Nothing in a text can become mark-up: pages are made with escaping on, data are JSON.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from pipeline.publish.forms.units import About, title_issues
from pipeline.publish.items import Item
from pipeline.publish.licence_names import recognise
from pipeline.publish.licences import said_of
from pipeline.readers.choose import categories_of, date_of

TEMPLATES = Path(__file__).parent / "site_files"
PAGES, CHUNK = "abs", 250  # folder of the pages; abstracts whose text is in one file
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
_ARXIV = re.compile(r"(?:arxiv:)?((?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d+)?)", re.IGNORECASE)
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)  # by Windows
_LONGEST_NAME = 80


def write_site(items: Iterable[Item], about: About, folder: Path) -> None:
    """Write the whole site into `folder`."""
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES), undefined=jinja2.StrictUndefined, trim_blocks=True,
        lstrip_blocks=True, autoescape=True,
    )  # fmt: skip
    for name in ("site.css", "site.js"):
        shutil.copyfile(TEMPLATES / name, folder / name)
    (folder / PAGES).mkdir()
    page, names = environment.get_template("abstract.html.jinja"), Names()
    listed: list[list[Any]] = []
    texts: list[list[str]] = []
    before = ""
    for (item, name), following in _with_next((item, names.of(item.id)) for item in items):
        found = _facts(item)
        html = page.render(item=item, about=about, before=before, after=following, **found)
        (folder / PAGES / name).write_text(html, encoding="utf-8")
        listed.append([name, item.id, item.title, item.title_zh, found["names"], found["year"], len(item.issues)])
        texts.append([item.source, item.target])
        if len(texts) == CHUNK:
            _write_texts(folder, len(listed) // CHUNK - 1, texts)
            texts = []
        before = name
    if texts:
        _write_texts(folder, len(listed) // CHUNK, texts)
    _write_data(
        folder / "list.js", f"var LIST = {_json(listed)}, CHUNK = {CHUNK}, LANGUAGE = {_json(about.language)};\n"
    )
    html = environment.get_template("index.html.jinja").render(about=about, count=len(listed))
    (folder / "index.html").write_text(html, encoding="utf-8")


def _facts(item: Item) -> dict[str, Any]:
    said = said_of(item.meta)
    return {
        "names": categories_of(item.meta), "year": date_of(item.meta)[:4], "date": date_of(item.meta),
        "licence": recognise(said).licence or said, "arxiv": arxiv_id(item), "title_issues": title_issues(item),
    }  # fmt: skip


def _with_next(pages: Iterable[tuple[Item, str]]) -> Iterator[tuple[tuple[Item, str], str]]:
    """Each page with the name of the one after it, "" for the last."""
    iterator = iter(pages)
    current = next(iterator, None)
    for following in chain(iterator, [None]):
        if current:
            yield current, following[1] if following else ""
        current = following


def _write_texts(folder: Path, number: int, texts: list[list[str]]) -> None:
    _write_data(folder / f"text-{number:03d}.js", f"loaded({number}, {_json(texts)});\n")


def _write_data(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")


def _json(value: Any) -> str:
    # U+2028 and U+2029 end a line in older JavaScript
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("\u2028", "\\u2028").replace("\u2029", "\\u2029").encode("utf-8", "replace").decode()


class Names:
    """File names for ids: safe on every system, never the same twice, whatever the case.

    >>> names = Names()
    >>> [names.of(one) for one in ("2110.02932", "hep-th/9901001", "a/../b")]
    ['2110.02932.html', 'hep-th-9901001-e87280ea.html', 'a-..-b-900ea8b7.html']
    """

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, identifier: str) -> str:
        """The name of an id's page."""
        safe = _UNSAFE.sub("-", identifier).strip("-.")[:_LONGEST_NAME] or "abstract"
        safe = f"_{safe}" if _RESERVED.match(safe) else safe
        name, seed = safe, identifier
        while name.casefold() in self._taken or (name == safe and safe != identifier):
            seed = hashlib.sha256(seed.encode("utf-8", "replace")).hexdigest()
            name = f"{safe}-{seed[:8]}"
        self._taken.add(name.casefold())
        return f"{name}.html"


def arxiv_id(item: Item) -> str:
    """The id by which arXiv knows an abstract, or nothing."""
    match = _ARXIV.fullmatch(str(item.meta.get("arxiv_id") or item.id))
    return match[1] if match else ""
