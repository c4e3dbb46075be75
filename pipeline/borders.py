"""Decide whether a stop ends a sentence: named rules over the tokens around it, for `pipeline.segment`.

Each rule answers yes, no, or nothing; the first answer in the order of `RULES` counts. What the rules do not know is
words: a stop after a word that is no abbreviation ends a sentence; after one that can do both ("etc.", "et al.",
"U.S.") it does if the next word is a common first word of a sentence (`STARTERS`).
"""

import re
from collections.abc import Callable
from typing import NamedTuple

_FIRST_WORDS = """
We The To This In Our However These A While By Furthermore It Specifically On For Finally Additionally Moreover
Across Using As Through First Unlike Despite Although Second At With Based Overall Notably When An Each All
Given Beyond Then Therefore Such Under Yet Most During Compared Inspired Together Motivated More Third
Leveraging Consequently Here Thus Both Meanwhile Instead They Since Crucially Recently Empirically Among Its One
Further Rather Because From Two After Subsequently Within Nevertheless Many Due Three Next Even Importantly
Without Their Conversely But If Ultimately Besides Firstly Secondly Thirdly Unfortunately Remarkably Concretely
Hence Several There Theoretically Lastly Surprisingly And Also Some Interestingly Accordingly Particularly Over
Four Once Considering Similarly Nonetheless How That Though Towards Currently Every What Collectively
Simultaneously Only Another Where Alongside Fourth Indeed Typically Neither Against Still Regarding Whereas
Alternatively Upon Thanks Like So Those Experiments Experimental Extensive Results Existing Previous Prior
Recent Numerical Code Why Who Can Do Does Is Are No Nor Not Until Unless He She Future Following Traditionally
Evaluating Applying Analyzing Comparing
"""
_NEVER = """
e.g i.e eg ie cf cp viz vs v.s w.r.t wrt a.k.a s.a abbr dr prof mr mrs ca ex
"""
_NUMBERED = """
fig figs eq eqs eqn eqns sec secs sect ch chap chaps ref refs tab tabs tbl thm thms lem prop props def defs alg
algs algo cor app no nos nr vol ver p pp op ln jan feb mar apr jun jul aug sep sept oct nov dec
"""
_BOTH = """
al et.al etc resp approx avg max min dim incl excl est dept inst inc ltd co corp jr sr st mt ave ed eds v std
univ intl int conf proc appl comm sci comput trans lett bros
"""
_KINDS = """
type class option plan group category case hypothesis theorem appendix part phase step stage vitamin hepatitis
model level grade set condition variant version arm cohort figure table section
"""

STARTERS = frozenset(_FIRST_WORDS.split())
"""Words that start sentences and hardly ever follow an abbreviation inside one."""

NEVER_LAST = frozenset(_NEVER.split())
"""Abbreviations that end no sentence."""

BEFORE_NUMBER = frozenset(_NUMBERED.split())
"""Abbreviations before a number, and elsewhere words."""

EITHER = frozenset(_BOTH.split())
"""Abbreviations that a sentence may end with."""

LETTERED = frozenset(_KINDS.split())
"""What single letters tell apart: "type B", "vitamin D"."""

_NAMES_WITH_MARK = frozenset(("yahoo!", "jeopardy!", "checkthat!", "wham!", "whamr!", "kahoot!", "who?"))
_OPENERS = "\"'“‘([{*«"
_OPERATORS = frozenset("<>=≤≥≪∈×+")
_NUMBER = re.compile(r"[(\[$#]*\d[\d.,:()–-]*[a-z]?[)\].,;:]*$")
_QUANTITY = re.compile(r"[~<>≈±]?\d[\d.,]*$")
_ITEM = r"\d{1,2}|[A-Za-z]|[ivx]{1,4}"
_LIST_NUMBER = re.compile(rf"(?:(?:[A-Z]|RQ)?\d{{1,2}}|{_ITEM}|\((?:{_ITEM})\))$")
_LIST_MARKER = re.compile(r"(?:[a-h]|[ivx]{1,4})\)")
_DOTTED = re.compile(r"(?:[^\W\d_]{1,2}\.-?)+[^\W\d_]{1,2}$")  # "U.S", "Ph.D", "i.i.d", "J.-P"
_ORDINARY = re.compile(r"[a-z][a-z'’/-]*[a-z]{2}$")


class Candidate(NamedTuple):
    """A stop that may end a sentence: the token before it, the stop, what closes after it, and the next token."""

    word: str
    stop: str
    closers: str
    after: str
    previous: str  # the token before the word; empty where the word is the first of its segment

    @property
    def starts(self) -> bool:
        """Whether the next token is a common first word of a sentence."""
        return self.after.strip(_OPENERS).rstrip(",:") in STARTERS

    @property
    def continues(self) -> bool:
        """Whether the next token goes on with a sentence: closing punctuation or a plain lower-case word.

        Not plain are names ("iGPT", "wav2vec", "k-NN"), addresses and list markers ("ii)").
        """
        head = self.after.rstrip(".,;:")
        if not head or head[0] in ",;:.)]}":
            return True
        if not "a" <= head[0] <= "z" or _LIST_MARKER.match(head):
            return False
        return head[1:2] != "-" and head.islower() and "://" not in head and not any(map(str.isdigit, head))

    @property
    def before_capital(self) -> bool:
        """Whether the next token starts with a capital."""
        return self.after.strip(_OPENERS)[:1].isupper()

    @property
    def is_unit(self) -> bool:
        """Whether the word follows a number: "3 min", "100 W"."""
        return _QUANTITY.match(self.previous) is not None


def after_mark(candidate: Candidate) -> bool | None:
    """`?` and `!` end a sentence unless it goes on; in names such as "Yahoo!" only before a first word."""
    if candidate.stop[-1] not in "?!":
        return None
    if f"{candidate.word}{candidate.stop}".lower() in _NAMES_WITH_MARK:
        return candidate.starts
    return not candidate.continues and candidate.after[0] not in "-–—"


def after_ellipsis(candidate: Candidate) -> bool | None:
    """Three dots end a sentence before a first word, or before any capital if they are glued to a word."""
    if "…" not in candidate.stop and "..." not in candidate.stop:
        return None
    return candidate.starts or (candidate.word != "" and candidate.before_capital)


def after_list_number(candidate: Candidate) -> bool | None:
    """The stop of a list item's number belongs to it: "1. We detect", "two cases: a. the reward", "and 3. replay"."""
    if candidate.closers.strip(")") or not _LIST_NUMBER.match(candidate.word):
        return None
    listed = candidate.previous[-1:] in ("", ":", ";") or candidate.closers != ""
    return False if listed or candidate.continues else None


def after_abbreviation(candidate: Candidate) -> bool | None:
    """Some abbreviations never end a sentence, some not before a number, the others only before a first word."""
    word = candidate.word.lstrip(_OPENERS).removeprefix("non-")
    if len(word) > 1 and word.isalpha() and word.isupper():
        return None  # an acronym: "IE", "CA", "ED"
    word = word.lower()
    if word in NEVER_LAST:
        return False
    if word in BEFORE_NUMBER:
        numbered = candidate.closers[-1:].isdigit() or candidate.after[0] in "$\\⟦" or _NUMBER.match(candidate.after)
        return False if numbered or candidate.continues else None
    if word == "etc" and not candidate.closers:
        return not candidate.continues
    if word in EITHER or _DOTTED.match(word):
        return candidate.starts or (word == "min" and candidate.is_unit and candidate.before_capital)
    return None


def after_letter(candidate: Candidate) -> bool | None:
    """A letter is an initial ("J. Smith", "E. coli") unless it is a unit, a quantity or a label ("type B")."""
    word = candidate.word.lstrip(_OPENERS)
    if len(word) != 1 or not "a" <= word.lower() <= "z" or candidate.starts:
        return None
    previous = candidate.previous
    no_initial = word.islower() or candidate.is_unit or previous.lower() in LETTERED or previous[-1:] in _OPERATORS
    return no_initial and candidate.before_capital


def after_word(candidate: Candidate) -> bool:
    """Any other stop ends a sentence, before a plain lower-case word only if an ordinary word ends there."""
    if not candidate.continues:
        torn_address = "://" in candidate.word and candidate.after[0].islower()  # "https://github. com/x"
        return not torn_address
    ordinary = not candidate.closers and _ORDINARY.match(candidate.word.lstrip(_OPENERS)) is not None
    return ordinary and candidate.after[0].islower() and candidate.after not in ("and", "or")


RULES: tuple[Callable[[Candidate], bool | None], ...] = (
    after_mark,
    after_ellipsis,
    after_list_number,
    after_abbreviation,
    after_letter,
)


def ends_sentence(candidate: Candidate) -> bool:
    """Ask the rules in order; `after_word` decides where none has an answer.

    >>> ends_sentence(Candidate("al", ".", "", "(2019)", "et")), ends_sentence(Candidate("al", ".", "", "We", "et"))
    (False, True)
    """
    for rule in RULES:
        verdict = rule(candidate)
        if verdict is not None:
            return verdict
    return after_word(candidate)
