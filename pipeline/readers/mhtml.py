"""The page in an MHTML file: a mail message whose parts are a page and its images."""

import re
from email import message_from_bytes, policy

from pipeline.readers.encoding import declared_encoding, guess_encoding
from pipeline.readers.source import MAX_WHOLE, Source

_HEADER = re.compile(r"(?:[A-Za-z-]+:[^\n]*\n(?:[ \t][^\n]*\n)*){1,20}", re.ASCII)


def is_mhtml(head: str) -> bool:
    r"""Whether a text begins as an MHTML file does.

    >>> is_mhtml("From: <Saved by Blink>\nMIME-Version: 1.0\nContent-Type: multipart/related;\n\tboundary=x\n\n")
    True
    """
    header = _HEADER.match(head.replace("\r\n", "\n")[:4000])
    return header is not None and "multipart/related" in header[0].lower() and "mime-version" in header[0].lower()


def page_of(source: Source) -> str:
    """The text of the first HTML part; a `RecordError` is raised if there is none."""
    with source.readable() as file:
        data = file.read(MAX_WHOLE + 1)
    if len(data) > MAX_WHOLE:
        raise source.error(f"over {MAX_WHOLE >> 20} MiB in one page: save it as HTML only")
    message = message_from_bytes(data, policy=policy.compat32)
    part = next((part for part in message.walk() if part.get_content_type() == "text/html"), None)
    body = part.get_payload(decode=True) if part is not None else None
    if part is None or not isinstance(body, bytes):
        raise source.error("an MHTML file with no HTML page in it: save the page again, as HTML only")
    encoding = "utf-8" if guess_encoding(body) == "utf-8" else part.get_content_charset() or declared_encoding(body)
    try:
        return body.decode(encoding or guess_encoding(body) or "utf-8").replace("\r\n", "\n")
    except (LookupError, UnicodeDecodeError) as error:
        raise source.error(f"the page in it cannot be decoded ({error}): save it as HTML in UTF-8") from error
