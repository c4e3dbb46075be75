"""The torch engine, the reference: transformers' own Marian code with `generate`, fed the same tensors and settings.

It imports torch and transformers only when it is made. The model is built from `config.json` and our reading of the
weights instead of `from_pretrained`, so that what is missing or not tied is an error and never a random tensor.
"""

import threading
from pathlib import Path
from typing import Any

from models.ct2_engine import available_cores
from models.devices import choose_device
from models.errors import ModelError, OutOfMemory
from models.folder import ModelFolder
from models.tokens import END, output_words
from models.translator import DRAWN_FROM, Decoding, Generated
from models.weights import Array, read_weights

PRECISIONS = ("float32", "bfloat16", "float16")


class TorchEngine:
    """A Marian model in torch: float32 on CPU and float16 on GPU unless asked otherwise; one batch at a time."""

    name = "torch"
    workers = 1
    shortlist = "none"

    def __init__(
        self, folder: ModelFolder, device: str, precision: str, threads: int, shortlist: Path | None = None
    ) -> None:
        try:
            import torch
            import transformers
        except ImportError as error:
            raise ModelError(
                f"engine 'torch' takes {error.name}, which is not installed: pip install torch transformers"
            ) from error
        self.version = f"torch {torch.__version__}, transformers {transformers.__version__}"
        chosen = choose_device(device, torch.cuda.device_count(), "torch")
        if len(chosen.indices) > 1:
            raise ModelError(f"device {device!r}: the torch engine takes one GPU; name one, or use ctranslate2")
        self.device = str(chosen)
        self.precision = _choose_precision(precision, chosen.kind)
        if chosen.kind == "cpu":
            torch.set_num_threads(threads or available_cores())
        self._torch = torch
        self._alone = threading.Lock()  # one batch has all of torch's threads
        self._model = load_model(folder, read_weights(folder)).to(self.device, getattr(torch, self.precision))
        self._numbers = {word: number for number, word in enumerate(folder.source_words)}
        self._words = folder.target_words
        self._shape = folder.shape
        self._never = sorted(set(range(folder.shape.target_vocab_size)) - set(output_words(folder)))

    def generate(self, batch: list[list[str]], decoding: Decoding, max_lengths: list[int]) -> list[list[Generated]]:
        """See `models.translator.Engine`."""
        torch = self._torch
        width = max(map(len, batch))
        rows = [[self._numbers[piece] for piece in pieces] for pieces in batch]
        numbers = torch.tensor([row + [self._shape.pad] * (width - len(row)) for row in rows], device=self.device)
        attended = torch.tensor([[1] * len(row) + [0] * (width - len(row)) for row in rows], device=self.device)
        settings = self._settings(decoding, max(max_lengths))
        try:
            with self._alone, torch.inference_mode():
                found = self._model.generate(numbers, attention_mask=attended, generation_config=settings)
                one, other = (side.repeat_interleave(decoding.hypotheses, 0) for side in (numbers, attended))
                scores = self._scores(one, other, found, decoding)
        except (torch.OutOfMemoryError, MemoryError) as error:
            raise OutOfMemory(f"{self.device}: out of memory") from error
        except RuntimeError as error:
            if "not enough memory" not in str(error):
                raise
            raise OutOfMemory(f"{self.device}: out of memory") from error
        made = list(zip(map(self._pieces, found.tolist()), scores, strict=True))
        return [made[row : row + decoding.hypotheses] for row in range(0, len(made), decoding.hypotheses)]

    def score(self, sources: list[list[str]], targets: list[list[str]]) -> list[float]:
        """See `models.translator.Engine`."""
        torch, shape = self._torch, self._shape
        numbers = {word: number for number, word in enumerate(self._words)}
        scores = []
        with torch.inference_mode():
            for source, target in zip(sources, targets, strict=True):
                labels = torch.tensor([*(numbers[piece] for piece in target), shape.end], device=self.device)
                logits = self._model(
                    input_ids=torch.tensor([[self._numbers[piece] for piece in source]], device=self.device),
                    decoder_input_ids=torch.cat([labels.new_tensor([shape.start]), labels[:-1]])[None],
                ).logits[0]
                logits[:, self._never] = float("-inf")
                steps = logits.float().log_softmax(dim=-1).gather(1, labels.unsqueeze(1))
                scores.append(float(steps.mean()))
        return scores

    def _settings(self, decoding: Decoding, max_length: int) -> Any:
        """The settings under which transformers' search is CTranslate2's.

        It stops when it has as many finished hypotheses as beams, divides by the length with `</s>`, renormalises after
        words were ruled out, and forces no `</s>` at the end.
        """
        from transformers import GenerationConfig

        drawing: dict[str, Any] = {"do_sample": False}
        if decoding.temperature:
            drawing = {"do_sample": True, "top_k": DRAWN_FROM, "temperature": decoding.temperature}
        return GenerationConfig(  # type: ignore[no-untyped-call]
            max_new_tokens=max_length, min_new_tokens=1, num_beams=decoding.beam, **drawing,
            num_return_sequences=decoding.hypotheses,
            length_penalty=decoding.length_penalty, early_stopping=decoding.beam > 1,
            no_repeat_ngram_size=decoding.no_repeat_ngram or None, renormalize_logits=True,
            eos_token_id=self._shape.end, pad_token_id=self._shape.pad, decoder_start_token_id=self._shape.start,
            forced_eos_token_id=None, suppress_tokens=self._never or None,
        )  # fmt: skip

    def _scores(self, numbers: Any, attended: Any, found: Any, decoding: Decoding) -> list[float]:
        """The score of each hypothesis from one more pass: `output_scores` would keep all words of all steps."""
        states = self._model.model(
            input_ids=numbers, attention_mask=attended, decoder_input_ids=found[:, :-1], use_cache=False
        ).last_hidden_state
        scores = []
        for state, labels in zip(states, found[:, 1:], strict=True):
            real = labels != self._shape.pad
            logits = (self._model.lm_head(state[real]) + self._model.final_logits_bias).float()
            logits[:, self._never] = float("-inf")
            logits[0, self._shape.end] = float("-inf")  # as in the search: no empty hypothesis
            steps = logits.log_softmax(dim=-1).gather(1, labels[real].unsqueeze(1))
            scores.append(float(steps.sum()) / len(steps) ** decoding.length_penalty)
        return scores

    def _pieces(self, row: list[int]) -> list[str]:
        words = [self._words[number] for number in row[1:] if number != self._shape.pad]
        return words[:-1] if words and words[-1] == END else words


def load_model(folder: ModelFolder, weights: dict[str, Array]) -> Any:
    """Transformers' Marian model with exactly `weights`, in float32. Raises `ModelError` if it holds anything else."""
    import torch
    from transformers import GenerationConfig, MarianConfig, MarianMTModel

    config = MarianConfig.from_pretrained(folder.path, local_files_only=True)
    config._attn_implementation = "eager"
    tensors = {id(array): torch.from_numpy(array.astype("float32")) for array in weights.values()}
    state = {name: tensors[id(array)] for name, array in weights.items()}
    with torch.device("meta"):
        model = MarianMTModel(config)
    try:
        model.load_state_dict(state, strict=True, assign=True)
    except RuntimeError as error:
        raise ModelError(f"{folder.name}: transformers' Marian model does not take these weights: {error}") from error
    model.tie_weights()
    model.generation_config = GenerationConfig()  # type: ignore[no-untyped-call]  # else its forced </s> stays
    for name, tensor in model.state_dict().items():
        if tensor.is_meta or not torch.equal(tensor, state[name]):
            raise ModelError(f"{folder.name}: {name} in memory is not what the file holds: transformers loads it wrong")
    model.eval()  # type: ignore[no-untyped-call]
    return model


def _choose_precision(precision: str, device: str) -> str:
    if precision == "auto":
        return "float32" if device == "cpu" else "float16"
    if precision not in PRECISIONS:
        raise ModelError(f"precision {precision!r}: the torch engine can do auto, {', '.join(PRECISIONS)}")
    return precision
