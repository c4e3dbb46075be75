"""Tell text from binary data, and which encoding a text is in, by trial decoding.

The candidates are those in which English abstracts and their Chinese translations are found. Each is judged by what
the decoded text looks like; two candidates that look equally good, or none that looks good, give no answer, never a
guess. Encodings of other languages are out of scope.
"""

import codecs
import re
from collections.abc import Callable

_BOMS = (  # UTF-32 first: its little-endian mark begins with UTF-16's
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_MAGIC = (
    (b"%PDF-", "a PDF: extract its text first, for example with pdftotext"),
    (b"PK\x03\x04", "a zip archive inside another archive: unpack it first"),
    (b"\xd0\xcf\x11\xe0", "an old Office document (.doc, .xls): save it as plain text or CSV"),
    (b"bplist00", "a Safari web archive or property list: save the page as its source (HTML)"),
    (b"{\\rtf", "an RTF document: save it as plain text"),
    (b"SQLite format 3", "an SQLite database: export the table as JSON lines or CSV"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it first"),
    (b"Rar!", "a rar archive: unpack it first"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"\x7fELF", "a program"),
)
_SCAN = 64 << 20  # bytes in which the encoding is verified; broken bytes beyond are errors of their records
_WHOLE = 1 << 20  # bytes below which a chunk is all there is
_SAMPLE = 256 << 10  # bytes of lines with non-ASCII characters that an encoding is guessed from
_CONTROL = bytes((*range(1, 8), *range(14, 27), *range(28, 32)))
_MAX_CONTROL = 0.02  # share of control bytes above which nothing is text; page breaks and a few stray ones are
_FEW = 3  # control bytes that prove nothing
_SURE = 0.85  # share of non-ASCII characters that must look right
_CLEAR = 0.1  # and the lead over the next candidate
_MIN_FREQUENT = 0.06  # share of very frequent characters in any running Chinese (0.2 to 0.4 is usual)
_FREQUENT = frozenset(
    "的一是在不了有和人这中大为上个国我以要时来用们生到作地于出就分对成会可主发年同也能过子说种面方后多定行学法所得经进"
    "与等部度如理性模型数据据习训练本文研究提方结果基通实验现这這個國時為動過說種產後學經點業還開關與對會應該們來習練數"
    "據結實驗網絡网络图像語言语算法任务任務最新多以及其将將从從更高机機器深度信息表明"
)
_PUNCTUATION = frozenset("“”‘’—–…·、。《》「」『』【】〈〉°±×÷→←≤≥≠≈∞∈∑αβγδεθλμπσ\u3000")
_LATIN_SIGNS = frozenset("€…‘’“”•–—™\u00a0£§©«®°±²³´µ·»×".encode("cp1252"))
_DECLARED_IN_XML = re.compile(rb"""\s*<\?xml\s[^>]*?\bencoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_DECLARED_IN_HTML = re.compile(rb"""<meta\b[^>]{0,300}?\bcharset\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_AS_BROWSERS_READ = {  # what calls itself Latin-1 is often Windows-1252, which has quotes where Latin-1 has nothing
    "iso8859-1": ("cp1252", "iso8859-1"),
    "gb2312": ("gb2312", "gb18030"),
    "gbk": ("gb18030",),
}
_OF_TEXT = ("gb", "big5", "cp", "iso8859", "euc", "shift_jis", "koi8", "mac", "tis")  # and not utf-7, punycode, ...
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")


def binary_kind(head: bytes) -> str:
    """What the first bytes of a file are if they are no text, and what to do about it; empty if they may be text.

    >>> binary_kind(b"%PDF-1.7 ...")
    'a PDF: extract its text first, for example with pdftotext'
    >>> binary_kind(b"We study text.")
    ''
    """
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head[257:262] == b"ustar":
        return "a tar archive: unpack it first"
    if wide_encoding(head):
        return ""
    control = len(head) - len(head.translate(None, _CONTROL))
    if b"\0" in head or control > max(_MAX_CONTROL * len(head), _FEW):
        return "a binary file"
    return ""


def columnar_kind(head: bytes) -> str:
    """The name of the format in columns that a file's first bytes show: "parquet", "arrow" or "".

    >>> columnar_kind(b"PAR1\\x15\\x04"), columnar_kind(b"We study text.")
    ('parquet', '')
    """
    if head.startswith(b"PAR1"):
        return "parquet"
    # a stream begins with a mark and the length of its schema
    stream = head.startswith(b"\xff\xff\xff\xff") and 0 < int.from_bytes(head[4:8], "little") < len(head)
    return "arrow" if stream or head.startswith(b"ARROW1\0\0") else ""


def wide_encoding(data: bytes) -> str:
    r"""UTF-8, 16 or 32 by its byte-order mark, or UTF-16 without one by the zero bytes of its English; or "".

    >>> wide_encoding("We study text.".encode("utf-16-le"))
    'utf-16-le'
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding
    head = data[: min(len(data), 4096) // 2 * 2]
    if len(head) >= 8 and b"\0" in head:
        even, odd = (head[start::2].count(0) / (len(head) / 2) for start in (0, 1))
        if odd > 0.4 and even < 0.05:
            return "utf-16-le"
        if even > 0.4 and odd < 0.05:
            return "utf-16-be"
    return ""


def declared_encoding(head: bytes) -> str:
    """Python's name of the encoding that XML or an HTML page declares for itself, if it is right; "" if it is Unicode.

    >>> declared_encoding(b'<?xml version="1.0" encoding="ISO-8859-2"?><a/>')
    'iso8859-2'
    >>> declared_encoding(b'<meta http-equiv="Content-Type" content="text/html; charset=GBK">')
    'gb18030'
    """
    if not (match := _DECLARED_IN_XML.match(head) or _DECLARED_IN_HTML.search(head[: 64 << 10])):
        return ""
    try:
        name = codecs.lookup(match[1].decode()).name
    except LookupError:
        return ""  # nobody knows it: it is looked at like a text without a declaration
    candidates = _AS_BROWSERS_READ.get(name, (name,)) if name.startswith(_OF_TEXT) else ()
    return next((candidate for candidate in candidates if _decodes(head, candidate)), "")


def _decodes(head: bytes, encoding: str) -> bool:
    """Whether the first bytes of a file are text in an encoding; a character may be cut at their end."""
    try:
        codecs.getincrementaldecoder(encoding)().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def guess_encoding(data: bytes) -> str:
    """Python's name of the encoding of bytes that are no UTF-16 or 32, or "" where none is sure. ASCII is UTF-8.

    UTF-8 with a few broken bytes is still UTF-8: whoever decodes must look for what is broken.

    >>> guess_encoding("我们提出一种模型，用于文本".encode("gb18030"))
    'gb18030'
    >>> guess_encoding("a naïve “model”".encode("cp1252"))
    'cp1252'
    >>> guess_encoding(b"\\xfe\\xc1\\xff")
    ''
    """
    if encoding := _utf8(data):
        return encoding
    shares = sorted(((_chinese_share(data, name), name) for name in ("gb18030", "big5")), reverse=True)
    shares = sorted([*shares, (_latin_share(data), "cp1252")], reverse=True)
    (best, name), (second, _) = shares[:2]
    return name if best >= _SURE and best - second >= _CLEAR else ""


def sample_if_not_utf8(head: bytes, read: Callable[[], bytes]) -> bytes:
    """Lines with non-ASCII bytes from the head and from where decoding first fails; empty if all is UTF-8.

    `read` gives what stands behind the head, a chunk a call, and b"" at the end.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    chunk, scanned = head, 0
    while chunk and scanned < _SCAN:
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError:
            lines = [*_foreign(head), *(_foreign(chunk) if scanned else [])]
            return b"\n".join(lines)
        scanned += len(chunk)
        chunk = read()
    try:
        decoder.decode(b"", final=not chunk)
    except UnicodeDecodeError:
        return b"\n".join(_foreign(head))
    return b""


def _foreign(chunk: bytes) -> list[bytes]:
    """Lines with bytes over 127, up to a sample's size; lines that the chunk's borders may cut are left out."""
    lines = chunk.split(b"\n")
    if len(chunk) >= _WHOLE and len(lines) > 2:
        lines = lines[1:-1]
    sample, size = [], 0
    for line in lines:
        if not line.isascii() and size < _SAMPLE:
            sample.append(line)
            size += len(line)
    return sample


def _utf8(data: bytes) -> str:
    """UTF-8 if it decodes, or if at least twice as many characters are right as bytes are wrong; or ""."""
    text = data.decode("utf-8", "surrogateescape")
    wrong = sum("\udc80" <= char <= "\udcff" for char in text)
    right = sum(char > "\x7f" for char in text) - wrong if wrong else 0
    # a sample may be cut within its last character
    return "utf-8" if right >= 2 * wrong or (right and wrong <= 3 and "\udc80" <= text[-1] <= "\udcff") else ""


def _chinese_share(data: bytes, encoding: str) -> float:
    """Share of the non-ASCII characters that are common ones of this encoding; 0 if it is no running Chinese."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(data)  # not final: a sample may be cut
    except UnicodeDecodeError:
        return 0.0
    chars = [char for char in text if char > "\x7f"]
    hanzi = [char for char in chars if "\u4e00" <= char <= "\u9fff"]
    if not chars or (hanzi and sum(char in _FREQUENT for char in hanzi) < _MIN_FREQUENT * len(hanzi)):
        return 0.0
    return sum(_is_common(char, encoding) for char in chars) / len(chars)


def _is_common(char: str, encoding: str) -> bool:
    """Whether a character is in the encoding's table of frequent ones (level 1), or is usual punctuation."""
    if char in _PUNCTUATION or "\uff01" <= char <= "\uff5e":
        return True
    code = char.encode(encoding)
    if encoding == "big5":
        return 0xA4 <= code[0] <= 0xC6
    return len(code) == 2 and 0xB0 <= code[0] <= 0xD7 and code[1] >= 0xA1


def _latin_share(data: bytes) -> float:
    """Share of the bytes over 127 that are plausible in English text: accents in words, quotes, dashes, signs."""
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return 0.0
    good = total = 0
    for match in _HIGH_RUN.finditer(data):
        run, (start, end) = match[0], match.span()
        before, after = data[max(start - 1, 0) : start], data[end : end + 1]
        total += len(run)
        if len(run) > 2:
            continue
        lower_before = before.islower()
        for byte in run:
            is_letter = byte >= 0xC0 and byte not in (0xD7, 0xF7)
            in_word = before.isalpha() or after.isalpha()
            capital_inside = byte < 0xDF and lower_before  # "helloÓ" is another encoding's quotation mark
            good += (is_letter and in_word and not capital_inside) or (byte in _LATIN_SIGNS and len(run) == 1)
    return good / total if total else 0.0
