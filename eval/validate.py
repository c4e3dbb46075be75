"""Score a model while it trains: chrF2 and BLEU of its translations of validation abstracts, fast and greedy."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from eval.metrics import corpus_scores
from eval.testset import load_testset
from models.registry import open_translator
from models.translator import Decoding
from pipeline.records import Translation
from pipeline.settings import Settings
from pipeline.translate import translate_block


def validator(path: Path, limit: int = 100) -> Callable[[Path], dict[str, float]]:
    """A function that translates the first `limit` abstracts of `path` with a Marian folder and gives its scores."""
    abstracts = load_testset(str(path))[:limit]

    def validate(folder: Path) -> dict[str, float]:
        translator = open_translator(str(folder), engine="ctranslate2")
        settings = Settings(decoding=replace(Decoding(), beam=1), retry=False)
        results = translate_block(abstracts, translator, settings)
        done: Sequence[Translation] = [result for result in results if isinstance(result, Translation)]
        scores = corpus_scores(
            [one.target for one in done], [[reference.text for reference in one.abstract.references] for one in done]
        )
        values = {score.name: round(score.value, 2) for score in scores}
        return {"chrF2": values.pop("chrF2"), **values}

    return validate
