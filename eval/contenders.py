"""The contenders of a benchmark: ways to run a Marian model, each opened from a job and then a function of texts.

Each does what its own documentation says, string to string, with the job's threads. All search alike: with the job's
beam and length penalty, up to the same length, stopping at as many finished hypotheses as beams, and never a `<pad>`.
To add one: a function from a job and a path to a function of texts, and its line in `CONTENDERS`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from models.cache import build_once, derived
from models.errors import ModelError
from models.folder import ModelFolder
from models.registry import open_translator
from models.translator import Decoding
from models.weights import NEVER

OURS = "zhaiyi"

Translate = Callable[[Sequence[str]], list[str]]

BATCH = {"cpu": 16, "cuda": 256}
"""Segments a batch of transformers."""
CT2_BATCH = {"cpu": (16, "examples"), "cuda": (16_384, "tokens")}
"""CTranslate2's `max_batch_size` and `batch_type`. 16 to 32 segments, or 512 tokens, are alike on a CPU, 64 slower."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a contender is opened for: a model's folder, where it runs, how it searches, how far positions go.

    `language_token` stands in front of every text, "" for none.
    """

    model: Path
    device: str
    threads: int
    decoding: Decoding
    positions: int
    language_token: str = ""

    def longest(self, pieces: int) -> int:
        """The most pieces that the hypothesis of so many source pieces has, `</s>` and language token among them."""
        count = pieces - (2 if self.language_token else 1)
        return min(self.positions, int(self.decoding.max_ratio * count) + self.decoding.max_extra)

    def marked(self, texts: Sequence[str]) -> list[str]:
        """The texts as transformers' tokenizer wants them: after the language token."""
        return [f"{self.language_token} {text}" for text in texts] if self.language_token else list(texts)


Opener = Callable[[Job, Path], Translate]
"""Loads what lies at the path: the model's folder, or what the contender's `prepare` made of it."""


def model_of(job: Job) -> Path:
    """The model's folder itself: nothing to prepare."""
    return job.model


@dataclass(frozen=True, slots=True)
class Contender:
    """A row of the table: what it is, how it is opened, what is made once before, which devices it is for.

    `integer_on` are the devices where its matrix products are of 8-bit integers.
    """

    about: str
    open: Opener
    devices: tuple[str, ...] = ("cpu", "cuda")
    integer_on: tuple[str, ...] = ()
    prepare: Callable[[Job], Path] = model_of


def _ours(job: Job, path: Path) -> Translate:
    translator = open_translator(str(path), device=job.device, threads=job.threads)
    return lambda texts: [found.text for found in translator.translate(texts, job.decoding)]


def _transformers(batch: int = 0, dtype: str = "float32", int8: bool = False) -> Opener:
    """Transformers' `generate` over batches sorted by length; of `BATCH` segments unless `batch` says otherwise."""

    def open_model(job: Job, path: Path) -> Translate:
        import torch
        from transformers import AutoModelForSeq2SeqLM

        if job.device == "cpu":
            torch.set_num_threads(job.threads)
        model = AutoModelForSeq2SeqLM.from_pretrained(path, dtype=getattr(torch, dtype), local_files_only=True)
        model.final_logits_bias[0, model.config.pad_token_id] = NEVER
        if int8:
            quantize: Any = torch.ao.quantization.quantize_dynamic  # has no annotations
            model = quantize(model, {torch.nn.Linear}, dtype=torch.qint8)
        return _generating(job, model.to(job.device).eval(), batch or BATCH[job.device])

    return open_model


def _exported(job: Job) -> Path:
    """The model in ONNX, as optimum exports it."""
    from optimum.onnxruntime import ORTModelForSeq2SeqLM

    def export(part: Path) -> None:
        ORTModelForSeq2SeqLM.from_pretrained(job.model, export=True, local_files_only=True).save_pretrained(part)

    return build_once(derived(ModelFolder(job.model), "onnx"), export)


def _onnxruntime(job: Job, path: Path) -> Translate:
    """ONNX Runtime through optimum's `generate`, float32, over batches sorted by length."""
    from onnxruntime import SessionOptions
    from optimum.onnxruntime import ORTModelForSeq2SeqLM

    session = SessionOptions()
    session.intra_op_num_threads = job.threads
    provider = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}[job.device]
    model = ORTModelForSeq2SeqLM.from_pretrained(path, session_options=session, provider=provider)
    return _generating(job, model, BATCH[job.device], bad_words_ids=[[model.config.pad_token_id]])


def _generating(job: Job, model: Any, batch: int, **rules: Any) -> Translate:
    """`generate` with no more rules than the search needs, for each costs a pass over all words."""
    import torch
    from transformers import AutoTokenizer, GenerationConfig

    tokenizer = AutoTokenizer.from_pretrained(job.model, local_files_only=True)
    config, decoding = model.config, job.decoding
    model.generation_config = GenerationConfig()  # type: ignore[no-untyped-call]  # else its forced </s> stays

    def settings(longest: int) -> Any:
        return GenerationConfig(  # type: ignore[no-untyped-call]
            max_new_tokens=longest, num_beams=decoding.beam, do_sample=False, length_penalty=decoding.length_penalty,
            early_stopping=decoding.beam > 1, eos_token_id=config.eos_token_id, pad_token_id=config.pad_token_id,
            decoder_start_token_id=config.decoder_start_token_id, **rules,
        )  # fmt: skip

    def translate(texts: Sequence[str]) -> list[str]:
        numbers = tokenizer(job.marked(texts)).input_ids
        found: dict[int, str] = {}
        for chosen in batches(list(map(len, numbers)), batch):
            inputs = tokenizer.pad({"input_ids": [numbers[i] for i in chosen]}, return_tensors="pt").to(job.device)
            with torch.inference_mode():
                words = model.generate(**inputs, generation_config=settings(job.longest(len(numbers[chosen[0]]))))
            found |= dict(zip(chosen, tokenizer.batch_decode(words, skip_special_tokens=True), strict=True))
        return [found[i].strip() for i in range(len(texts))]

    return translate


def _converted(job: Job) -> Path:
    """The model in CTranslate2's format: what its own converter writes but for the start token (`models.convert`)."""
    from models.convert import write_model

    folder = ModelFolder(job.model)
    return build_once(derived(folder, "plain-ct2"), lambda part: write_model(folder, part, every_word=True))


def _ctranslate2(precision: str) -> Opener:
    """CTranslate2 with the whole vocabulary, the tokenizer and the call of its documentation."""

    def open_model(job: Job, path: Path) -> Translate:
        import ctranslate2

        model = ctranslate2.Translator(
            str(path), device=job.device, compute_type=precision, inter_threads=job.threads, intra_threads=1
        )
        from transformers import AutoTokenizer  # takes seconds: what CTranslate2 cannot do here shows before

        tokenizer = AutoTokenizer.from_pretrained(job.model, local_files_only=True)
        size, kind = CT2_BATCH[job.device]

        def translate(texts: Sequence[str]) -> list[str]:
            sources = [tokenizer.convert_ids_to_tokens(tokenizer.encode(text)) for text in job.marked(texts)]
            results = model.translate_batch(
                sources, beam_size=job.decoding.beam, length_penalty=job.decoding.length_penalty,
                max_decoding_length=job.longest(max(map(len, sources))), max_batch_size=size, batch_type=kind,
            )  # fmt: skip
            numbers = (tokenizer.convert_tokens_to_ids(result.hypotheses[0]) for result in results)
            return [str(tokenizer.decode(row, skip_special_tokens=True)).strip() for row in numbers]

        return translate

    return open_model


def _of_ctranslate2(precision: str, *devices: str) -> Contender:
    integers = ("cpu", "cuda") if "int8" in precision else ()
    return Contender(f"CTranslate2, {precision}", _ctranslate2(precision), devices, integers, _converted)


CONTENDERS: dict[str, Contender] = {
    OURS: Contender("this program as it is by default", _ours, integer_on=("cpu",)),
    "ctranslate2-int8": _of_ctranslate2("int8", "cpu"),
    "ctranslate2-int8-float16": _of_ctranslate2("int8_float16", "cuda"),
    "ctranslate2-float16": _of_ctranslate2("float16", "cuda"),
    "ctranslate2-float32": _of_ctranslate2("float32", "cpu", "cuda"),
    "onnxruntime": Contender("ONNX Runtime, float32, through optimum", _onnxruntime, prepare=_exported),
    "torch-int8": Contender("transformers, torch's dynamic int8", _transformers(int8=True), ("cpu",), ("cpu",)),
    "torch-bfloat16": Contender("transformers, bfloat16", _transformers(dtype="bfloat16"), ("cuda",)),
    "transformers": Contender("transformers, float32, sorted batches", _transformers()),
    "transformers-1": Contender("transformers, float32, one by one", _transformers(batch=1)),
}
"""Name -> contender, the fastest first as a rule; its devices are those where it takes part without being named."""


def chosen(names: Sequence[str], device: str) -> list[str]:
    """The contenders of a benchmark in the table's order: `names`, or all that are meant for the device.

    Raises `ModelError` for a name that is not known.

    >>> chosen(["transformers", "zhaiyi"], "cpu")
    ['zhaiyi', 'transformers']
    """
    if unknown := [name for name in names if name not in CONTENDERS]:
        raise ModelError(f"unknown contender {unknown[0]!r}; known are {', '.join(CONTENDERS)}")
    return [name for name, one in CONTENDERS.items() if (name in names if names else device in one.devices)]


def batches(lengths: Sequence[int], size: int) -> Iterator[list[int]]:
    """The indices of `lengths` from long to short, `size` at a time.

    >>> list(batches([3, 9, 5], 2))
    [[1, 2], [0]]
    """
    order = sorted(range(len(lengths)), key=lambda i: -lengths[i])
    return (order[start : start + size] for start in range(0, len(order), size))
