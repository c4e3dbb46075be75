"""From text to the pieces a Marian model reads and back: SentencePiece, `vocab.json` and the target-language token.

What this module does not do: normalise punctuation (the pipeline does) or know word numbers (engines take pieces).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.errors import ModelError
from models.folder import LFS_POINTER, ModelFolder
from models.languages import language_tokens

END, UNKNOWN = "</s>", "<unk>"


@dataclass(frozen=True, slots=True)
class Encoded:
    """A source text as the model reads it: `pieces` with language token and `</s>`, how many of them are unknown."""

    pieces: list[str]
    unknown: int


class Tokens:
    """The tokenizer of one model folder for one target-language token ("" for none)."""

    def __init__(self, folder: ModelFolder, language_token: str = "") -> None:
        self._source = _load(folder.path / "source.spm")
        self._target = _load(folder.path / "target.spm")
        self._sources = {word: number for number, word in enumerate(folder.source_words)}
        self._targets = {word: number for number, word in enumerate(folder.target_words)}
        self._front = [language_token] if language_token else []
        padding = folder.target_words[folder.shape.pad]
        self._never_text = frozenset([END, UNKNOWN, padding, *language_tokens(self._sources)])

    @property
    def added(self) -> int:
        """How many pieces stand around a text: `</s>` and the language token."""
        return len(self._front) + 1

    def split(self, texts: Sequence[str]) -> list[list[str]]:
        """The source pieces of each text, nothing added."""
        pieces: list[list[str]] = self._source.encode(list(texts), out_type=str, num_threads=1)
        return pieces

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """The texts as the model reads them; pieces that it has no word for become `<unk>` and are counted."""
        return [self._encoded(pieces) for pieces in self.split(texts)]

    def split_target(self, texts: Sequence[str]) -> list[list[str]]:
        """The target pieces of each text, nothing added."""
        pieces: list[list[str]] = self._target.encode(list(texts), out_type=str, num_threads=1)
        return pieces

    def decode(self, pieces: Sequence[str]) -> tuple[str, int]:
        """The text of target pieces and how many `<unk>` were left out of it; byte pieces become characters."""
        text: str = self._target.decode_pieces([piece for piece in pieces if piece not in self._never_text])
        return text.replace("▁", " ").strip(), pieces.count(UNKNOWN)

    def copies(self, word: str) -> list[str]:
        """Target pieces that copy a source piece, with a space before it and without.

        In a joint vocabulary these are the piece and its twin; else whatever target.spm makes of its letters.
        """
        bare = word.lstrip("▁")
        return [word, bare, f"▁{bare}", *self.split_target([bare])[0]]

    def target_numbers(self, texts: Sequence[str]) -> list[list[int]]:
        """The numbers of each text's target words, nothing added; what the model has no word for is left out."""
        return [[self._targets[piece] for piece in row if piece in self._targets] for row in self.split_target(texts)]

    def source_numbers(self, texts: Sequence[str]) -> list[list[int]]:
        """The numbers of each text's source words, nothing added; what the model has no word for is left out."""
        return [[self._sources[piece] for piece in row if piece in self._sources] for row in self.split(texts)]

    def has(self, words: Sequence[str]) -> bool:
        """Whether the model has each of `words` as one word."""
        return self._sources.keys() >= set(words)

    def _encoded(self, pieces: list[str]) -> Encoded:
        known = [piece if piece in self._sources else UNKNOWN for piece in pieces]
        return Encoded([*self._front, *known, END], known.count(UNKNOWN))


def _load(path: Path) -> Any:
    import sentencepiece

    if path.read_bytes()[: len(LFS_POINTER)] == LFS_POINTER:
        raise ModelError(f"{path}: a Git LFS pointer, not the pieces: fetch them with 'git lfs pull'")
    try:
        return sentencepiece.SentencePieceProcessor(model_file=str(path))
    except (OSError, RuntimeError) as error:
        raise ModelError(f"{path}: not a SentencePiece model: {error}") from error


def output_words(folder: ModelFolder) -> list[int]:
    """The numbers of the words that the model may write: `</s>`, `<unk>` and its start word, then those of target.spm.

    No training target holds any other word of a joint vocabulary, such as the source's, so nothing is lost without
    them. In both engines only these take part in the search.
    """
    shape, words = folder.shape, folder.target_words
    pieces = _load(folder.path / "target.spm")
    known = {pieces.id_to_piece(number) for number in range(len(pieces))}
    first = list(dict.fromkeys((shape.end, words.index(UNKNOWN), shape.start)))
    return first + [number for number, word in enumerate(words) if word in known and number not in first]
