"""A training run as a user meets it: what is refused, when it stops, what it can start from."""

import json
import os
import resource
import shutil
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from models.errors import ModelError
from models.masks import RESERVED
from models.train.config import CorpusSource, TrainConfig, load_config
from models.train.corpus import read_documents
from models.train.run import train
from pipeline.parallel import VARY, prepare_pair

pytestmark = pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")

NOUNS = {"model": "模型", "method": "方法", "network": "网络", "dataset": "数据集", "loss": "损失", "graph": "图"}
VERBS = {"improve": "改进", "propose": "提出", "study": "研究", "compare": "比较", "train": "训练", "test": "测试"}
PAIRS = [[f"We {v} the {n} here.", f"我们在这里{VERBS[v]}{NOUNS[n]}。"] for v in VERBS for n in NOUNS]
SHAPE = """vocabulary_size = 350
d_model = 32
heads = 2
ffn = 64
encoder_layers = 1
decoder_layers = 1
"""
SETTINGS = "batch_tokens = 600\nsteps = 8\nwarmup = 2\nlearning_rate = 0.01\nsampled_negatives = 64\n"
SOURCE = '[[sources]]\npath = "pairs.jsonl"\nweight = 1.0\n'


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A configuration, with its pairs beside it, that trains in a second."""
    rows = [{"id": str(i), "segments": PAIRS[i : i + 3]} for i in range(0, len(PAIRS), 3)]
    (tmp_path / "pairs.jsonl").write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows), "utf-8")
    path = tmp_path / "config.toml"
    path.write_text(SHAPE + SETTINGS + SOURCE, "utf-8")
    return path


def run(config: Path, **options: object) -> tuple[Path, list[str]]:
    lines: list[str] = []
    folder = train(
        config, config.parent, config.parent / "work", prepare_pair, VARY, log=lines.append, **options  # type: ignore[arg-type]
    )  # fmt: skip
    return folder, lines


def test_another_configuration_is_refused_and_a_longer_stable_phase_is_not(config: Path) -> None:
    run(config, until=2)
    text = config.read_text("utf-8")
    config.write_text(text.replace("0.01", "0.02"), "utf-8")
    with pytest.raises(ModelError, match=r"another configuration \(learning_rate was 0.01, is 0.02\)"):
        run(config)
    config.write_text(text.replace("steps = 8", "steps = 20"), "utf-8")
    _, lines = run(config, until=18)
    assert "going on from step 2" in lines
    config.write_text(text.replace("steps = 8", "steps = 30"), "utf-8")
    with pytest.raises(ModelError, match="rate already falls towards step 20"):
        run(config)


def curve_of(config: Path, name: str) -> list[tuple[int, float]]:
    lines = (config.parent / "work" / "curve.jsonl").read_text("utf-8").splitlines()
    return [(point["step"], point[name]) for point in map(json.loads, lines) if name in point]


def test_training_stops_where_validation_gets_no_better_and_keeps_the_best(config: Path) -> None:
    scores = iter([10.0, 30.0, 20.0, 30.0, 90.0])
    text = "validate_every = 10\npatience = 2\n" + config.read_text("utf-8").replace("steps = 8", "steps = 90")
    config.write_text(text, "utf-8")
    seen: list[bytes] = []

    def validate(folder: Path) -> dict[str, float]:
        seen.append((folder / "model.safetensors").read_bytes())
        return {"chrF2": next(scores)}

    folder, _ = run(config, validate=validate)
    assert len({*seen}) == 4
    assert (folder / "model.safetensors").read_bytes() == seen[1]
    assert curve_of(config, "chrF2") == [(10, 10.0), (20, 30.0), (30, 20.0), (40, 30.0)]
    _, lines = run(config, validate=validate)
    record = json.loads((folder / "training.json").read_text("utf-8"))
    assert (record["steps"], record["weights_of"]) == (40, 20)
    assert lines == ["going on from step 40"] and len(seen) == 4, "it has ended, and goes no step further"
    pieces = [pieces for _, pieces in curve_of(config, "target_pieces")]
    assert pieces == sorted(pieces) and 0 < pieces[0] < pieces[-1]


def test_patience_without_validation_is_an_error(config: Path) -> None:
    config.write_text("patience = 2\n" + config.read_text("utf-8"), "utf-8")
    with pytest.raises(ModelError, match=r"config.toml: patience 2 waits for validation scores: give --valid FILE"):
        run(config)
    assert not (config.parent / "work").exists()


def test_the_last_step_is_validated_once_and_reported(config: Path) -> None:
    config.write_text("validate_every = 4\n" + config.read_text("utf-8"), "utf-8")
    for _ in range(2):
        folder, lines = run(config, validate=lambda _: {"chrF2": 1.0})
    assert curve_of(config, "chrF2") == [(4, 1.0), (8, 1.0)]
    assert [step for step, _ in curve_of(config, "loss")] == [4, 8]
    assert lines == ["going on from step 8"]
    record = json.loads((folder / "training.json").read_text("utf-8"))
    assert record["curve"][-1]["step"] == record["steps"] == 8


def test_a_run_of_a_few_steps_gives_what_it_learnt(config: Path) -> None:
    from safetensors.numpy import load_file

    weights = [load_file(run(config, until=until)[0] / "model.safetensors") for until in (1, 8)]
    assert (weights[0]["model.shared.weight"] != weights[1]["model.shared.weight"]).any()


def test_a_killed_run_goes_on_from_its_state_with_one_curve(config: Path) -> None:
    config.write_text("validate_every = 2\n" + config.read_text("utf-8"), "utf-8")
    run(config, until=4, validate=lambda _: {"chrF2": 1.0})
    work = config.parent / "work"
    with (work / "curve.jsonl").open("a", encoding="utf-8") as file:  # as of a process killed after its last state
        file.write('{"step": 5, "chrF2": 99.0, "target_pieces": 1}\n{"step": 6, "chr')
    shutil.rmtree(work / "best")
    scores = iter([0.5, 0.25])
    folder, _ = run(config, validate=lambda _: {"chrF2": next(scores)})
    assert curve_of(config, "chrF2") == [(2, 1.0), (4, 1.0), (6, 0.5), (8, 0.25)]
    assert (folder / "model.safetensors").read_bytes() == (work / "best" / "model.safetensors").read_bytes()


def test_a_run_killed_while_it_prepared_text_counts_all_of_it(config: Path) -> None:
    config.write_text(config.read_text("utf-8") + SOURCE.replace("weight", 'grade = "none"\nweight'), "utf-8")
    run(config, until=1)
    work = config.parent / "work"
    counts = json.loads((work / "corpus" / "counts.json").read_text("utf-8"))
    assert counts["0 pairs.jsonl"]["kept"] == len(PAIRS)
    arrays = (work / "corpus" / "0.npz").read_bytes()
    shutil.rmtree(work / "tokenizer")
    (work / "corpus" / "0.npz").unlink()
    (work / "corpus" / "0.part.npz").write_bytes(arrays[:100])
    (work / "corpus" / "counts.json").write_text(json.dumps({"1 pairs.jsonl none": {}}), "utf-8")
    folder, _ = run(config)
    assert json.loads((work / "corpus" / "counts.json").read_text("utf-8")) == counts
    assert json.loads((folder / "training.json").read_text("utf-8"))["pairs"][0]["kept"] == len(PAIRS)


def test_a_configuration_that_came_to_nothing_can_be_mended(config: Path) -> None:
    text = config.read_text("utf-8")
    for wrong, words in (
        (text.replace("pairs.jsonl", "pair.jsonl"), r"pair\.jsonl: no such file"),
        ('held_out = ["none.tsv"]\n' + text, "no such held-out file"),
        (text.replace(SHAPE, 'init = "nowhere"\n'), "nowhere: no such model"),
        ("max_pieces = 512\n" + text, "max_pieces 512 is too many for 512 positions"),
        (text.replace("350", "9000"), "vocabulary_size 9000 does not fit the text: Vocabulary size too high"),
    ):
        config.write_text(wrong, "utf-8")
        with pytest.raises(ModelError, match=words):
            run(config)
    config.write_text(text.replace("d_model = 32", "d_model = 16"), "utf-8")
    assert run(config, until=1)[0].is_dir()
    config.write_text(text, "utf-8")
    with pytest.raises(ModelError, match=r"another configuration \(d_model was 16, is 32\)"):
        run(config)
    config.write_text(text.replace("d_model = 32", "d_model = 16").replace("weight = 1.0", "weight = 2.0"), "utf-8")
    with pytest.raises(ModelError, match=r"another configuration \(other sources\)"):
        run(config)


def test_pairs_of_too_many_pieces_are_counted(config: Path) -> None:
    config.write_text("max_pieces = 22\n" + config.read_text("utf-8"), "utf-8")
    run(config, until=1)
    import numpy as np

    work = config.parent / "work" / "corpus"
    counts = json.loads((work / "counts.json").read_text("utf-8"))["0 pairs.jsonl"]
    with np.load(work / "0.npz") as arrays:
        assert np.diff(arrays["source_offsets"]).max() == 22
        assert len(arrays["source_offsets"]) - 1 == counts["kept"] + counts.get("windows", 0) - counts["pieces"]


def test_what_cannot_be_written_is_one_line(config: Path) -> None:
    run(config, until=1)
    (config.parent / "work" / "curve.jsonl").unlink()
    (config.parent / "work" / "curve.jsonl").mkdir()
    with pytest.raises(ModelError, match=r"curve\.jsonl: Is a directory; mend that and run the same command again"):
        run(config)


def test_the_final_weights_hold_in_the_decay(config: Path) -> None:
    from models.train.batches import join_sources
    from models.train.corpus import encode_pairs
    from models.train.trainer import Trainer

    parts = []
    for piece, weight, final in ((10, 1.0, 0.0), (20, 0.0, 1.0)):
        pieces = [[piece] * 3] * 40
        arrays = encode_pairs([("", "")] * 40, lambda _, p=pieces: p, lambda _, p=pieces: p, 9)  # type: ignore[misc]
        parts.append((arrays, weight, final))
    shape = TrainConfig((), 100, d_model=32, heads=2, ffn=64, encoder_layers=1, decoder_layers=1, batch_tokens=80)
    trainer = Trainer(replace(shape, steps=40, decay_from=0.5), join_sources(parts), config.parent, lambda _: None)
    for step, piece in ((0, 10), (19, 10), (20, 20), (39, 20)):
        trainer.step = step
        assert next(trainer._batches()).source[:, 0].tolist() == [piece] * 5


def test_a_model_from_elsewhere_is_fine_tuned_with_its_own_words(config: Path, opus_model: Path) -> None:
    text = config.read_text("utf-8").replace(SHAPE, f'init = "{opus_model}"\nmax_pieces = 90\n')
    config.write_text(text.replace("steps = 8", "steps = 40"), "utf-8")
    folder, _ = run(config)
    from safetensors.numpy import load_file

    from models.registry import open_translator

    before, after = load_file(opus_model / "model.safetensors"), load_file(folder / "model.safetensors")
    assert before.keys() <= after.keys() and any((before[name] != after[name]).any() for name in before)
    assert (before["final_logits_bias"] == after["final_logits_bias"].astype("float32")).all()
    assert (folder / "vocab.json").read_bytes() == (opus_model / "vocab.json").read_bytes()
    assert open_translator(str(folder)).info.language_token == ">>cmn_Hans<<"
    import numpy as np

    with np.load(config.parent / "work" / "corpus" / "0.npz") as arrays:
        words = json.loads((opus_model / "vocab.json").read_text("utf-8"))
        assert arrays["source"][0] == words[">>cmn_Hans<<"]


def test_a_model_of_the_hub_is_named_in_the_record_and_has_the_dropout_asked_for(config: Path, hub_cache: Path) -> None:
    from models.train.model import new_model

    name = "tiny/opus-en-zh"
    text = config.read_text("utf-8").replace(SHAPE, f'init = "{name}"\nmax_pieces = 90\n')
    config.write_text(text, "utf-8")
    folder, _ = run(config, until=1)
    assert json.loads((folder / "training.json").read_text("utf-8"))["config"]["init"] == name
    assert new_model(TrainConfig((), init=str(folder), dropout=0.3)).config.dropout == 0.3


def test_a_model_whose_words_do_not_fit_its_weights_is_refused(config: Path, opus_model: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    shutil.copytree(opus_model, broken)
    words = json.loads((broken / "vocab.json").read_text("utf-8"))
    (broken / "vocab.json").write_text(json.dumps(dict(list(words.items())[:-5])), "utf-8")
    config.write_text(config.read_text("utf-8").replace(SHAPE, f'init = "{broken}"\nmax_pieces = 90\n'), "utf-8")
    with pytest.raises(ModelError, match=r"vocab\.json"):
        run(config)


def test_the_translations_of_a_run_are_pairs_to_train_on(tmp_path: Path) -> None:
    row = {"id": "a", "segments": [{"source": "We train.", "target": "我们训练。", "field": "text"}]}
    (tmp_path / "translations.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    assert list(read_documents(CorpusSource("translations.jsonl", 1.0), tmp_path)) == [[("We train.", "我们训练。")]]


def test_a_student_learns_from_what_a_teacher_translated(tmp_path: Path) -> None:
    from pipeline.cli import main

    english = (
        "We train the model. We study the graph. The loss falls by 3% in $n$ steps. "
        "The method learns from few examples. Results on images and text show that it works well."
    )
    (tmp_path / "english.jsonl").write_text(json.dumps({"id": "a", "abstract": english}) + "\n", "utf-8")
    distilled = tmp_path / "distilled.jsonl"
    with pytest.raises(SystemExit, match="0"):
        main(
            ["models", "distill", "zhaiyi-en-zh-tiny", str(tmp_path / "english.jsonl"), "-o", str(distilled), "--quiet"]
        )
    best = [json.loads(line)["segments"] for line in distilled.read_text("utf-8").splitlines() if '"best"' in line]
    config = tmp_path / "student.toml"
    source = '[[sources]]\npath = "distilled.jsonl"\ngrade = "best"\nweight = 30.0\n'
    config.write_text(SHAPE.replace("350", "375") + SETTINGS + source, "utf-8")
    folder, lines = run(config)
    assert len(best[0]) > 3 and f"'kept': {len(best[0])}" in lines[0]
    assert json.loads((folder / "training.json").read_text("utf-8"))["pairs"][0]["kept"] == len(best[0])


def test_nothing_fit_to_train_on_is_one_line(config: Path, tiny_model: Path) -> None:
    row = {"segments": [["We train.", "We train."]]}
    (config.parent / "pairs.jsonl").write_text(json.dumps(row) + "\n", "utf-8")
    with pytest.raises(ModelError, match=r"no pair to train on: .*counts\.json says why"):
        run(config)
    config.write_text(config.read_text("utf-8").replace(SHAPE, f'init = "{tiny_model}"\nmax_pieces = 90\n'), "utf-8")
    with pytest.raises(ModelError, match=r"no pair to train on: .*counts\.json says why"):
        run(config)


def test_masks_are_written_as_the_model_takes_them(opus_model: Path) -> None:
    from models.train.vocabulary import encoders

    styled, plain = (encoders(opus_model, ">>cmn_Hans<<", style) for style in ("XX{}", RESERVED))
    for side in (0, 1):
        assert styled[side](["the ⟦12⟧ a"]) == plain[side](["the XX12 a"]) != plain[side](["the ⟦12⟧ a"])


def test_a_work_folder_that_cannot_be_written_is_one_line(config: Path) -> None:
    (config.parent / "work").write_text("a file")
    with pytest.raises(ModelError, match="cannot be written"):
        run(config)


def test_a_full_disk_keeps_the_last_good_state(tmp_path: Path) -> None:
    import torch

    from models.train.state import load_state, save_state

    path = tmp_path / "state.pt"
    save_state(path, {"step": 1, "model": torch.zeros(10)})
    code = f"""
from pathlib import Path
import torch
from models.train.state import save_state
save_state(Path({str(path)!r}), {{"step": 2, "model": torch.zeros(1_000_000)}})
"""

    def small_files() -> None:  # a limit on the size of files fails a write as a full disk does
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, preexec_fn=small_files,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, check=False,
    )  # fmt: skip
    last = done.stderr.strip().splitlines()[-1]
    assert (
        "ModelError" in last and "the state of step 2 cannot be written (File too large)" in last and "is kept" in last
    )
    assert load_state(path, torch.device("cpu"))["step"] == 1
    assert [file.name for file in tmp_path.iterdir()] == ["state.pt"]


def test_every_recipe_is_readable() -> None:
    recipes = sorted((Path(__file__).parents[3] / "models" / "train" / "recipes").rglob("*.toml"))
    assert recipes
    for recipe in recipes:
        assert load_config(recipe).sources
