"""What a user can say about how input is to be read."""

from dataclasses import dataclass

SPLITS = ("file", "lines", "paragraphs")


@dataclass(frozen=True, slots=True)
class ReadOptions:
    """How to read: everything can be left to content and suffix.

    `format` is "auto" or a name of `pipeline.readers.FORMATS`; `split` says what one abstract is in plain text;
    `pattern` chooses files in folders (against the name, or against the path in the folder if it has a slash). The
    field names are those of JSON objects (a dot goes into nested ones) or columns of a table (or their numbers, from
    1, where it has no header); empty means guess. `text_optional` reads records that have a reference alone.

    `category`, `since` and `until` choose among what is read, as `pipeline.readers.choose` says; empty means all.
    `offline` keeps from asking the hub.

    >>> ReadOptions(text_field="summary").format
    'auto'
    """

    format: str = "auto"
    split: str = "file"
    pattern: str = "*"
    id_field: str = ""
    text_field: str = ""
    title_field: str = ""
    category: str = ""
    since: str = ""
    until: str = ""
    offline: bool = False
    text_optional: bool = False
