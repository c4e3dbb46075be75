"""Is the converted model the model? The same sentences through both engines, and what int8 changes.

Converting ends with this check where torch is installed; its result is kept with the model.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from models.cache import derived, write_json
from models.folder import ModelFolder
from models.translator import Decoding, Translator

FILE = "parity.json"


@dataclass(frozen=True, slots=True)
class Agreement:
    """How far two translators agree on the same texts: share of identical texts, greatest difference of scores."""

    identical: float
    score_difference: float


@dataclass(frozen=True, slots=True)
class Parity:
    """CTranslate2 in float32 and in its default precision, each against torch in float32, on so many segments."""

    segments: int
    float32: Agreement
    default: Agreement
    default_precision: str
    versions: tuple[str, str]


def agreement(one: Translator, other: Translator, texts: Sequence[str], decoding: Decoding | None = None) -> Agreement:
    """Translate `texts` with both and compare."""
    pairs = list(zip(one.translate(texts, decoding), other.translate(texts, decoding), strict=True))
    same = sum(a.text == b.text for a, b in pairs)
    return Agreement(round(same / len(pairs), 4), round(max(abs(a.score - b.score) for a, b in pairs), 6))


def measure(
    folder: ModelFolder,
    reference: Translator,
    float32: Translator,
    default: Translator,
    texts: Sequence[str],
    decoding: Decoding | None = None,
) -> Parity:
    """Compare a model's translators on `texts` and keep the result in the model's cache."""
    parity = Parity(
        len(texts),
        agreement(reference, float32, texts, decoding),
        agreement(reference, default, texts, decoding),
        default.info.precision,
        (reference.info.engine_version, float32.info.engine_version),
    )
    write_json(derived(folder, FILE), asdict(parity))
    return parity
