"""Shortlists: links are those of a plain IBM model 1, batches do not spoil one another, a foreign list is refused."""

import random
import shutil
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from models import shortlist_make
from models.alignment import ITERATIONS, align
from models.cache import derived
from models.errors import ModelError
from models.folder import ModelFolder
from models.registry import open_translator
from models.shortlist import FILE, Quality, digest, find, report, write
from models.tokens import Tokens
from models.translator import Decoding

GOOD = Quality(100, 99.0, 0.9, 0.001, "signature")


def test_links_are_those_of_model_one_written_out() -> None:
    rng = random.Random(4)
    pairs = [([rng.randrange(6) for _ in range(4)], [rng.randrange(5) for _ in range(3)]) for _ in range(30)]
    chance: dict[tuple[int, int], float] = defaultdict(lambda: 1.0)
    for _ in range(ITERATIONS):
        counts: dict[tuple[int, int], float] = defaultdict(float)
        for source, target in pairs:
            sources = [*sorted(set(source)), 6]
            for word in set(target):
                total = sum(chance[s, word] for s in sources)
                for s in sources:
                    counts[s, word] += chance[s, word] / total
        totals: dict[int, float] = defaultdict(float)
        for (s, _), count in counts.items():
            totals[s] += count
        chance = defaultdict(float, {key: count / totals[key[0]] for key, count in counts.items()})
    links = align([(np.array(s), np.array(t)) for s, t in pairs], 6, 5)
    found = dict(
        zip(zip(links.source.tolist(), links.target.tolist(), strict=True), links.chance.tolist(), strict=True)
    )
    assert found == pytest.approx(dict(chance), rel=1e-4)
    assert links.frequency.tolist() == [sum(word in target for _, target in pairs) for word in range(5)]


@pytest.fixture(scope="module")
def listed(tiny_model: Path, sentences: list[str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny model with a shortlist of its own translations."""
    folder = Path(shutil.copytree(tiny_model, tmp_path_factory.mktemp("listed") / "model"))
    model = ModelFolder(folder)
    tokens = Tokens(model)
    whole = open_translator(str(tiny_model), device="cpu", precision="float32", threads=1)
    sources = [one.pieces for one in tokens.encode(sentences)]
    made = whole._engine.generate(sources, Decoding(beam=1), [128] * len(sources))  # pieces, which texts do not keep
    number = {word: place for place, word in enumerate(model.target_words)}
    targets = [np.array([number[piece] for piece in found[0][0]]) for found in made]
    lines = shortlist_make.build(
        model, tokens, list(zip(map(np.array, tokens.source_numbers(sentences)), targets, strict=True))
    )
    write(folder, lines, GOOD)
    return folder


def test_with_its_words_in_the_list_the_output_is_the_same_in_every_order_of_batches(
    listed: Path, tiny_model: Path, sentences: list[str]
) -> None:
    """An earlier batch's candidates must not show in a later one: CTranslate2 keeps where it had the special words."""
    whole = open_translator(str(tiny_model), device="cpu", precision="float32", threads=1)
    short = open_translator(str(listed), device="cpu", precision="float32", threads=1, batch_tokens=1)
    assert (whole.info.shortlist, short.info.shortlist) == ("none", digest(listed / FILE))
    plain = Decoding(beam=1)  # the best word at every step is in the list, so greedy search cannot differ
    expected = dict(zip(sentences, (found.text for found in whole.translate(sentences, plain)), strict=True))
    for seed in range(4):
        texts = random.Random(seed).sample(sentences, len(sentences))
        assert [found.text for found in short.translate(texts, plain)] == [expected[text] for text in texts]


def test_it_is_left_out_where_asked(listed: Path, tiny_model: Path, sentences: list[str]) -> None:
    short = open_translator(str(listed), device="cpu", precision="float32", threads=1)
    whole = open_translator(str(listed), device="cpu", precision="float32", threads=1, shortlist=False)
    assert whole.info.shortlist == "none"
    wide = Decoding(shortlist=False)
    assert short.translate(sentences, wide) == whole.translate(sentences)
    torch = open_translator(str(listed), device="cpu", engine="torch", threads=1)
    assert torch.info.shortlist == "none"


def test_it_always_has_marks_digits_letters_and_bytes_and_what_copies(listed: Path) -> None:
    first, *others = (listed / FILE).read_text("utf-8").splitlines()
    always = set(first.removeprefix("\t").split(" "))
    words = set(ModelFolder(listed).source_words)
    assert {"</s>", "<pad>", "<0x00>", "<0xFF>"} <= always
    assert {word for word in words if len(word) == 1 and word.isascii()} <= always
    rules = dict(line.split("\t") for line in others)
    masks = {word for word in words if word.startswith("⟦")}
    assert masks and all(mask in always or mask in rules[mask].split(" ") for mask in masks)


def test_of_a_model_with_two_sentencepieces_only_target_words_are_candidates(opus_model: Path) -> None:
    model = ModelFolder(opus_model)
    tokens = Tokens(model)
    lines = shortlist_make.build(model, tokens, [(np.arange(20), np.arange(len(model.target_words)))] * 3)
    target = {word for line in lines for word in line.partition("\t")[2].split(" ")}
    language = {word for word in model.source_words if word.startswith(">>")}
    assert target and not target & language


def test_pieces_that_are_white_space_do_not_break_its_lines(tiny_model: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    words = (folder / "vocab.json").read_text("utf-8")
    for old, new in (('"<0xF5>"', '"\\n"'), ('"<0xF6>"', '"\\u2028"'), ('"<0xF7>"', '"a b"')):
        assert old in words
        words = words.replace(old, new)
    (folder / "vocab.json").write_text(words, encoding="utf-8")
    model = ModelFolder(folder)
    lines = shortlist_make.build(model, Tokens(model), [(np.arange(50), np.arange(len(model.target_words)))] * 3)
    write(folder, lines, GOOD)
    assert find(model) == folder / FILE


def test_make_measures_and_keeps_it_with_the_model(
    tiny_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = str(Path(shutil.copytree(tiny_model, tmp_path / "model")))
    monkeypatch.setenv("ZHAIYI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(shortlist_make, "LEAST_PROBES", 20)
    monkeypatch.setattr("models.shortlist.LEAST_CHRF", 50.0)  # random weights repeat one piece or another
    words = [
        "the",
        "model",
        "learns",
        "a",
        "good",
        "method",
        "for",
        "each",
        "task",
        "and",
        "loss",
        "of",
        "data",
        "small",
    ]
    texts = [" ".join(random.Random(i).sample(words, 5)) for i in range(300)]
    path, quality = shortlist_make.make(folder, [], texts)
    assert path == derived(ModelFolder(Path(folder)), FILE) == find(ModelFolder(Path(folder)))
    assert quality.segments == 30 and 50 <= quality.chrf <= 100
    assert report(ModelFolder(Path(folder)))["chrf"] == quality.chrf
    assert open_translator(folder, device="cpu").info.shortlist == digest(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\t。\nnot-a-word\t。\n", ":2: not this model's, which has no word 'not-a-word'"),
        ("\t。 not-a-word\n", ":1: not this model's, which has no word 'not-a-word'"),
        ("\t。\n。\n", ":2: not a line of a shortlist"),
        ("。\t。\n", ":1: not a line of a shortlist"),
    ],
)
def test_a_list_that_does_not_fit_is_refused(tiny_model: Path, tmp_path: Path, text: str, message: str) -> None:
    folder = Path(shutil.copytree(tiny_model, tmp_path / "model"))
    (folder / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ModelError) as error:
        open_translator(str(folder), device="cpu")
    assert f"{FILE}{message}" in str(error.value)


def test_what_changes_too_much_is_not_written(tmp_path: Path) -> None:
    for bad in (Quality(100, 80.0, 0.2, 0.0, ""), Quality(100, 99.0, 0.9, 0.5, "")):
        with pytest.raises(ModelError, match="the shortlist changes too much: chrF2"):
            write(tmp_path / "new", ["\t。"], bad)
    assert not (tmp_path / "new").exists()


def test_too_little_text_is_said(tiny_model: Path) -> None:
    with pytest.raises(ModelError, match="made from 500 segments at least, and 1 are given: give more text"):
        shortlist_make.make(str(tiny_model), [], ["the model"])


def test_scores_of_texts_are_the_same_in_both_engines(tiny_model: Path, sentences: list[str]) -> None:
    translator = open_translator(str(tiny_model), device="cpu", precision="float32", threads=1)
    targets = ["我们提出一种方法。", "中", "损失很小", ""]
    scores = translator.scores(sentences[:4], targets)
    assert len(scores) == 4 and all(score < 0 for score in scores)
    torch = open_translator(str(tiny_model), engine="torch", device="cpu", threads=1)
    np.testing.assert_allclose(scores, torch.scores(sentences[:4], targets), rtol=1e-3)
    best = translator.translate(sentences[:1], Decoding(beam=1, max_ratio=0.5, max_extra=1))[0]
    assert translator.scores(sentences[:1], [best.text]) > translator.scores(sentences[:1], ["⟦7⟧⟦9⟧"])
    with pytest.raises(ModelError, match="a target of 128 pieces is over the model's 128 positions"):
        translator.scores(["a"], ["⟦7⟧" * 127])
