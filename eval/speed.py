"""How fast this machine translates: ours and its peers on the same segments, in one run, interleaved.

Every contender is loaded once in a process of its own and then translates all segments once a round, in turn, so that a
slow minute of the machine falls on all. What counts is the processor's time on a CPU, which others' work disturbs
less, and the clock's on a GPU. What this module does not do: print anything (`eval.speed_report`).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import permutations
from statistics import mean, median

from eval.contenders import OURS, Job, chosen
from eval.endtoend import EndToEnd, measure_end_to_end
from eval.metrics import corpus_score
from eval.peak import Peak, measure_peak, operations
from eval.sample import Sample, read_abstracts, sample
from eval.shapes import LANGUAGE_TOKENS, shape_folder
from eval.worker import Answer, Cost, Unavailable, Worker
from models.folder import ModelFolder, read_json
from models.registry import SHIPPED, open_translator, resolve
from models.translator import Decoding
from pipeline.errors import ConfigError

WARM_UP = 4  # segments translated before anything is timed
BUSY_CORES = 0.2  # taken by other programs; more is worth a warning
PIECES = 36
BESIDE = "ctranslate2-int8"  # the contender that runs the shape beside a model

Log = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured: a model, a shape with random weights, or both, when one row of the shape joins the model's.

    The first of `beams` is everybody's, further ones are more rows of ours. `pieces` is the length of all hypotheses of
    a shape: 0 for `PIECES`, or beside a model for the average of its own. `only` names contenders, none all that are
    meant for the device.
    """

    model: str = ""
    shape: str = ""
    device: str = "cpu"
    threads: int = 1
    beams: tuple[int, ...] = (4,)
    segments: int = 64
    rounds: int = 3
    pieces: int = 0
    only: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()
    end_to_end: bool = False
    offline: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A row to be: its label, which contender, its job, and the length of its hypotheses if that is forced, or 0."""

    label: str
    contender: str
    job: Job
    forced: int = 0


@dataclass(frozen=True, slots=True)
class Row:
    """What one contender did: a cost a round, hypotheses, their pieces, and the operations that they take."""

    entry: Entry
    startup: Cost
    costs: tuple[Cost, ...]
    peak_bytes: int
    texts: tuple[str, ...]
    pieces: int
    operations: float


@dataclass(frozen=True, slots=True)
class Report:
    """Everything that was measured; `absent` says by label why a contender did not take part.

    `chrf` is chrF2 of a row's output (first label) with another's (second) as the reference.
    """

    plan: Plan
    model: str
    segments: int
    words: int
    source_pieces: int
    rows: tuple[Row, ...]
    absent: Mapping[str, str]
    chrf: Mapping[tuple[str, str], float]
    chrf_signature: str
    peak: Peak
    end_to_end: EndToEnd | None
    warnings: tuple[str, ...]

    def seconds(self, cost: Cost) -> float:
        """What counts: the processor's seconds on a CPU, the clock's on a GPU."""
        return cost.cpu if self.plan.device == "cpu" else cost.wall

    @property
    def base(self) -> Row:
        """The row that the others are compared with: ours, or the first."""
        return next((row for row in self.rows if row.entry.contender == OURS), self.rows[0])

    def ratios(self, row: Row) -> list[float]:
        """How many times the base's time a row took, by pairs of the same round."""
        pairs = zip(row.costs, self.base.costs, strict=True)
        return [self.seconds(cost) / self.seconds(base) for cost, base in pairs]


def bench(plan: Plan, log: Log) -> Report:
    """Measure; `log` is told what goes on.

    Raises `ConfigError` for a plan that makes no sense, `InputError` for texts that cannot be read, and `ModelError`
    for a model, device, shape or contender that is not there.
    """
    shape = ModelFolder(shape_folder(plan.shape), plan.shape) if plan.shape else None
    folder = resolve(plan.model or SHIPPED, offline=plan.offline) if plan.model or not shape else shape
    if plan.end_to_end and folder is shape:
        raise ConfigError("end to end takes a model: a shape's random weights fail every check")
    translator = open_translator(str(folder.path), device=plan.device)
    plan, token = replace(plan, device=translator.info.device), translator.info.language_token
    if ":" in plan.device:
        raise ConfigError(f"{plan.device}: measured is one device; name cuda, and the GPU by CUDA_VISIBLE_DEVICES")
    names = chosen(plan.only, plan.device)
    abstracts = read_abstracts(plan.paths)
    some, everything = (sample(abstracts, translator, size) for size in (plan.segments, 0))
    if shape and not plan.pieces:
        found = [] if shape is folder else translator.translate(some.texts, Decoding(plan.beams[0]))
        lengths = target_pieces(folder, [hypothesis.text for hypothesis in found]) or [PIECES]
        plan = replace(plan, pieces=max(1, round(mean(lengths))))
    del translator  # its memory is for the contenders
    peak = measure_peak(plan.device)
    planned = list(entries(plan, names, folder, shape, token))
    rows, absent = run(planned, some, plan.rounds, log)
    if not rows:
        raise ConfigError("nothing to measure: " + "; ".join(f"{label}: {why}" for label, why in absent.items()))
    chrf, signature = compare([row for row in rows if row.entry.job.model == folder.path.resolve()])
    throughput = None
    if plan.end_to_end:
        throughput = measure_end_to_end(planned[0].job, abstracts, everything.texts, plan.rounds, log)
    return Report(
        plan, folder.name, len(some.texts), some.words, sum(some.pieces), tuple(rows), absent, chrf, signature, peak,
        throughput, busy(rows),
    )  # fmt: skip


def entries(
    plan: Plan, names: Sequence[str], folder: ModelFolder, shape: ModelFolder | None, token: str
) -> Iterator[Entry]:
    """The rows of a plan: each contender with the first beam, ours with the others, and the shape's beside a model."""

    def entry(label: str, name: str, model: ModelFolder, beam: int) -> Entry:
        forced = plan.pieces if model is shape else 0
        # a ratio next to nothing: the limit, which a shape's hypotheses all reach, is the same for all
        decoding = Decoding(beam, max_ratio=1e-9, max_extra=forced) if forced else Decoding(beam)
        first = LANGUAGE_TOKENS[0] if model is shape else token
        job = Job(model.path.resolve(), plan.device, plan.threads, decoding, model.shape.positions, first)
        return Entry(label, name, job, forced)

    for name in names:
        yield entry(name, name, folder, plan.beams[0])
        if name == OURS:
            yield from (entry(f"{name}, beam {beam}", name, folder, beam) for beam in plan.beams[1:])
    if shape and shape is not folder:
        yield entry(f"{BESIDE}, {plan.shape}", BESIDE, shape, plan.beams[0])


def run(planned: Sequence[Entry], what: Sample, rounds: int, log: Log) -> tuple[list[Row], dict[str, str]]:
    """Load each contender, measure all in turn, round by round; rows, and why others are absent."""
    workers: dict[str, Worker] = {}
    absent: dict[str, str] = {}
    try:
        for one in planned:
            log(f"loading {one.label}")
            try:
                workers[one.label] = Worker(one.contender, one.job, what.texts[:WARM_UP])
            except Unavailable as error:
                absent[one.label] = str(error)
        answers = interleave({label: worker.measure for label, worker in workers.items()}, what.texts, rounds, log)
        rows = [row_of(one, workers[one.label].startup, answers[one.label], what)
                for one in planned if one.label in workers]  # fmt: skip
    finally:
        for worker in workers.values():
            worker.close()
    return rows, absent


def interleave(
    contenders: Mapping[str, Callable[[Sequence[str]], Answer]], texts: Sequence[str], rounds: int, log: Log
) -> dict[str, list[Answer]]:
    """Let each contender translate `texts` once a round; every round begins with another one."""
    answers: dict[str, list[Answer]] = {label: [] for label in contenders}
    labels = list(contenders)
    for number in range(rounds):
        first = number % len(labels) if labels else 0
        for label in labels[first:] + labels[:first]:
            log(f"round {number + 1} of {rounds}: {label}")
            answers[label].append(contenders[label](texts))
    return answers


def row_of(entry: Entry, startup: Cost, answers: Sequence[Answer], what: Sample) -> Row:
    """Sum up a contender's rounds; pieces are those of its text by the model's own tokenizer, the same for all."""
    folder = ModelFolder(entry.job.model)
    texts, last = answers[-1].texts, answers[-1]
    lengths = [entry.forced] * len(texts) if entry.forced else target_pieces(folder, texts)
    config = read_json(folder.path / "config.json")
    cost = operations(config, what.pieces, lengths, entry.job.decoding.beam)
    costs = tuple(answer.cost for answer in answers)
    return Row(entry, startup, costs, last.peak_bytes, tuple(texts), sum(lengths), cost)


def target_pieces(folder: ModelFolder, texts: Sequence[str]) -> list[int]:
    """How many pieces each Chinese text is cut into by the model's target tokenizer."""
    import sentencepiece

    processor = sentencepiece.SentencePieceProcessor(model_file=str(folder.path / "target.spm"))
    return [len(pieces) for pieces in processor.encode(list(texts), num_threads=1)]


def compare(rows: Sequence[Row]) -> tuple[dict[tuple[str, str], float], str]:
    """chrF2 of every row's output with every other's as the reference, and sacrebleu's signature."""
    scores = {
        (one.entry.label, other.entry.label): corpus_score("chrF2", one.texts, [[text] for text in other.texts])
        for one, other in permutations(rows, 2)
    }
    signature = next((score.signature for score in scores.values()), "")
    return {pair: score.value for pair, score in scores.items()}, signature


def busy(rows: Sequence[Row]) -> tuple[str, ...]:
    """A warning if other programs worked meanwhile: the median of the cores that they took.

    They lengthen the clock's time where cores are few, and the processor's too where two share a core's units; pairs of
    the same round suffer alike.
    """
    taken = median(cost.others / cost.wall for row in rows for cost in row.costs)
    if taken <= BUSY_CORES:
        return ()
    return (f"the machine was busy: other programs took {taken:.1f} cores; trust ratios, not absolute figures",)
