"""The joint SentencePiece vocabulary of a model trained here, the Marian tokenizer files around it, and their use.

Unigram pieces with byte fallback (nothing is ever unknown), identity normalisation (full-width punctuation stays as
it is), split digits, and reserved mask tokens that are always one piece.
"""

import json
import random
from collections.abc import Iterable
from pathlib import Path

import sentencepiece

from models.errors import ModelError
from models.masks import RESERVED, RESERVED_COUNT, mask_pattern
from models.train.corpus import Encode, Pair

FILES = ("source.spm", "target.spm", "vocab.json", "target_vocab.json", "tokenizer_config.json")
MASK_TOKENS = tuple(RESERVED.format(number) for number in range(RESERVED_COUNT))


def train_vocabulary(pairs: Iterable[Pair], size: int, folder: Path, sample: int = 500_000, seed: int = 1) -> None:
    """Train pieces on both sides of `pairs` and write `source.spm`, `target.spm`, `vocab.json` and configs.

    The model has `size` words in all: `size - 1` pieces with `</s>` 0 and `<unk>` 1, and `<pad>` last, as Marian has.
    """
    folder.mkdir(parents=True, exist_ok=True)
    texts = [side for pair in pairs for side in pair]
    random.Random(seed).shuffle(texts)
    try:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(texts[:sample]),
            model_prefix=str(folder / "joint"),
            vocab_size=size - 1,
            model_type="unigram",
            character_coverage=0.9997,
            byte_fallback=True,
            split_digits=True,
            normalization_rule_name="identity",
            user_defined_symbols=list(MASK_TOKENS),
            eos_id=0,
            unk_id=1,
            bos_id=-1,
            pad_id=-1,
            max_sentence_length=8_192,
            num_threads=2,
            minloglevel=1,
        )
    except RuntimeError as error:  # the library's only class; it names the sizes that would do
        reason = str(error).rpartition("] ")[2]
        raise ModelError(f"vocabulary_size {size} does not fit the text: {reason}") from error
    (folder / "joint.vocab").unlink()
    joint = (folder / "joint.model").rename(folder / "source.spm")
    (folder / "target.spm").write_bytes(joint.read_bytes())
    processor = sentencepiece.SentencePieceProcessor(model_file=str(joint))
    vocabulary = {processor.id_to_piece(i): i for i in range(len(processor))} | {"<pad>": size - 1}
    (folder / "vocab.json").write_text(json.dumps(vocabulary, ensure_ascii=False, indent=0), encoding="utf-8")
    tokenizer = {
        "tokenizer_class": "MarianTokenizer", "source_lang": "en", "target_lang": "zh", "model_max_length": 512,
        "eos_token": "</s>", "unk_token": "<unk>", "pad_token": "<pad>", "separate_vocabs": False,
    }  # fmt: skip
    (folder / "tokenizer_config.json").write_text(json.dumps(tokenizer, indent=2), encoding="utf-8")


def encoders(folder: Path, language_token: str, mask_style: str) -> tuple[Encode, Encode]:
    """What turns English and Chinese into the numbers of `folder`'s words, without `</s>`.

    A model from elsewhere may want a language token in front of the source, and has masks of another style than
    `models.masks.RESERVED`, in which training pairs are written.
    """
    words: dict[str, int] = json.loads((folder / "vocab.json").read_text("utf-8"))
    separate = folder / "target_vocab.json"
    target_words: dict[str, int] = json.loads(separate.read_text("utf-8")) if separate.exists() else words
    if (most := max(len(words), len(target_words))) > 1 << 16:
        raise ModelError(f"{folder}: {most} words: training takes models of up to 65,536")
    front = [words[language_token]] if language_token else []

    def encoder(name: str, numbers: dict[str, int], front: list[int]) -> Encode:
        processor = sentencepiece.SentencePieceProcessor(model_file=str(folder / name))
        known = [numbers.get(processor.id_to_piece(i), numbers["<unk>"]) for i in range(len(processor))]

        def encode(texts: list[str]) -> list[list[int]]:
            if mask_style != RESERVED:
                texts = [mask_pattern(RESERVED).sub(lambda mask: mask_style.format(mask[1]), text) for text in texts]
            return [[*front, *(known[piece] for piece in row)] for row in processor.encode(texts, num_threads=2)]

        return encode

    return encoder("source.spm", words, front), encoder("target.spm", target_words, [])
