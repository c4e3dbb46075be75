"""Choose among abstracts by category and date, and count what is left out, by reason."""

import re
from calendar import monthrange
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from email.utils import parsedate
from typing import Any

from pipeline.errors import ConfigError, RecordError
from pipeline.readers.fields import plain
from pipeline.readers.options import ReadOptions
from pipeline.records import Abstract

REASONS = {
    "category": "by --category",
    "no category": "having no category",
    "date": "by --since and --until",
    "no date": "having no date",
}
"""Why a record may be left out, and how it is said, in this order."""

_CATEGORY = re.compile(r"[a-z][a-z-]*(?:\.[a-z-]+)?")
_DATE = re.compile(r"(\d{4})(?:[-/.]?(\d{2})(?:[-/.]?(\d{2}))?)?(?!\d)")
_ASKED_DATE = re.compile(r"\d{4}(?:-\d{2}(?:-\d{2})?)?")
_CATEGORY_FIELDS = ("categories", "category", "primarycategory")
_DATE_FIELDS = ("date", "published", "publicationdate", "versions", "year", "updatedate")


def chooser(options: ReadOptions) -> Callable[[Abstract], str]:
    """A function that says why an abstract is left out, as one of `REASONS`, or "" if it is not.

    `category` is a comma-separated list of exact categories of arXiv (`cs.LG`) or of archives (`cs`: all of it);
    `since` and `until` are a year, a month or a day, both inclusive. A date that is coarser than they are (2021 for a
    month of it) is kept. A record without a category or date that can be read is left out for that.
    Raises `ConfigError` for values that make no sense.

    >>> leave_out = chooser(ReadOptions(category="cs, stat.ML", since="2021-06"))
    >>> metas = ({"categories": "math.ST stat.ML", "date": "2021-06-01"}, {"categories": ["math.ST"]}, {})
    >>> [leave_out(Abstract("1", "", "We ...", meta=meta)) for meta in metas]
    ['', 'category', 'no category']
    """
    wanted = wanted_categories(options.category)
    for name in ("since", "until"):
        _check_date(name, getattr(options, name))
    since, until = options.since, options.until
    if since and until and not _within(until, since, ""):
        raise ConfigError(f"nothing is since {since} and until {until}: exchange them")

    def left_out(abstract: Abstract) -> str:
        if wanted:
            found = categories_of(abstract.meta)
            if not found:
                return "no category"
            if not is_wanted(found, wanted):
                return "category"
        if since or until:
            day = date_of(abstract.meta)
            if not day:
                return "no date"
            if not _within(day, since, until):
                return "date"
        return ""

    return left_out


def wanted_categories(given: str) -> tuple[str, ...]:
    """The categories of a comma-separated list. Raises `ConfigError` for what is none.

    >>> wanted_categories("cs.LG, stat")
    ('cs.lg', 'stat')
    """
    wanted = tuple(name for name in re.split(r"[,\s]+", given.casefold()) if name)
    for name in wanted:
        if not _CATEGORY.fullmatch(name):
            raise ConfigError(f"{name!r} is no category: give a list such as cs.LG,stat.ML or an archive such as cs")
    return wanted


def is_wanted(found: Sequence[str], wanted: Sequence[str]) -> bool:
    """Whether one of the categories is asked for, by its name or by its archive's."""
    names = [name.casefold() for name in found]
    return any(name in wanted or name.partition(".")[0] in wanted for name in names)


def chosen(
    items: Iterator[Abstract | RecordError], options: ReadOptions, left_out: Counter[str]
) -> Iterator[Abstract | RecordError]:
    """The items that are wanted; those that are not are counted in `left_out`, errors are kept."""
    if not (options.category or options.since or options.until):
        return items
    reason = chooser(options)

    def choose() -> Iterator[Abstract | RecordError]:
        for item in items:
            if isinstance(item, Abstract) and (why := reason(item)):
                left_out[why] += 1
            else:
                yield item

    return choose()


def _check_date(name: str, value: str) -> None:
    if not value:
        return
    try:
        if not _ASKED_DATE.fullmatch(value):
            raise ValueError
        date.fromisoformat(f"{value}-01-01"[:10])
    except ValueError:
        raise ConfigError(f"{name} {value!r} is no date: give YYYY, YYYY-MM or YYYY-MM-DD") from None


def _within(day: str, since: str, until: str) -> bool:
    """Whether a date is not before and not after others, each as exact as the coarser of the two."""
    return day[: len(since)] >= since[: len(day)] and (not until or day[: len(until)] <= until[: len(day)])


def categories_of(meta: Mapping[str, Any]) -> list[str]:
    """The categories in an abstract's meta: a list, or one text with spaces or commas.

    >>> categories_of({"categories": "cs.LG stat.ML"})
    ['cs.LG', 'stat.ML']
    """
    for value in _values(meta, _CATEGORY_FIELDS):
        texts = value if isinstance(value, list) else [value]
        names = [name for text in texts if isinstance(text, str) for name in re.split(r"[,;\s]+", text)]
        if any(names):
            return [name for name in names if name]
    return []


def date_of(meta: Mapping[str, Any]) -> str:
    """When an abstract came out, as exactly as its meta says it: the first field that can be read as a date."""
    return next((day for value in _values(meta, _DATE_FIELDS) if (day := _day(value))), "")


def _day(value: Any) -> str:
    """A value as YYYY[-MM[-DD]], or "" if it is no date.

    >>> [_day(value) for value in (2021, "2021-06-04T10:00:00Z", "2021/06", "4 Jun", "2021-13-01", True)]
    ['2021', '2021-06-04', '2021-06', '', '2021', '']
    >>> _day([{"version": "v1", "created": "Mon, 2 Apr 2007 19:18:42 GMT"}, {"version": "v2"}])
    '2007-04-02'
    """
    if isinstance(value, list) and value and isinstance(value[0], dict):
        value = value[0].get("created")  # the first version of several
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip() if isinstance(value, str | int) and not isinstance(value, bool) else ""
    if match := _DATE.match(text):
        year, month, day = match.groups()
        if not month or not 1 <= int(month) <= 12 or not int(year):
            return str(year)
        if not day or not 1 <= int(day) <= monthrange(int(year), int(month))[1]:
            return f"{year}-{month}"
        return f"{year}-{month}-{day}"
    moment = parsedate(text) if text else None
    return _day(f"{moment[0]:04d}-{moment[1]:02d}-{moment[2]:02d}") if moment else ""


def _values(meta: Mapping[str, Any], names: tuple[str, ...]) -> Iterator[Any]:
    """The values of the fields with these names that a record has, in the order of the names."""
    keys: dict[str, str] = {}
    for key in meta:
        keys.setdefault(plain(key), key)
    return (meta[keys[name]] for name in names if name in keys)
