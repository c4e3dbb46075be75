"""From what the user calls a model to a translator: the shipped name, a folder, or a hub id.

The default path (a shipped or local model with CTranslate2) imports neither torch nor transformers nor the hub's
library; a test holds it. To add an engine: a class that is a `models.translator.Engine`, and its line in `ENGINES`.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from models import masks, parity
from models import shortlist as shortlists
from models.cache import derived, load_json, write_json
from models.errors import ModelError
from models.folder import ModelFolder
from models.languages import Script, check_languages, choose_token, language_tokens
from models.tokens import Tokens
from models.translator import Decoding, Engine, Limits, SystemInfo, Translator

SHIPPED = "zhaiyi-en-zh-tiny"
SHIPPED_FOLDER = Path(__file__).parent / "shipped"
BATCH_TOKENS = {"cpu": 512, "cuda": 16_384}
"""Padded source pieces of a batch.

On a CPU about 15 sentences are fastest. Measured on one core with 6 and 2 layers of width 320 in int8, beam 4,
milliseconds a sentence of 35 pieces: 26 one by one, 19 at 128 pieces, 12 at 384 to 768, 14 at 1,024, 17 at 1,536, 19 at
4,096.
"""

MASK_STYLE_FILE = "mask_style.json"


def _ctranslate2(folder: ModelFolder, device: str, precision: str, threads: int, shortlist: Path | None) -> Engine:
    from models.ct2_engine import CTranslate2Engine

    return CTranslate2Engine(folder, device, precision, threads, shortlist)


def _torch(folder: ModelFolder, device: str, precision: str, threads: int, shortlist: Path | None) -> Engine:
    from models.torch_engine import TorchEngine

    return TorchEngine(folder, device, precision, threads, shortlist)


ENGINES: dict[str, Callable[[ModelFolder, str, str, int, Path | None], Engine]] = {
    "auto": _ctranslate2,
    "ctranslate2": _ctranslate2,
    "torch": _torch,
}


def resolve(model: str, *, offline: bool = False, revision: str = "") -> ModelFolder:
    """Find a model and check that it is a complete English-Chinese Marian model.

    Raises `ModelError` with what is missing or wrong.
    """
    folder = _find(model, offline, revision)
    check_languages(folder)
    return folder


def _find(model: str, offline: bool, revision: str) -> ModelFolder:
    path = Path(model).expanduser()
    if model == SHIPPED:
        return ModelFolder(SHIPPED_FOLDER, SHIPPED)
    if path.is_dir():
        return ModelFolder(path)
    if path.exists():
        raise ModelError(f"{model}: a file; a model is a folder with config.json, vocab.json, *.spm and weights")
    from models.hub import find, is_hub_id

    if is_hub_id(model):
        return find(model, revision, offline)
    raise ModelError(f"{model}: no such model: neither a folder, nor a hub id (owner/name), nor {SHIPPED!r}")


def open_translator(
    model: str = SHIPPED,
    *,
    engine: str = "auto",
    device: str = "auto",
    precision: str = "auto",
    threads: int = 0,
    batch_tokens: int = 0,
    script: Script = "hans",
    offline: bool = False,
    revision: str = "",
    shortlist: bool | Path = True,
) -> Translator:
    """Open a model for translating; at its first use it is converted and its mask style measured, then both are kept.

    `engine` is a name of `ENGINES`; `threads` 0 is all cores that this process may use; `batch_tokens` 0 is the
    device's default; `shortlist` says whether the model's is used, where it has one, or gives another. Raises
    `ModelError`.
    """
    if engine not in ENGINES:
        raise ModelError(f"unknown engine {engine!r}; known are {', '.join(ENGINES)}")
    if threads < 0 or batch_tokens < 0:
        raise ModelError(f"threads and batch tokens cannot be negative: {threads}, {batch_tokens}")
    folder = resolve(model, offline=offline, revision=revision)
    token = choose_token(language_tokens(folder.source_words), script, folder.name)
    tokens = Tokens(folder, token)
    candidates = shortlists.find(folder) if shortlist is True else shortlist or None
    made = ENGINES[engine](folder, device, precision, threads, candidates)
    limits = Limits(folder.shape.positions, batch_tokens or BATCH_TOKENS[made.device.partition(":")[0]])
    info = SystemInfo(
        model=folder.name,
        revision=folder.revision,
        engine=made.name,
        precision=made.precision,
        device=made.device,
        language_token=token,
        mask_style=masks.RESERVED,
        engine_version=made.version,
        shortlist=made.shortlist,
    )
    if not masks.reserved(tokens):
        info = replace(info, mask_style=_measured_style(folder, Translator(tokens, made, limits, info)))
    return Translator(tokens, made, limits, info)


def _measured_style(folder: ModelFolder, translator: Translator) -> str:
    """The mask style that survives best on a model, from its cache, else measured now."""
    path = derived(folder, MASK_STYLE_FILE)
    shares: dict[str, float] = load_json(path).get("survival", {})
    if tuple(shares) != masks.STYLES:
        greedy = Decoding(beam=1)
        shares = masks.measure(lambda texts: [found.text for found in translator.translate(texts, greedy)])
        write_json(path, {"style": masks.best(shares), "survival": shares, "probes": len(masks.PROBES)})
    return masks.best(shares)


def check_parity(model: str = SHIPPED, texts: Sequence[str] = (), decoding: Decoding | None = None) -> parity.Parity:
    """Compare CTranslate2 with torch on a model, over `texts` or the probes of `models.masks`; kept with the model.

    Raises `ModelError`, also if torch is not installed.
    """
    folder = resolve(model)
    texts = texts or [masks.with_masks(probe, masks.RESERVED) for probe in masks.PROBES]
    reference = open_translator(model, engine="torch", device="cpu", precision="float32")
    float32 = open_translator(model, engine="ctranslate2", device="cpu", precision="float32", shortlist=False)
    default = open_translator(model, engine="ctranslate2", device="cpu")
    return parity.measure(folder, reference, float32, default, texts, decoding)
