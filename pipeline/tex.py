r"""Read TeX's mark-up of text: accents, font commands, links, notes, quotes, dashes, spaces and escaped signs.

Only mark-up whose meaning is plain text is read; math, citations and unknown commands stay as they are, for
`pipeline.mask` to protect. Abstracts come with it from arXiv, BibTeX and authors' sources.
"""

import re
import unicodedata
from collections.abc import Callable

_INSIDE = r"((?:[^{}]|\{(?:[^{}]|\{[^{}]*\})*\})*)"  # what stands in braces, with braces of its own two deep
_COMBINING = {
    "'": "\u0301", "`": "\u0300", "^": "\u0302", '"': "\u0308", "~": "\u0303", "=": "\u0304", ".": "\u0307",
    "u": "\u0306", "v": "\u030c", "H": "\u030b", "c": "\u0327", "k": "\u0328", "r": "\u030a", "d": "\u0323",
}  # fmt: skip
_ACCENT = re.compile(
    r"""\\(?P<sign>['`^"~=.])\s*"""
    r"(?:\{\\?(?P<braced>[^\W\d_])\s*\}|\{\{(?P<twice>[A-Za-z])\}\}|\\(?P<dotless>[ij])(?![A-Za-z])\s?|(?P<plain>[A-Za-z]))"
    r"|\\(?P<letter>[uvHckrd])(?:\{\\?(?P<inner>[^\W\d_])\}|\\(?P<bare>[ij])(?![A-Za-z])\s?"
    # "Fran\c cois", but not "the \c method"
    r"|\s(?P<spaced>[A-Za-z])(?![A-Za-z])|(?<=[A-Za-z]\\[vc])\s(?P<within>[A-Za-z]))"
    r"|\{\\(?P<shut>['`^\"~])\}(?P<outside>[A-Za-z])"  # "T{\"}ulu"
)
_BASES = ("braced", "twice", "dotless", "plain", "inner", "bare", "spaced", "within", "outside")
_LETTERS = {
    "ss": "ß", "o": "ø", "O": "Ø", "l": "ł", "L": "Ł", "ae": "æ", "AE": "Æ", "oe": "œ", "OE": "Œ", "aa": "å", "AA": "Å",
    "i": "ı", "j": "ȷ", "dj": "đ", "DJ": "Đ", "dh": "ð", "DH": "Ð", "th": "þ", "TH": "Þ", "ng": "ŋ", "NG": "Ŋ",
}  # fmt: skip
_LETTER = re.compile(rf"\\({'|'.join(sorted(_LETTERS, key=len, reverse=True))})(?:\{{\}}|(?![A-Za-z]) ?)")
_BRACED_LETTER = re.compile(r"\{([^\x00-\x7f{}])\}")
_SPLIT_GREEK = re.compile(r"\\([a-zA-Z])\{([a-z]{1,6})\}")  # "\b{eta}": a converter took \beta for an accent
_BRACED_GREEK = re.compile(r"\{\\([a-zA-Z]+)\}")
_GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π", "rho": "ρ",
    "sigma": "σ", "tau": "τ", "phi": "φ", "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ",
    "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ", "Pi": "Π", "Sigma": "Σ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω",
}  # fmt: skip

_SIGNS = {
    "ldots": "...", "dots": "...", "textellipsis": "...", "textendash": "–", "textemdash": "—", "textgreater": ">",
    "textless": "<", "textasciitilde": "~", "textbar": "|", "textunderscore": "_", "textquotedblleft": "“",
    "textquotedblright": "”", "textquoteleft": "‘", "textquoteright": "’", "textquotesingle": "'", "texttrademark": "™",
    "textregistered": "®", "copyright": "©", "textdegree": "°", "degree": "°", "deg": "°", "textcelsius": "°C",
    "pounds": "£", "textsterling": "£", "euro": "€", "texteuro": "€", "dag": "†", "ddag": "‡", "textdagger": "†",
    "textmu": "µ", "textohm": "Ω", "textbullet": "•", "textperiodcentered": "·", "textquotedbl": '"',
    "textonehalf": "½",
    "guillemotleft": "«", "guillemotright": "»", "textasciicircum": "^", "LaTeX": "LaTeX", "TeX": "TeX",
    "pm": "±", "times": "×", "sim": "~", "approx": "≈", "leq": "≤", "geq": "≥", "rightarrow": "→", "to": "→",
    "S": "§", "xspace": "", "noindent": "", "centering": "", "protect": "", "footnotemark": "", "newline": " ",
    "par": " ", "quad": " ", "qquad": " ", "smallskip": " ", "medskip": " ", "bigskip": " ",
}  # fmt: skip
_SIGN = re.compile(rf"\\({'|'.join(sorted(_SIGNS, key=len, reverse=True))})(?![A-Za-z])(?:\{{\}})?")
_SHORT_FORMS = {
    "ie": "i.e.", "eg": "e.g.", "etal": "et al.", "etc": "etc.", "wrt": "w.r.t.", "iid": "i.i.d.",
    "aka": "a.k.a.", "vs": "vs.",
}  # fmt: skip
_SHORT_FORM = re.compile(rf"\\({'|'.join(_SHORT_FORMS)})(?![A-Za-z])(?:\{{\}})?\.?")

_FONT = re.compile(
    rf"\\(?:emph|text(?:bf|it|sc|tt|sf|rm|sl|up|md|normal)?|underline|mbox|hbox|uline|bm|boldmath)\s*\{{{_INSIDE}\}}"
    rf"|\\(?:textcolor|colorbox)(?:\[\w+\])?\{{[^{{}}]*\}}\s*\{{{_INSIDE}\}}"
    rf"|\{{\s*\\(?:bf|it|em|sc|tt|sf|rm|sl|bfseries|itshape|scshape|ttfamily)\s+{_INSIDE}\}}"
)
_ENQUOTED = re.compile(rf"\\enquote\*?\s*\{{{_INSIDE}\}}")
_NOTE = re.compile(rf"\s*\\footnote(?:text)?\s*(?:\[\d+\])?\{{\s*{_INSIDE}\s*\}}")
_URL = re.compile(r"\\(?:url|path)\s*\{([^{}\s]+)\}")
_LINK = re.compile(rf"\\href\s*\{{([^{{}}]*)\}}(?:\s*\{{{_INSIDE}\}}|(?!\s*\{{))")
_RAISED = re.compile(r"\\text(super|sub)script\s*\{([^{}]*)\}")
_INVISIBLE = re.compile(
    r"\\(?:(?:label|vspace\*?|hspace\*?|color)\{[^{}]*\}\s?|[-/@!](?![\w{])|(?<=\w\\)[-/](?=\w)"
    r"|(?:bf|it|em|sc|tt|sf|rm|sl|bfseries|itshape)(?![A-Za-z])\s?)"
)
_SPACE = re.compile(r"\\(?<=[\w.,)\ufdd0]\\)[ ,;:](?=\s?[\w$(°\ufdd0])")
_NEWLINE = re.compile(r"\s*\\\\(?![A-Za-z]+[{\s])\s*")
_DOUBLED = re.compile(r"\\\\(?=[A-Za-z]+\{)")
_TIE = re.compile(r"(?<=[\w.)\]°\ufdd0])~(?=[\w\\(\[$\ufdd0])|(?<=[-:,])~(?=\\)|(?<=[\w.):\]\ufdd0,])~(?=\s)")
_QUOTED = re.compile(r"(?:``|(?<![\w'])'')(?=\S)((?:(?!''|``|\n)[^\"“”]){1,300}?)(?<=\S)(?:''(?!')|\")")
_STRAIGHT_TO_TWO = re.compile(r"(?<![\w\"])\"(?=\w)([^\"'`“”\n]{1,200}?)(?<=\w)''(?!')")
_SINGLE_QUOTED = re.compile(r"(?<![\w`])`([^`'\n]{1,80})'(?![\w'])")


def unwrap_tex(text: str) -> str:
    r"""TeX's mark-up of text outside math as plain text; "\ufdd0" may stand for a math span.

    >>> unwrap_tex(r"\textbf{Schr\"odinger} by Erd\H{o}s, 95\% of ``cases''\footnote{See \url{https://a.org}.}")
    'Schrödinger by Erdős, 95% of “cases” (See https://a.org.)'
    """
    if "\\" in text:
        text = _commands(text)
    if "''" in text or "``" in text:
        text = _QUOTED.sub(r"“\1”", text)
        text = _STRAIGHT_TO_TWO.sub(r"“\1”", text)
    if "`" in text:
        text = _SINGLE_QUOTED.sub(r"‘\1’", text)
    if "~" in text:
        text = _TIE.sub(" ", text)
    if "--" in text:
        text = re.sub(r"(?<![-\w!<])---(?![->])|(?<=\w)---(?=\w)", "—", text)
        text = re.sub(r"(?<=[\d\ufdd0])--(?=[\d\ufdd0])", "–", text)
    if "{" in text:
        text = _BRACED_LETTER.sub(r"\1", text.replace("{,}", ","))
    return text


def _commands(text: str) -> str:
    text = _DOUBLED.sub(r"\\", text)
    text = _ACCENT.sub(_accented, _ACCENT.sub(_accented, text))  # "\~{\^e}" has two
    text = _LETTER.sub(lambda match: _LETTERS[match[1]], text)
    text = _SPLIT_GREEK.sub(lambda match: _GREEK.get(match[1] + match[2], match[0]), text)
    text = _BRACED_GREEK.sub(lambda match: _GREEK.get(match[1], match[0]), text)
    for sign, pattern, plain in _REWRITES:
        for _ in range(6 if sign in text else 0):  # mark-up stands in mark-up
            text, count = pattern.subn(plain, text)
            if not count:
                break
    text = re.sub(r"\\([%&#_])", r"\1", text)
    return re.sub(r"\\\$(?=\d)", "$", text)


def _accented(match: re.Match[str]) -> str:
    sign = match["sign"] or match["letter"] or match["shut"]
    base = next(match[name] for name in _BASES if match[name])
    composed = unicodedata.normalize("NFC", base + _COMBINING[sign])
    return composed if len(composed) == 1 else match[0]


def _first_group(match: re.Match[str]) -> str:
    return next((group for group in match.groups() if group is not None), "")


def _note(match: re.Match[str]) -> str:
    return f" ({match[1].strip()})"


def _linked(match: re.Match[str]) -> str:
    """The text of a link with its address in brackets, once if they are the same; "this https URL" is no address."""
    address, text = match[1].strip(), (match[2] or "").strip()
    if "://" in text and "://" not in address and " " not in text:
        address, text = text, address
    if "://" not in address or address in text:
        return text or address
    return f"{text} ({address})" if text else address


def _raised(match: re.Match[str]) -> str:
    sign = "^" if match[1] == "super" else "_"
    return sign + (match[2] if re.fullmatch(r"\w+", match[2]) else f"{{{match[2]}}}")


# each with a sign that is quick to look for, and without which the pattern does not match
_REWRITES: tuple[tuple[str, re.Pattern[str], str | Callable[[re.Match[str]], str]], ...] = (
    ("\\", _URL, r"\1"),
    ("\\href", _LINK, _linked),
    ("\\", _FONT, _first_group),
    ("\\enquote", _ENQUOTED, r"“\1”"),
    ("\\footnote", _NOTE, _note),
    ("script", _RAISED, _raised),
    ("\\", _SIGN, lambda match: _SIGNS[match[1]]),
    ("\\", _SHORT_FORM, lambda match: _SHORT_FORMS[match[1]]),
    ("\\", _INVISIBLE, ""),
    ("\\", _SPACE, " "),
    ("\\\\", _NEWLINE, " "),
)
