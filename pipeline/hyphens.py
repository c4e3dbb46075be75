"""Join words that were hyphenated at the end of a line, and keep the hyphens of compounds.

"repre-/sentation" is one word, "state-of-the-/art" and "self-/supervised" are compounds. What the same text writes
elsewhere decides first; then the parts do. The word lists are the commonest first and last parts of compounds in
abstracts of machine learning, where the broken form would not be a word of its own.
"""

import re

_BREAK = re.compile(r"[-\u2010\u00ac][^\S\n]*\n[^\S\n]*(?=[^\W\d_])")
_LEFT = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*\Z")
_RIGHT = re.compile(r"[^\W\d_]\w*")
_LONGEST_WORD = 60  # letters before a break that are looked at

# First parts that hardly ever begin a broken word.
_FIRST_PARTS = """
    self non cross semi post few zero one two three four five six low high higher lower end state real long short
    large small fine coarse deep model task domain time open closed human machine well ill near plug black white
    first second third single double dual full half left right fast slow weak strong user image text video audio
    graph node word token sentence document language vision point pixel object scene feature label sample class
    instance teacher student encoder decoder attention energy policy value gradient risk cost rule query content
    context knowledge memory noise error loss reward agent goal world physics computer resource parameter sequence
    data quasi pseudo ultra soft hard meta anti top bottom trade decision training diffusion learning instruction
    general retrieval prompt test transformer inference ground safety expert next privacy tool question fixed
    natural modality held reasoning information evidence source input semantic finite mixed structure frequency
    layer target event uncertainty multiple action best spatial visual geometry step whole region problem group log
    motion cold reference trajectory system flow patient role patch embedding depth surface scale latent identity
    hardware early quality score confidence continuous concept subject dataset edge cloud speech worst architecture
    fact preference entropy channel outcome distribution variable process same answer accuracy block compute
    optimization tree output network search character rank phase brain local quantum constraint sparse feed neuro
    hand widely floating heavy contact foundation nearest cutting power message hidden neural
"""
# First parts that are also beginnings of many words, each with the second parts that make a compound of it.
_COMPOUNDS = {
    "pre": "trained trains train training registered existing deployment specified processing processed defined text"
    " norm retrieval collected execution generated learned recorded screening constructed computed filtering selection",
    "re": "identification ranking ranker rank ranked ranks evaluation evaluate examine examination captioning encoding"
    " annotation annotate identify use used using training trained parameterization weighting weighted implementation",
    "co": "design designed occurrence occurrences occurring occur evolution evolve evolving training optimization"
    " speech creation adaptation learning authored author teaching location attention",
    "in": "context domain distribution depth house situ memory hand place cabin sample vehicle plane the vivo vitro",
    "inter": "class frame modal agent annotator rater subject layer model slice task observer variable channel"
    " image group modality object device domain satellite stage",
    "intra": "class frame modal layer image group modality domain subject slice",
    "multi": "agent view scale turn step task stage hop level dimensional objective label source class layer domain"
    " head model object robot channel round granularity image modal lingual fidelity party query token way armed arm"
    " grained resolution document camera person vector hypothesis target sensor site"
    " faceted center subject speaker frame branch layered bit",
    "sub": "network networks second questions queries score scores claim models model band populations quadratic"
    " linear task tasks graph graphs pixel agents gaussian optimal sampling",
    "per": "token layer sample step frame image scene class pixel task user instance query",
    "under": "explored resourced represented specified determined",
    "key": "value frame points",
    "on": "policy device demand chip chain premise premises par screen site the board",
    "off": "policy road chip diagonal manifold chain grid the shelf target",
    "out": "of",
    "up": "to sampled sampling weights",
    "down": "sampled sampling weights projection weighting stream",
    "bi": "temporal objective encoder encoders level modal directional linear lstm",
    "tri": "modal branch domain level planar plane",
    "uni": "modal directional",
    "auto": "labeling bidding encoder encoders regressive segmentation tuning",
    "mini": "batch batches dataset",
    "micro": "level expressions expression batches batch services average averaged",
    "macro": "level average averaged f",
    "hyper": "realistic connections parameters parameter network networks",
    "code": "switching mixed level generation switched based mixing editing specific",
    "free": "form text space viewpoint energy",
    "mid": "training tier range sized scale layer level",
    "bit": "width widths flip level exact",
    "so": "called",
    "tip": "of",
}
# Last parts that make a compound of almost anything before them.
_LAST_PARTS = """
    based level specific aware scale tuning tuned shot grained quality free driven source modal dimensional trained
    agent domain view resolution wise supervised efficient making guided dependent context centric fidelity agnostic
    resource constrained horizon augmented conditioned intensive oriented related preserving like purpose aligned
    relevant temporal grounded critical ended sensitive weight hoc stakes induced performing precision consuming
    invariant theoretic annotated weighted optimal inspired derived independent structured enhanced
"""
# Words of two that are written as one.
_WORDS = """
    hardware software dataset datasets database databases lightweight highlight highlights highlighted highlighting
    weakness weaknesses groundwork worldwide endpoint endpoints softmax metadata testbed statement statements
    constrained constrain otherwise textbook network networks shortcut shortcuts shortcoming shortcomings lossless
    pairwise stepwise pointwise listwise framework handle handled handles
"""

_LINKS = frozenset(["a", "and", "as", "at", "by", "for", "in", "of", "on", "or", "the", "to", "up"])
_FIRST = frozenset(_FIRST_PARTS.split())
_LAST = frozenset(_LAST_PARTS.split())
_ONE_WORD = frozenset(_WORDS.split())
_SECOND = {first: frozenset(seconds.split()) for first, seconds in _COMPOUNDS.items()}


def join_hyphenated(text: str) -> str:
    r"""Join words hyphenated at a line end; a compound keeps its hyphen and loses the line break.

    >>> join_hyphenated("repre-\nsentation, state-of-the-\nart, self-\nsupervised, pre-\ntrained, pre-\ndicted")
    'representation, state-of-the-art, self-supervised, pre-trained, predicted'
    """
    if "\n" not in text:
        return text
    parts: list[str] = []
    last, lowered = 0, text.lower()
    for match in _BREAK.finditer(text):
        left = _LEFT.search(text[max(last, match.start() - _LONGEST_WORD) : match.start()])
        right = _RIGHT.match(text, match.end())
        if left and right:
            hyphen = "-" if _is_compound(left[0], right[0], lowered) else ""
            parts += [text[last : match.start()], hyphen]
            last = match.end()
    return "".join([*parts, text[last:]]) if parts else text


def _is_compound(left: str, right: str, lowered: str) -> bool:
    """Whether `left-right` is a compound and not a word broken in two, judged by the lower-case text and its parts."""
    first, second = left.lower(), right.lower()
    if len(first) > 1 and _has_word(f"{first}-{second}", lowered):
        return True
    if first + second in _ONE_WORD or _has_word(first + second, lowered):
        return False
    if right[0].isupper() or (left.isupper() and len(left) > 1):
        return True
    if "-" in first:  # "state-of-the-/art", but not "self-super-/vised"
        first = first.rpartition("-")[2]
        if len(first) < 4 and first in _LINKS:
            return True
    if len(first) == 1:  # "k-/means", "x-/axis", but not "a-/gent"
        return first not in "aeio"
    if first in _SECOND:
        return second in _SECOND[first]
    return first in _FIRST or (second in _LAST and len(first) > 2)


def _has_word(word: str, text: str) -> bool:
    place = text.find(word)
    return place >= 0 and not (
        text[place - 1 : place].isalpha() or text[place + len(word) : place + len(word) + 1].isalpha()
    )
