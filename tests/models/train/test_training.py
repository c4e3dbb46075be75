"""Training: batches are a partition, the sampled loss is the full one on average, a resumed run is the same run."""

import json
import os
import random
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from models.errors import ModelError
from models.train.batches import ROUND, EncodedCorpus, all_batches, epoch_batches, join_sources, padded
from models.train.config import CorpusSource, TrainConfig, load_config
from models.train.corpus import encode_pairs
from models.train.muon import Muon


def corpus(size: int = 300, vocabulary: int = 90, weight: float = 1.0) -> EncodedCorpus:
    rng = random.Random(3)
    texts = [[rng.randrange(2, vocabulary) for _ in range(rng.randint(1, 30))] for _ in range(2 * size)]
    pairs = [(str(i), str(i + size)) for i in range(size)]

    def encode(names: list[str]) -> list[list[int]]:
        return [texts[int(name)] for name in names]

    return join_sources([(encode_pairs(pairs, encode, encode, 64), weight, weight)])


@pytest.mark.parametrize("batch_tokens", [100, 700, 100_000])
def test_an_epoch_holds_every_pair_once_and_no_batch_is_too_large(batch_tokens: int) -> None:
    pairs = corpus()
    batches = epoch_batches(pairs, batch_tokens, seed=1, epoch=0)
    assert sorted(np.concatenate(batches).tolist()) == list(range(300))
    for rows in batches:
        source, target = padded(pairs, rows, pad=99, eos=0)
        assert source.shape[1] % ROUND == target.shape[1] % ROUND == 0
        assert len(rows) == 1 or source.size + target.size <= batch_tokens


def test_padded_rows_are_pieces_then_end_then_padding() -> None:
    pairs = corpus(size=3)
    source, _ = padded(pairs, np.arange(3), pad=99, eos=0)
    for row, start, end in zip(source, pairs.source_offsets[:-1], pairs.source_offsets[1:], strict=True):
        length = end - start
        assert row[:length].tolist() == pairs.source[start:end].tolist()
        assert row[length] == 0 and (row[length + 1 :] == 99).all()


def test_weights_are_times_an_epoch() -> None:
    seen = np.concatenate([np.concatenate(epoch_batches(corpus(weight=2.25), 900, 1, epoch)) for epoch in range(40)])
    times = np.bincount(seen, minlength=300) / 40
    assert times.min() >= 2 and abs(times.mean() - 2.25) < 0.02


def test_an_epoch_may_hold_nothing() -> None:
    pairs = corpus(size=1, weight=0.5)
    assert {len(epoch_batches(pairs, 700, 1, epoch)) for epoch in range(20)} == {0, 1}
    whole = all_batches(pairs, 700, seed=1, start=0)
    assert [next(whole).tolist() for _ in range(9)] == [[0]] * 9
    assert next(all_batches(pairs, 700, seed=1, start=9)).tolist() == [0]


def test_batches_from_the_middle_are_those_of_the_whole_run() -> None:
    pairs = corpus()
    whole = all_batches(pairs, 700, seed=5, start=0)
    first = [next(whole).tolist() for _ in range(60)]
    rest = all_batches(pairs, 700, seed=5, start=41)
    assert [next(rest).tolist() for _ in range(19)] == first[41:]


def test_sampled_cross_entropy_is_the_full_one_on_average() -> None:
    import torch

    from models.train.loss import cross_entropy

    torch.manual_seed(0)
    weight, labels = torch.randn(2_000, 32) * 0.3, torch.randint(0, 100, (200,))
    states = torch.randn(200, 32) + weight[labels]  # labels are likelier than others, so that smoothing tells
    bias = torch.randn(2_000) * 0.1
    full = float(cross_entropy(states, labels, weight, bias, negatives=0, smoothing=0.1))
    sampled = np.mean([float(cross_entropy(states, labels, weight, bias, 512, 0.1)) for _ in range(40)])
    assert abs(sampled - full) < 0.03 < abs(np.log(2_000 / 612))


@pytest.mark.parametrize(("optimizer", "cut_at"), [("adamw", 5), ("muon", 5), ("muon", 9)])
def test_a_resumed_run_ends_with_the_weights_of_an_undisturbed_one(tmp_path: Path, optimizer: str, cut_at: int) -> None:
    import torch

    from models.train.trainer import Trainer

    config = TrainConfig(
        (), vocabulary_size=100, d_model=32, heads=2, ffn=64, encoder_layers=1, decoder_layers=1, batch_tokens=600,
        steps=12, warmup=3, sampled_negatives=16, dropout=0.1, decay_from=0.5, optimizer=optimizer,
    )  # fmt: skip
    for name in ("whole", "cut"):
        (tmp_path / name).mkdir()
    whole = Trainer(config, corpus(), tmp_path / "whole", log=lambda _: None)
    whole.train()
    Trainer(config, corpus(), tmp_path / "cut", log=lambda _: None).train(until=cut_at)
    cut = Trainer(config, corpus(), tmp_path / "cut", log=lambda _: None)
    assert cut.step == cut_at
    cut.train()
    for name, parameter in whole.model.named_parameters():
        torch.testing.assert_close(parameter, cut.model.get_parameter(name), rtol=1e-4, atol=1e-5)
    for name in whole.average:
        torch.testing.assert_close(whole.average[name], cut.average[name], rtol=1e-4, atol=1e-5)
    assert (whole.tokens, whole.step) == (cut.tokens, cut.step)


@pytest.mark.parametrize("start", ["", "opus_model"], ids=["from scratch", "from elsewhere"])
def test_all_that_is_exported_is_the_average(tmp_path: Path, request: pytest.FixtureRequest, start: str) -> None:
    import torch
    from safetensors.torch import load_file

    from models.train.trainer import Trainer

    config = TrainConfig(
        (), vocabulary_size=100, d_model=32, heads=2, ffn=64, encoder_layers=1, decoder_layers=1, batch_tokens=600,
        steps=20, warmup=3, learning_rate=0.02, init=str(request.getfixturevalue(start)) if start else "",
    )  # fmt: skip
    trainer = Trainer(config, corpus(), tmp_path, log=lambda _: None)
    trainer.train()
    exported = load_file(trainer.result() / "model.safetensors")
    average = {name: p for name, p in trainer.average.items() if "embed_positions" not in name}
    assert exported.keys() - average.keys() == {"final_logits_bias"} and exported.keys() >= average.keys()
    for name, parameter in average.items():
        torch.testing.assert_close(exported[name].float(), parameter, rtol=1e-3, atol=1e-4)
        assert (parameter - trainer.model.get_parameter(name)).abs().max() > 0.002


def test_added_layers_change_next_to_nothing_at_first_and_learn(tmp_path: Path) -> None:
    import torch
    from transformers import MarianMTModel

    from models.registry import SHIPPED_FOLDER
    from models.train.model import deepen
    from models.train.trainer import Trainer

    def states(model: object) -> torch.Tensor:
        with torch.no_grad():
            return model.model.encoder(input_ids=torch.arange(2, 120)[None]).last_hidden_state  # type: ignore[attr-defined]

    model = MarianMTModel.from_pretrained(SHIPPED_FOLDER, dtype=torch.float32).eval()
    layers, before = model.config.encoder_layers, states(model)
    deepen(model, 4)
    assert model.config.encoder_layers == len(model.model.encoder.layers) == layers + 4
    assert (states(model) - before).norm() < 0.1 * before.norm()
    with pytest.raises(ModelError, match=r"^99 encoder layers more are too many: the model has \d+ to copy$"):
        deepen(model, 99)

    config = TrainConfig((), init=str(SHIPPED_FOLDER), added_layers=2, batch_tokens=300, steps=2, warmup=1)
    trainer = Trainer(config, corpus(20), tmp_path, log=lambda _: None)
    trainer.train()
    assert all(layer.fc2.weight.any() for layer in trainer.model.model.encoder.layers)
    assert json.loads((trainer.result() / "config.json").read_text("utf-8"))["encoder_layers"] == layers + 2


def write_toy(folder: Path) -> None:
    """A corpus and a configuration that a minute's training can learn."""
    nouns = {"model": "模型", "method": "方法", "network": "网络", "dataset": "数据集", "loss": "损失", "graph": "图"}
    verbs = {"improve": "改进", "propose": "提出", "study": "研究", "compare": "比较", "train": "训练", "test": "测试"}
    segments = [[f"We {v} the {n} here.", f"我们在这里{verbs[v]}{nouns[n]}。"] for v in verbs for n in nouns]
    rows = [{"id": str(i), "grade": "good", "segments": segments[i : i + 3]} for i in range(0, len(segments), 3)]
    (folder / "pairs.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), "utf-8")
    (folder / "config.toml").write_text(
        'vocabulary_size = 350\nd_model = 32\nheads = 2\nffn = 64\nencoder_layers = 1\ndecoder_layers = 1\n'
        'batch_tokens = 600\nsteps = 60\nwarmup = 5\nlearning_rate = 0.01\nsampled_negatives = 64\nsync_seconds = 0.5\n'
        '[[sources]]\npath = "pairs.jsonl"\ngrade = "good"\nweight = 1.0\n', "utf-8",
    )  # fmt: skip


@pytest.mark.filterwarnings("ignore:Recommended. pip install sacremoses")
def test_training_from_pairs_to_a_marian_folder_learns_them(tmp_path: Path) -> None:
    from models.train.run import train
    from pipeline.parallel import VARY, prepare_pair

    write_toy(tmp_path)
    lines: list[str] = []
    folder = train(tmp_path / "config.toml", tmp_path, tmp_path / "work", prepare_pair, VARY, log=lines.append)
    losses = [float(line.split("loss ")[1].split()[0]) for line in lines if " loss " in line]
    assert losses and losses[-1] < 5.0  # log(350) is 5.86
    from transformers import MarianMTModel, MarianTokenizer

    model, tokenizer = MarianMTModel.from_pretrained(folder), MarianTokenizer.from_pretrained(folder)
    batch = tokenizer(["We propose the ⟦0⟧ model here."], return_tensors="pt")
    assert tokenizer.convert_ids_to_tokens(batch["input_ids"][0]).count("⟦0⟧") == 1
    assert model.generate(**batch, max_new_tokens=5).shape[0] == 1


GOOD = "[[sources]]\npath = 'a'\nweight = 1"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("steps = 3", "no [[sources]]"),
        ("sources = 'a.tsv'", "no [[sources]]"),
        ("sources = ['a.tsv']", "no [[sources]]"),
        ("[[sources]]\npath = 'a'", "a source without 'weight'"),
        ("[[sources]]\npath = 'a'\nweight = '1'", "weight must be a number from 0, and is '1'"),
        ("[[sources]]\npath = 'a'\nweight = -1.0", "weight must be a number from 0, and is -1.0"),
        ("[[sources]]\npath = 'a'\nweight = 1\nnames = 'b'", "names must be a list of texts, and is 'b'"),
        ("[[sources]]\npath = 'a'\nweight = 1\nnames = [3]", "names must be a list of texts, and is [3]"),
        ("[[sources]]\npath = 'a'\nweight = 1\nheadings = 1", "headings must be true or false, and is 1"),
        ("[[sources]]\npath = 'a'\nweight = 1\npattern = '(a'", "pattern '(a' is no regular expression: missing )"),
        ("stesp = 3\n" + GOOD, "unknown key 'stesp'"),
        ("steps =", "not TOML"),
        ("steps = 1 # \udcff", "not TOML"),
        ("steps = '100'\n" + GOOD, "steps must be a whole number from 1, and is '100'"),
        ("steps = 10.0\n" + GOOD, "steps must be a whole number from 1, and is 10.0"),
        ("steps = true\n" + GOOD, "steps must be a whole number from 1, and is True"),
        ("steps = 0\n" + GOOD, "steps must be a whole number from 1, and is 0"),
        ("warmup = -1\n" + GOOD, "warmup must be a whole number from 1, and is -1"),
        ("validate_every = 0\n" + GOOD, "validate_every must be a whole number from 1"),
        ("seed = -1\n" + GOOD, "seed must be a whole number from 0"),
        ("decay_from = 1.5\n" + GOOD, "decay_from must be a number from 0 to 1, and is 1.5"),
        ("learning_rate = nan\n" + GOOD, "learning_rate must be a number from 0, and is nan"),
        ("learning_rate = inf\n" + GOOD, "learning_rate must be a number from 0, and is inf"),
        ("d_model = 30\nheads = 4\n" + GOOD, "4 heads do not divide d_model 30"),
        ("optimizer = 'sgd'\n" + GOOD, "unknown optimizer 'sgd'; known are adamw, muon"),
        ("held_out = 'a.tsv'\n" + GOOD, "held_out must be a list of texts"),
        ("init = 'model'\nd_model = 64\n" + GOOD, "d_model is that of the model `init`"),
        ("added_layers = 2\n" + GOOD, "added_layers are added to a model `init`"),
        ("[[sources]]\npath = 'a'\nweight = 1\namounts = true", "amounts must be a whole number from 0, and is True"),
    ],
)
def test_bad_configurations_are_one_line(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "config.toml"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ModelError, match=f"^{re.escape(f'{path}: {words}')}[^\n]*$"):
        load_config(path)


def test_whole_numbers_will_do_for_others(tmp_path: Path) -> None:
    (tmp_path / "config.toml").write_text("dropout = 0\ndecay_from = 1\n" + GOOD, "utf-8")
    assert load_config(tmp_path / "config.toml") == TrainConfig((CorpusSource("a", 1),), dropout=0, decay_from=1)


def test_two_processes_train_one_model(tmp_path: Path) -> None:
    write_toy(tmp_path)
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", "2", "--no-python", "zhaiyi"]
    arguments = ["models", "train", tmp_path / "config.toml", "--data", tmp_path, "--work", tmp_path / "work"]
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"}
    done = subprocess.run(
        [*command, *map(str, arguments)], capture_output=True, text=True, env=environment, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    reported = re.findall(r"step (\d+)/60", done.stderr)
    assert len(set(reported)) == len(reported) >= 1, done.stderr  # the first process alone reports
    assert (tmp_path / "work" / "model" / "model.safetensors").stat().st_size > 10_000
    curve = [json.loads(line) for line in (tmp_path / "work" / "curve.jsonl").read_text("utf-8").splitlines()]
    assert [str(point["step"]) for point in curve] == reported
    with np.load(tmp_path / "work" / "corpus" / "0.npz") as arrays:
        pieces = len(arrays["target"]) + len(arrays["target_offsets"]) - 1
        each = pieces / len(epoch_batches(join_sources([(dict(arrays), 1.0, 1.0)]), 600, 1, 0))
    assert curve[-1]["target_pieces"] > 1.5 * 60 * each, "the pieces of both count"


@pytest.mark.parametrize("shape", [(24, 8), (8, 24), (16, 16)])
def test_muon_is_torchs_but_for_its_precision(shape: tuple[int, int]) -> None:
    import torch

    torch.manual_seed(5)
    start, gradients = torch.randn(shape), torch.randn(4, *shape)
    ours, theirs = torch.nn.Parameter(start.clone()), torch.nn.Parameter(start.clone())
    optimizers = (
        Muon([ours], lr=0.02, weight_decay=0.1),
        torch.optim.Muon([theirs], lr=0.02, weight_decay=0.1, momentum=0.95, adjust_lr_fn="match_rms_adamw"),
    )
    for gradient in gradients:
        ours.grad, theirs.grad = gradient.clone(), gradient.clone()
        for optimizer in optimizers:
            optimizer.step()
    moved = (start - theirs).norm()
    assert (ours - theirs).norm() < 0.02 * moved  # bfloat16 keeps 8 bits
    assert moved > 0.1
