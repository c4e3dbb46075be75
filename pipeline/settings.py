"""What decides the output besides the translator, and the system's signature, which names all of it."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from models.translator import Decoding, Translator
from pipeline.check import Limits
from pipeline.finish import Script
from pipeline.memory import Correction, Memory

FLOW_VERSION = "9"
"""Version of normalising, segmenting, masking, retrying and finishing: part of the system's signature."""


@dataclass(frozen=True, slots=True)
class Settings:
    """What decides the output besides the translator: decoding, limits of the checks, script, sizes.

    `max_pieces` is the longest segment given to a model; longer ones are split at a clause, since small models drop
    clauses of long sentences: of segments over 130 pieces the shipped one kept 56 % of the numbers whole, 76 % split
    like this, and over 100 its chrF2 stayed the same. What people corrected stands in `memory`.
    """

    decoding: Decoding = field(default_factory=Decoding)
    limits: Limits = field(default_factory=Limits)
    script: Script = "hans"
    max_pieces: int = 100
    max_words: int = 5_000
    retry: bool = True
    memory: Memory | None = None

    def signature(self, translator: Translator) -> str:
        """The system in one line: everything that decides what the machine writes, in sacrebleu's manner."""
        info, decoding = translator.info, self.decoding
        parts = {
            "model": f"{info.model}@{info.revision[:12]}",
            "engine": f"{info.engine}-{info.engine_version}",
            "precision": info.precision,
            "beam": decoding.beam,
            "lp": decoding.length_penalty,
            "len": f"{decoding.max_ratio}+{decoding.max_extra}/{self.max_pieces}",
            "lang": info.language_token or "none",
            "mask": info.mask_style,
            "list": info.shortlist if decoding.shortlist else "none",
            "flow": FLOW_VERSION,
            "script": self.script,
            "retry": "yes" if self.retry else "no",
            "limits": self._limits_digest(),
        }
        return "|".join(f"{name}:{value}" for name, value in parts.items())

    def signature_with_memory(self, translator: Translator) -> str:
        """The same with a digest of what people corrected, if there is a memory: everything that decides the output."""
        signature = self.signature(translator)
        return f"{signature}|memory:{self.memory.summary(self.script)[1]}" if self.memory else signature

    def recall(self, texts: Iterable[str]) -> dict[str, Correction]:
        """The corrections of those texts that the memory knows."""
        return self.memory.lookup(texts, self.script) if self.memory else {}

    def _limits_digest(self) -> str:
        """The checks decide what is retried, so their limits take part: "default", or a digest of others."""
        limits = replace(self.limits, script=Limits().script)
        return "default" if limits == Limits() else hashlib.sha256(repr(limits).encode()).hexdigest()[:8]
