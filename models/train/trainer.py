"""Train a Marian model on encoded pairs: on CPU or one GPU, in bfloat16 where the processor has it, resumable.

The state on disk is written whole and often; batches and random numbers are functions of seed and step, so a run that
was killed goes on as if nothing had happened, as far as the hardware is deterministic.
"""

import itertools
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import torch

from models.errors import ModelError
from models.train.batches import Batch, EncodedCorpus, all_batches, ready_batches
from models.train.config import TrainConfig
from models.train.loss import cross_entropy
from models.train.model import new_model, step_flops, write_folder
from models.train.muon import Muon
from models.train.report import Report
from models.train.state import load_state, save_state
from models.train.workers import Workers

Log = Callable[[str], None]
AVERAGE_EVERY, REPORT_EVERY = 10, 50  # steps
STATE = ("step", "tokens", "seconds", "best", "best_step", "worse", "validated", "average")


def learning_rate(config: TrainConfig, step: int) -> float:
    """Warm-up, stable, linear decay, as a factor of `config.learning_rate`.

    >>> config = TrainConfig((), warmup=10, steps=100, decay_from=0.5)
    >>> [learning_rate(config, step) for step in (5, 30, 75, 100)]
    [0.5, 1.0, 0.5, 0.0]
    """
    return min(1.0, step / config.warmup, max(0.0, (config.steps - step) / max(1, config.steps - config.decay_start)))


class Trainer:
    """One training run in a folder: `train()` goes on from the last state there."""

    def __init__(self, config: TrainConfig, corpus: EncodedCorpus, work: Path, log: Log = print) -> None:
        self.config, self.corpus, self.work, self.workers = config, corpus, work, Workers(config.sync_seconds)
        self.log = log if self.workers.first else lambda _: None
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.bf16 = self.device.type == "cuda" or torch.backends.cpu.get_cpu_capability().startswith("AVX512")
        self.model = new_model(config, self.device.type).to(self.device)
        self.optimizers = self._new_optimizers()
        self.average = {name: p.detach().clone() for name, p in self.model.named_parameters()}
        self.step, self.tokens, self.seconds = 0, 0, 0.0
        self.best, self.worse = -1.0, 0  # the best validation score, and how many since were no better
        self.best_step, self.validated = 0, -1  # the steps of the best and of the last one
        if self.state_file.exists():
            self._load()

    @property
    def state_file(self) -> Path:
        """Where the run's state is."""
        return self.work / "state.pt"

    def _new_optimizers(self) -> list[torch.optim.Optimizer]:
        c = self.config
        named = [(name, p) for name, p in self.model.named_parameters() if p.requires_grad]
        hidden = [p for name, p in named if p.ndim == 2 and ".layers." in name]
        if c.optimizer == "adamw":
            hidden = []
        rest = [p for _, p in named if not any(p is q for q in hidden)]
        adam = torch.optim.AdamW(
            rest, lr=c.learning_rate, betas=(0.9, 0.98), eps=1e-9, weight_decay=c.weight_decay, fused=True
        )
        if not hidden:
            return [adam]
        precision = torch.bfloat16 if self.bf16 else torch.float32
        return [adam, Muon(hidden, c.learning_rate, c.weight_decay, precision=precision)]

    def loss(self, batch: Batch) -> torch.Tensor:
        """Mean loss of a batch over its target pieces."""
        model, c = self.model, self.config
        source, target = (torch.from_numpy(side).to(self.device, non_blocking=True) for side in batch[:2])
        real = torch.from_numpy(batch.places).to(self.device, non_blocking=True)
        shifted = torch.cat([torch.full_like(target[:, :1], model.config.decoder_start_token_id), target[:, :-1]], 1)
        with torch.autocast(self.device.type, dtype=torch.bfloat16, enabled=self.bf16):
            states = model.model(
                input_ids=source,
                attention_mask=(source != model.config.pad_token_id).long(),
                decoder_input_ids=shifted,
                use_cache=False,
            ).last_hidden_state
            return cross_entropy(
                states.flatten(0, 1)[real], target.flatten()[real], model.lm_head.weight,
                model.final_logits_bias[0], c.sampled_negatives, c.label_smoothing,
            )  # fmt: skip

    def train(self, validate: Callable[[Path], dict[str, float]] | None = None, until: int | None = None) -> None:
        """Train to `until` or the configured number of steps; `validate` scores a Marian folder, a higher first score
        is better.
        """
        c = self.config
        last = min(until or c.steps, c.steps)
        report = Report(self.work / "curve.jsonl" if self.workers.first else None, self.step, self.device, self.bf16)
        saved, unshared = time.monotonic(), 0
        validated, reported = self.step // c.validate_every, self.step // REPORT_EVERY
        self.model.train()
        batches, final, done = self._batches(), self.step >= c.decay_start, self._done(last)
        while not done:
            if not final and self.step >= c.decay_start:
                batches, final = self._batches(), True
            batch = next(batches)
            torch.manual_seed(1_000_003 * c.seed + self.step * self.workers.count + self.workers.rank)
            report.add(batch, self._update(batch), self._flops(batch))
            self.step, self.tokens, unshared = self.step + 1, self.tokens + batch.tokens, unshared + batch.tokens
            if self.step % AVERAGE_EVERY == 0 or self.step == c.steps:
                self._update_average()
            if self.step // REPORT_EVERY > reported:  # the mean of several processes' steps may pass over any number
                reported = self.step // REPORT_EVERY
                self._report(report)
            if validate and self.step // c.validate_every > validated:
                validated = self.step // c.validate_every
                self._validate(validate, report)
            if not self.workers.due():
                continue
            self._share(unshared)
            unshared, done = 0, self.workers.agree(self._done(last))
            if time.monotonic() - saved > 60 * c.save_minutes:
                self.save()
                saved = time.monotonic()
        self._report(report)
        if validate and self.step >= c.steps and self.step != self.validated:
            self._validate(validate, report)
        self.save()

    def _done(self, last: int) -> bool:
        return self.step >= last or 0 < self.config.patience <= self.worse

    def _report(self, report: Report) -> None:
        if report.waiting:
            c = self.config
            rate = c.learning_rate * learning_rate(c, self.step)
            line, elapsed = report.write(self.step, c.steps, self.tokens, self.seconds, rate)
            self.log(line)
            self.seconds += elapsed

    def _validate(self, validate: Callable[[Path], dict[str, float]], report: Report) -> None:
        """Score the averaged weights; the best so far are kept in `WORK/best`."""
        if not self.workers.first:
            return
        self._report(report)
        candidate, best = self.work / "candidate", self.work / "best"
        scores = validate(self.export(candidate))
        report.point(self.step, self.tokens, self.seconds, **scores)
        self.log(f"step {self.step} " + ", ".join(f"{name} {score:.2f}" for name, score in scores.items()))
        self.worse, self.validated = self.worse + 1, self.step
        if (score := next(iter(scores.values()))) > self.best:
            self.best, self.best_step, self.worse = score, self.step, 0
            shutil.rmtree(best, ignore_errors=True)
            candidate.rename(best)
        report.pause()

    def _flops(self, batch: Batch) -> float:
        shape = self.model.config
        negatives = self.config.sampled_negatives
        candidates = min(shape.vocab_size, negatives + 1_000) if negatives else shape.vocab_size  # about: it varies
        return step_flops(shape, batch.source_tokens, batch.tokens, candidates)

    def _batches(self) -> Iterator[Batch]:
        """The batches from here on: those of the decay have weights and an order of their own."""
        c, begun = self.config, self.step
        corpus = self.corpus
        if self.step >= c.decay_start:
            corpus, begun = replace(corpus, weights=corpus.final_weights), self.step - c.decay_start
        rows = all_batches(corpus, c.batch_tokens, c.seed + 1_000 * self.workers.rank, begun)
        return ready_batches(corpus, rows, self.model.config.pad_token_id, self.model.config.eos_token_id)

    def _update(self, batch: Batch) -> torch.Tensor:
        for optimizer in self.optimizers:
            for group in optimizer.param_groups:
                group["lr"] = self.config.learning_rate * learning_rate(self.config, self.step + 1)
        loss = self.loss(batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        for optimizer in self.optimizers:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
        return loss.detach()

    def _share(self, tokens: int) -> None:
        """Take the mean of weights and moments over the workers, and count the tokens of all."""
        if self.workers.count == 1:
            return
        with torch.no_grad():
            moments = (v for o in self.optimizers for state in o.state.values() for v in state.values() if v.ndim)
            chain = itertools.chain(self.model.parameters(), moments, self.average.values())
            self.tokens += int(self.workers.mean(chain, tokens)) - tokens
        self.step = self.workers.mean_step(self.step)

    def _update_average(self) -> None:
        """An exponential average of the weights, started young so that early ones do not linger."""
        decay = min(self.config.average_decay**AVERAGE_EVERY, 1 - AVERAGE_EVERY / (self.step + AVERAGE_EVERY))
        with torch.no_grad():
            for name, parameter in self.model.named_parameters():
                self.average[name].lerp_(parameter, 1 - decay)

    def save(self) -> None:
        """Write the whole state."""
        if not self.workers.first:
            return
        state = {name: getattr(self, name) for name in STATE} | {
            "schedule": [self.config.steps, self.config.decay_from],
            "model": self.model.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self.optimizers],
        }
        save_state(self.state_file, state)

    def _load(self) -> None:
        state = load_state(self.state_file, self.device)
        steps, decay_from = state["schedule"]
        if [self.config.steps, self.config.decay_from] != [steps, decay_from] and state["step"] > decay_from * steps:
            raise ModelError(f"{self.state_file}: its rate already falls towards step {steps}: that cannot change now")
        self.model.load_state_dict(state.pop("model"))
        for optimizer, saved in zip(self.optimizers, state.pop("optimizers"), strict=True):
            optimizer.load_state_dict(saved)
        for name in STATE:
            setattr(self, name, state.get(name, getattr(self, name)))
        if not (self.work / "best").is_dir():  # the process was killed while it took another's place
            self.best, self.worse = -1.0, 0
        self.log(f"going on from step {self.step}")

    def result(self) -> Path:
        """The Marian folder of the run: the best by validation, else the last."""
        folder = self.work / "model"
        if self.workers.first and self.best >= 0:
            shutil.rmtree(folder, ignore_errors=True)
            shutil.copytree(self.work / "best", folder)
        elif self.workers.first:
            self.export(folder)
        return folder

    def export(self, folder: Path) -> Path:
        """Write the averaged model as a Marian folder: float16 safetensors, with the tokenizer of `work`."""
        model = new_model(self.config)
        with torch.no_grad():
            for name, parameter in model.named_parameters():  # one name for tied weights, as in the average
                parameter.copy_(self.average[name])
        if not all(p.isfinite().all() for p in model.parameters()):
            raise ModelError("the averaged weights are not finite: lower the learning rate and begin again")
        write_folder(model, self.work / "tokenizer", folder)
        return folder
