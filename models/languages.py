"""Which languages a model translates, and the token that some models want in front for the target's script.

Models with one target have no such token; models with several (opus-mt-en-zh among them) print mixed scripts or
loop when it is forgotten. The tokens are the words of the vocabulary that look like `>>cmn_Hans<<`.
"""

import re
from collections.abc import Iterable
from typing import Literal

from models.errors import ModelError
from models.folder import ModelFolder

Script = Literal["hans", "hant"]

_TOKEN = re.compile(r">>([^<>\s]+)<<")
_ENGLISH = ("en", "eng")
_MANDARIN = ("zh", "zho", "chi", "cmn")
_GROUPS = ("mul", "ine", "gem", "gmw")  # families with English in them, as OPUS-MT names them
_SCRIPT_CODES = {
    "hans": ("cmn_Hans", "zho_Hans", "zh_Hans", "cmn_CN", "zh_CN", "zh_cn"),
    "hant": ("cmn_Hant", "zho_Hant", "zh_Hant", "cmn_TW", "zh_TW", "zh_tw"),
}
_PLAIN_CODES = ("cmn", "zho", "zh", "chi")  # say no script: used for either, the script is set afterwards


def language_tokens(words: Iterable[str]) -> list[str]:
    """The target-language tokens among the words of a vocabulary.

    >>> language_tokens(["</s>", ">>cmn_Hans<<", "▁the", ">>"])
    ['>>cmn_Hans<<']
    """
    return [word for word in words if _TOKEN.fullmatch(word)]


def choose_token(tokens: list[str], script: Script, name: str = "the model") -> str:
    """The token to put in front for `script`; "" if the model has none at all.

    Raises `ModelError` if the model has Chinese tokens, but only for another script.

    >>> choose_token([">>cmn_Hans<<", ">>cmn_Hant<<"], "hant")
    '>>cmn_Hant<<'
    >>> choose_token([], "hant")
    ''
    """
    if script not in _SCRIPT_CODES:
        raise ModelError(f"unknown script {script!r}; known are {', '.join(_SCRIPT_CODES)}")
    if not tokens:
        return ""
    for code in (*_SCRIPT_CODES[script], *_PLAIN_CODES):
        if f">>{code}<<" in tokens:
            return f">>{code}<<"
    raise ModelError(f"{name}: no token for script {script!r}; it has {', '.join(tokens)}")


def check_languages(folder: ModelFolder) -> None:
    """Raise `ModelError` if the model says that it translates from or into other languages than English and Chinese.

    What `tokenizer_config.json` names decides, and for the target also the tokens; a model that says nothing passes.
    """
    source = str(folder.tokenizer_config.get("source_lang") or "")
    target = str(folder.tokenizer_config.get("target_lang") or "")
    if source and not _is(source, (*_ENGLISH, *_GROUPS)):
        raise ModelError(f"{folder.name}: translates from {source!r} into {target or 'unknown'!r}, not from English")
    tokens = language_tokens(folder.source_words)
    if any(_is(token[2:-2], _MANDARIN) for token in tokens) or _is(target, _MANDARIN):
        return
    if target or tokens:
        raise ModelError(f"{folder.name}: translates into {target or ', '.join(tokens[:8])}, not into Chinese")


def _is(code: str, languages: tuple[str, ...]) -> bool:
    return re.split(r"[_-]", code)[0].lower() in languages
