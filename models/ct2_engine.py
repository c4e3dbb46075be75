"""The CTranslate2 engine, the default: int8 on CPU, float16 on GPU, one worker a core with one thread each."""

import os
from pathlib import Path
from typing import Any

from models.cache import build_once, derived
from models.devices import choose_device
from models.errors import ModelError, OutOfMemory
from models.folder import ModelFolder
from models.shortlist import check, digest
from models.tokens import END
from models.translator import DRAWN_FROM, Decoding, Generated

CONVERTED = "ct2-2"
"""Name of the converted model in the cache; its number goes up when what `models.convert` writes changes."""

PRECISIONS = ("int8", "int8_float32", "int8_float16", "int8_bfloat16", "int16", "float16", "bfloat16", "float32")
_PREFERRED = {"cpu": ("int8", "float32"), "cuda": ("float16", "float32")}
_NO_MEMORY = ("out of memory", "bad_alloc", "failed to allocate", "cannot allocate")


class CTranslate2Engine:
    """A converted model in CTranslate2. Every decoding setting that has a default there is given here."""

    name = "ctranslate2"

    def __init__(
        self, folder: ModelFolder, device: str, precision: str, threads: int, shortlist: Path | None = None
    ) -> None:
        import ctranslate2

        self.version: str = ctranslate2.__version__
        chosen = choose_device(device, ctranslate2.get_cuda_device_count(), "CTranslate2")
        self.device = str(chosen)
        self.workers = len(chosen.indices) or threads or available_cores()
        wanted = choose_precision(precision, chosen.kind)
        # on a GPU the output layer is cheap, and making it anew for each batch is not
        self._list = shortlist if chosen.kind == "cpu" else None
        self.shortlist = digest(self._list)
        name = f"{CONVERTED}-{self.shortlist}" if self._list else CONVERTED
        path = build_once(derived(folder, name), lambda part: _convert(folder, part, self._list))
        try:
            self._model: Any = ctranslate2.Translator(
                str(path),
                device=chosen.kind,
                device_index=list(chosen.indices) or 0,
                compute_type=wanted,
                inter_threads=1 if chosen.indices else self.workers,  # of each device
                intra_threads=1,
            )
        except RuntimeError as error:
            if _is_out_of_memory(error):
                raise OutOfMemory(f"{self.device}: no memory for the model") from error
            raise ModelError(f"{path}: cannot be loaded ({error}); remove it, and it is made anew") from error
        self.precision: str = self._model.compute_type

    def generate(self, batch: list[list[str]], decoding: Decoding, max_lengths: list[int]) -> list[list[Generated]]:
        """See `models.translator.Engine`."""
        try:
            results = self._model.translate_batch(
                batch,
                beam_size=decoding.beam,
                patience=1,
                num_hypotheses=decoding.hypotheses,
                length_penalty=decoding.length_penalty,
                coverage_penalty=0,
                repetition_penalty=1,
                no_repeat_ngram_size=decoding.no_repeat_ngram,
                disable_unk=False,
                max_input_length=0,  # never cut: the translator has checked the lengths
                max_decoding_length=max(max_lengths),
                min_decoding_length=1,
                max_batch_size=0,
                use_vmap=decoding.shortlist and self._list is not None,
                sampling_topk=DRAWN_FROM if decoding.temperature else 1,
                sampling_temperature=decoding.temperature or 1,
                return_scores=True,
                return_end_token=True,  # the length in the score counts </s>, as it does in transformers
            )
        except (RuntimeError, MemoryError) as error:
            if isinstance(error, RuntimeError) and not _is_out_of_memory(error):
                raise
            raise OutOfMemory(f"{self.device}: out of memory") from error
        return [
            [
                (_without_end(pieces), float(score))
                for pieces, score in zip(result.hypotheses, result.scores, strict=True)
            ]
            for result in results
        ]

    def score(self, sources: list[list[str]], targets: list[list[str]]) -> list[float]:
        """The mean log-probability a piece, `</s>` included, that the model gives each target of its source."""
        results = self._model.score_batch(
            sources, targets, max_batch_size=2_048, batch_type="tokens", max_input_length=0
        )
        return [sum(result.log_probs) / len(result.log_probs) for result in results]


def _convert(folder: ModelFolder, part: Path, shortlist: Path | None) -> None:
    from models.convert import write_model  # takes numpy, which a converted model does without

    if shortlist:
        check(shortlist, folder)
    write_model(folder, part)
    if shortlist:
        (part / "vmap.txt").write_bytes(shortlist.read_bytes())


def available_cores() -> int:
    """The cores this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def choose_precision(precision: str, device: str) -> str:
    """Resolve "auto" to int8 on CPU and float16 on GPU. Raises `ModelError` with what the device can do."""
    import ctranslate2

    supported = ctranslate2.get_supported_compute_types(device)
    if precision == "auto":
        return next(name for name in _PREFERRED[device] if name in supported)
    if precision not in PRECISIONS:
        raise ModelError(f"unknown precision {precision!r}; known are auto, {', '.join(PRECISIONS)}")
    if precision not in supported:
        raise ModelError(f"precision {precision!r}: not on this {device}; it can do {', '.join(sorted(supported))}")
    return precision


def _is_out_of_memory(error: Exception) -> bool:
    return any(words in str(error).lower() for words in _NO_MEMORY)


def _without_end(pieces: list[str]) -> list[str]:
    return pieces[:-1] if pieces and pieces[-1] == END else pieces
