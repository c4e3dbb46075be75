"""Pieces: the same as transformers' tokenizer gives, back to the same text, unknown ones counted."""

import warnings
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.errors import ModelError
from models.folder import ModelFolder
from models.tokens import Tokens

AWKWARD = [
    "x",
    "The loss ⟦0⟧ fell to ⟦31⟧.",
    "naïve “quotes” — 95.2%",
    "图神经网络，你好。",
    "a\u3000b",
    "😀 ok",
    "⟦",
    "<unk>",
]


@pytest.fixture(scope="session")
def tokens(tiny_model: Path) -> Tokens:
    return Tokens(ModelFolder(tiny_model))


def reference_tokenizer(folder: Path) -> Any:
    from transformers import MarianTokenizer

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it recommends sacremoses, which it then does not use
        return MarianTokenizer.from_pretrained(folder)


@pytest.mark.parametrize("model", ["tiny_model", "opus_model"])
def test_pieces_are_transformers(model: str, sentences: list[str], request: pytest.FixtureRequest) -> None:
    folder = ModelFolder(request.getfixturevalue(model))
    reference = reference_tokenizer(folder.path)
    ours = [[folder.source_words.index(piece) for piece in e.pieces] for e in Tokens(folder).encode(sentences)]
    assert ours == reference(sentences)["input_ids"]


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="▁"), max_size=30))
@settings(max_examples=60)
def test_byte_fallback_gives_every_text_back(tokens: Tokens, text: str) -> None:
    encoded = tokens.encode([text])[0]
    found, unknown = tokens.decode(encoded.pieces)
    assert (found, unknown) == (" ".join(part for part in text.split(" ") if part).strip(), 0)


@pytest.mark.parametrize("text", AWKWARD)
def test_awkward_texts_come_back(tokens: Tokens, text: str) -> None:
    assert tokens.decode(tokens.encode([text])[0].pieces)[0] == text


def test_every_reserved_mask_is_one_piece(tokens: Tokens) -> None:
    for mask in (f"⟦{number}⟧" for number in range(32)):
        assert mask in tokens.split([f"a{mask}b"])[0]


def test_unknown_pieces_are_counted(opus_model: Path) -> None:
    tokens = Tokens(ModelFolder(opus_model), ">>cmn_Hans<<")
    encoded = tokens.encode(["the ☃ model ☃"])[0]
    assert encoded.unknown == 2
    assert encoded.pieces[0] == ">>cmn_Hans<<"
    assert encoded.pieces[-1] == "</s>"
    assert encoded.pieces.count("<unk>") == 2


def test_decoding_leaves_out_what_is_no_text(opus_model: Path) -> None:
    tokens = Tokens(ModelFolder(opus_model))
    assert tokens.decode([">>cmn_Hans<<", "▁", "我们", "<unk>", "<pad>", "</s>"]) == ("我们", 1)
    assert tokens.decode(["▁th", "e", "我们"]) == ("the我们", 0), "pieces of the source alone are written as they are"
    assert tokens.decode([]) == ("", 0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        (b"nonsense", "not a SentencePiece model"),
    ],
    ids=["lfs-pointer", "nonsense"],
)
def test_broken_piece_file(tiny_model: Path, tmp_path: Path, content: bytes, message: str) -> None:
    import shutil

    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    (folder / "source.spm").write_bytes(content)
    with pytest.raises(ModelError, match=message):
        Tokens(ModelFolder(folder))
