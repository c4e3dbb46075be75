"""Score a model while it trains: chrF2 and BLEU of its translations of validation abstracts, fast and greedy."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from eval.metrics import corpus_scores
from eval.testset import load_testset
from models.cache import derived
from models.ct2_engine import CONVERTED
from models.folder import ModelFolder
from models.registry import open_translator
from models.translator import Decoding
from pipeline.records import Translation
from pipeline.settings import Settings
from pipeline.translate import translate_block


def validator(path: Path, limit: int = 100) -> Callable[[Path], dict[str, float]]:
    """A function that translates the first `limit` abstracts of `path` with a Marian folder and gives its scores.

    What the model converts to is removed from the cache again: a run validates many.
    """
    abstracts = load_testset(str(path))[:limit]
    references = [[reference.text for reference in abstract.references] for abstract in abstracts]

    def validate(folder: Path) -> dict[str, float]:
        settings = Settings(decoding=replace(Decoding(), beam=1), retry=False)
        try:
            results = translate_block(abstracts, open_translator(str(folder), engine="ctranslate2"), settings)
        finally:
            shutil.rmtree(derived(ModelFolder(folder), CONVERTED).parent, ignore_errors=True)
        targets = [result.target if isinstance(result, Translation) else "" for result in results]
        values = {score.name: round(score.value, 2) for score in corpus_scores(targets, references)}
        return {"chrF2": values.pop("chrF2"), **values}

    return validate
