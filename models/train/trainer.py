"""Train a Marian model on encoded pairs: on CPU or one GPU, in bfloat16 where the processor has it, resumable.

The state on disk (model, average, optimisers, step) is written whole and often; batches are a function of seed and
step, so a run that was killed goes on as if nothing had happened, as far as the hardware is deterministic.
"""

import itertools
import json
import math
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from models.train.batches import EncodedCorpus, all_batches, padded
from models.train.config import TrainConfig
from models.train.loss import cross_entropy
from models.train.workers import Workers

Log = Callable[[str], None]
AVERAGE_EVERY, REPORT_EVERY = 10, 50  # steps


def new_model(config: TrainConfig) -> Any:
    """A Marian model of the configured shape with fresh weights, or the model of the folder `config.init`."""
    from transformers import MarianConfig, MarianMTModel

    # eager attention: on CPU, flash attention's backward pass costs three times as much at these lengths
    if config.init:
        return MarianMTModel.from_pretrained(config.init, attn_implementation="eager", dtype=torch.float32)
    torch.manual_seed(config.seed)
    size = config.vocabulary_size
    model = MarianMTModel(
        MarianConfig(
            vocab_size=size,
            d_model=config.d_model,
            encoder_layers=config.encoder_layers,
            decoder_layers=config.decoder_layers,
            encoder_attention_heads=config.heads,
            decoder_attention_heads=config.heads,
            encoder_ffn_dim=config.ffn,
            decoder_ffn_dim=config.ffn,
            max_position_embeddings=512,
            activation_function="relu",
            dropout=config.dropout,
            attention_dropout=0.0,
            activation_dropout=0.0,
            scale_embedding=True,
            tie_word_embeddings=True,
            eos_token_id=0,
            forced_eos_token_id=0,
            pad_token_id=size - 1,
            decoder_start_token_id=size - 1,
        )
    )
    model.set_attn_implementation("eager")
    return model


def learning_rate(config: TrainConfig, step: int) -> float:
    """Warm-up, stable, linear decay, as a factor of `config.learning_rate`.

    >>> config = TrainConfig((), warmup=10, steps=100, decay_from=0.5)
    >>> [learning_rate(config, step) for step in (5, 30, 75, 100)]
    [0.5, 1.0, 0.5, 0.0]
    """
    start = config.decay_from * config.steps
    return min(1.0, step / config.warmup, max(0.0, (config.steps - step) / max(1.0, config.steps - start)))


class Trainer:
    """One training run in a folder: `train()` goes on from the last state there."""

    def __init__(self, config: TrainConfig, corpus: EncodedCorpus, work: Path, log: Log = print) -> None:
        self.config, self.corpus, self.work, self.workers = config, corpus, work, Workers(config.sync_seconds)
        self.log = log if self.workers.first else lambda _: None
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.bf16 = self.device.type == "cuda" or torch.backends.cpu.get_cpu_capability().startswith("AVX512")
        self.model = new_model(config).to(self.device)
        self.optimizers = self._new_optimizers()
        self.average = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        self.step = 0
        if self.state_file.exists():
            self._load()

    @property
    def state_file(self) -> Path:
        """Where the run's state is."""
        return self.work / "state.pt"

    def _new_optimizers(self) -> list[torch.optim.Optimizer]:
        c = self.config
        named = [(name, p) for name, p in self.model.named_parameters() if p.requires_grad]
        hidden = [p for name, p in named if p.ndim == 2 and "embed" not in name and "shared" not in name]
        if c.optimizer == "adamw":
            hidden = []
        rest = [p for _, p in named if not any(p is q for q in hidden)]
        adam = torch.optim.AdamW(
            rest, lr=c.learning_rate, betas=(0.9, 0.98), eps=1e-9, weight_decay=c.weight_decay, fused=True
        )
        if not hidden:
            return [adam]
        muon = torch.optim.Muon(
            hidden, lr=c.learning_rate, weight_decay=c.weight_decay, momentum=0.95, adjust_lr_fn="match_rms_adamw"
        )
        return [adam, muon]

    def loss(self, rows: Any) -> tuple[torch.Tensor, int]:
        """Mean loss of a batch and how many target tokens it has."""
        pad, eos = self.model.config.pad_token_id, self.model.config.eos_token_id
        source, target = (torch.from_numpy(side).to(self.device) for side in padded(self.corpus, rows, pad, eos))
        shifted = torch.cat(
            [torch.full_like(target[:, :1], self.model.config.decoder_start_token_id), target[:, :-1]], 1
        )
        real = target != pad
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.bf16):
            states = self.model.model(
                input_ids=source, attention_mask=(source != pad).long(), decoder_input_ids=shifted, use_cache=False
            ).last_hidden_state
            loss = cross_entropy(
                states[real], target[real], self.model.lm_head.weight,
                self.config.sampled_negatives, self.config.label_smoothing,
            )  # fmt: skip
        return loss, int(real.sum())

    def train(self, validate: Callable[[Path], str] | None = None, until: int | None = None) -> None:
        """Train to `until` or the configured number of steps; `validate` says how good a Marian folder is."""
        c = self.config
        last = min(until or c.steps, c.steps)
        saved = reported = time.monotonic()
        total, tokens, unshared = 0.0, 0, 0
        self.model.train()
        torch.manual_seed(c.seed + self.step + self.workers.rank)
        batches = all_batches(self.corpus, c.batch_tokens, c.seed + 1_000 * self.workers.rank, self.step)
        done = self.step >= last
        while not done:
            self._set_learning_rate()
            loss, count = self.loss(next(batches))
            loss.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
            for optimizer in self.optimizers:
                optimizer.step()
                optimizer.zero_grad(set_to_none=True)
            self.step += 1
            total, tokens, unshared = total + float(loss.detach()) * count, tokens + count, unshared + count
            if self.step % AVERAGE_EVERY == 0:
                self._update_average()
            if self.step % REPORT_EVERY == 0:
                now = time.monotonic()
                self.log(
                    f"{time.strftime('%H:%M:%S')} step {self.step}/{c.steps} loss {total / tokens:.4f} "
                    f"lr {c.learning_rate * learning_rate(c, self.step):.2e} "
                    f"{tokens / (now - reported):.0f} target tokens/s"
                )
                reported, total, tokens = now, 0.0, 0
            if validate and self.workers.first and self.step % c.validate_every == 0:
                self.log(f"step {self.step} {validate(self.export(self.work / 'candidate'))}")
                reported = time.monotonic()
            if not self.workers.due():
                continue
            self._share(unshared)
            unshared, done = 0, self.step >= last  # the workers agree on the step only here
            if time.monotonic() - saved > 60 * c.save_minutes:
                self.save()
                saved = time.monotonic()
        self.save()

    def _set_learning_rate(self) -> None:
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = self.config.learning_rate * learning_rate(self.config, self.step + 1)

    def _share(self, tokens: int) -> None:
        """Take the mean of weights and moments over the workers."""
        if self.workers.count == 1:
            return
        with torch.no_grad():
            moments = (v for o in self.optimizers for state in o.state.values() for v in state.values() if v.ndim)
            self.workers.mean(itertools.chain(self.model.parameters(), moments, self.average.values()), tokens)
        self.step = self.workers.mean_step(self.step)

    def _update_average(self) -> None:
        """An exponential average of the weights, started young so that early ones do not linger."""
        decay = min(self.config.average_decay**AVERAGE_EVERY, 1 - AVERAGE_EVERY / (self.step + AVERAGE_EVERY))
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                self.average[name].lerp_(parameter, 1 - decay)

    def save(self) -> None:
        """Write the whole state; it appears at once or not at all."""
        if not self.workers.first:
            return
        state = {
            "step": self.step,
            "model": self.model.state_dict(),
            "average": self.average,
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
        }
        part = self.state_file.with_suffix(".part")
        with part.open("wb") as file:
            torch.save(state, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.state_file)

    def _load(self) -> None:
        state = torch.load(self.state_file, map_location=self.device, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.average = state["average"]
        for optimizer, saved in zip(self.optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self.step = state["step"]
        self.log(f"going on from step {self.step}")

    def export(self, folder: Path) -> Path:
        """Write the averaged model as a Marian folder: float16 safetensors, with the tokenizer of `work`."""
        folder.mkdir(parents=True, exist_ok=True)
        model = new_model(self.config)
        model.load_state_dict({**self.model.state_dict(), **self.average}, strict=False)
        model.tie_weights()
        if any(not math.isfinite(float(p.detach().abs().max())) for p in model.parameters()):
            raise FloatingPointError("the averaged weights are not finite: lower the learning rate")
        model.half().save_pretrained(folder)
        (folder / "model.safetensors").chmod(0o644)  # it is written for its owner alone
        for name in ("source.spm", "target.spm", "vocab.json", "tokenizer_config.json"):
            (folder / name).write_bytes((self.work / "tokenizer" / name).read_bytes())
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
        return folder
