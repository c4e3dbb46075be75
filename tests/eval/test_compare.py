"""Systems are compared as sacrebleu compares them, and with what it does not show."""

import json
import random
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval.buckets import RULES, group
from eval.comparison import Comparison, from_object
from eval.conduct import asked
from eval.contest import Asked, add, contest, summary, write
from eval.corpus import join_corpus
from eval.hypotheses import read_hypotheses
from eval.markdown import render_markdown
from eval.metrics import corpus_score, sentence_score
from eval.references import Facts, read_reference_set
from pipeline.cli import main
from pipeline.errors import ConfigError, InputError, ZhaiyiError

NEWS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "systems" / "newstest2021"
CHARACTERS = "我们提出一种新的图神经网络方法它在三个数据集上优于基线模型并且速度更快，。"
SAME = 0.0051  # half of the last digit that the command line prints, and what its float32 adds
COUNT = 100


def changed(text: str, share: float, rng: random.Random) -> str:
    return "".join(rng.choice(CHARACTERS) if rng.random() < share else char for char in text)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """`ref.A`, `ref.B`, `src` and three systems, the last of them clearly the best, with `COUNT` lines each."""
    rng = random.Random(6)
    first = ["".join(rng.choices(CHARACTERS, k=rng.randint(8, 40))) + f"{n % 5}个$x_{n}$" for n in range(COUNT)]
    sources = [
        f"We propose {n % 5 if n % 2 else 'some'} graph networks $x_{n}$ "
        + " ".join("".join(rng.choices("abcd", k=6)) for _ in range(n % 30))
        for n in range(COUNT)
    ]
    texts = {
        "ref.A.zh": first,
        "ref.B.zh": [changed(text, 0.2, rng) for text in first],
        "src.en": sources,
        "hyp.base.zh": [changed(text, 0.3, rng) for text in first],
        "hyp.near.zh": [changed(text, 0.3, rng) for text in first],
        "hyp.good.zh": [text if n % 3 else changed(text, 0.3, rng) for n, text in enumerate(first)],
    }
    for name, lines in texts.items():
        (tmp_path / name).write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return tmp_path


def compared(folder: Path, names: str = "base near good", **more: Any) -> Comparison:
    systems = tuple(str(folder / f"hyp.{name}.zh") for name in names.split())
    given: dict[str, Any] = {"resamples": 200, "trials": 400, "source": folder / "src.en"}
    return contest(Asked(systems, (str(folder / "ref.A.zh"), str(folder / "ref.B.zh")), **{**given, **more}))


def sacrebleus(references: list[str], systems: list[str], test: str, samples: int) -> dict[str, list[list[str]]]:
    """What sacrebleu's command line prints of each system, by the last part of its file's name, for each metric:
    score, bootstrap mean, half of the interval, p-value; "" where it prints none.
    """
    command = [sys.executable, "-m", "sacrebleu", *references, "-i", *systems, "-m", "bleu", "chrf", "-tok", "zh"]
    # a row a system on one line; its JSON fails with intervals
    command += [f"--paired-{test}", f"--paired-{test}-n", str(samples), "-w", "2", "-f", "latex"]
    done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8", timeout=600)
    rows = [line.split("&") for line in done.stdout.splitlines() if "hyp." in line]
    cell = re.compile(r"([\d.]+)(?: \(([\d.]+) ± ([\d.]+)\))?(?: \(p = ([\d.]+)\))?")
    return {
        name.strip().replace("\\_", "_").split(".")[-2]: [list(cell.findall(text)[0]) for text in cells]
        for name, *cells in rows
    }


def assert_equal(found: Comparison, by_bootstrap: dict[str, list[list[str]]], by_chance: dict[str, Any]) -> None:
    """Scores, intervals and the bootstrap's p-values to the last printed digit, the other's within sampling error."""
    for system in found.systems:
        for number, metric in enumerate(("BLEU", "chrF2")):
            score, mean, half, p_value = by_bootstrap[system.name][number]
            estimate = system.scores[metric]
            assert f"{estimate.value:.2f}" == score == by_chance[system.name][number][0] and mean
            assert (estimate.high - estimate.low) / 2 == pytest.approx(float(half), abs=SAME)
            if not system.differences:
                continue
            test = next(one for one in system.differences if one.metric == metric).tests[0]
            assert f"{test.p_bootstrap:.4f}" == p_value
            error = 4 * (0.25 / found.trials) ** 0.5
            assert test.p_randomisation == pytest.approx(float(by_chance[system.name][number][3]), abs=error)


def test_comparison_is_that_of_sacrebleus_command_line(files: Path) -> None:
    references, systems = ([str(files / f"{name}.zh") for name in names] for names in (
        ("ref.A", "ref.B"), ("hyp.base", "hyp.near", "hyp.good")))  # fmt: skip
    tests = (sacrebleus(references, systems, "bs", 200), sacrebleus(references, systems, "ar", 400))
    assert_equal(compared(files), *tests)


@pytest.mark.skipif(not NEWS.exists(), reason="needs the development data")
def test_comparison_of_real_systems_is_that_of_sacrebleus_command_line() -> None:
    references = [str(NEWS / f"newstest2021.en-zh.ref.{name}.zh") for name in "AB"]
    systems = [str(NEWS / f"newstest2021.en-zh.hyp.{name}.zh") for name in ("UF", "windfall", "MiSS")]
    found = contest(Asked(tuple(systems), tuple(references), metrics=("BLEU", "chrF2"), trials=500))
    assert_equal(found, sacrebleus(references, systems, "bs", 1000), sacrebleus(references, systems, "ar", 500))


def test_systems_are_ranked_with_clusters_and_differences(files: Path) -> None:
    found = compared(files)
    good, *others = found.systems
    assert good.name == "good" and {one.name for one in others} == {"base", "near"}
    assert [one.rank for one in found.systems] == [1, 2, 3] and [one.cluster for one in found.systems] == [1, 2, 2]
    assert (good.best_rank, good.worst_rank) == (1, 1) and (others[0].best_rank, others[1].worst_rank) == (2, 3)
    (difference, *_) = good.differences
    base = next(one for one in found.systems if one.name == "base")
    assert base.differences == () and found.baseline == "base"
    assert difference.difference.value == pytest.approx(good.scores["BLEU"].value - base.scores["BLEU"].value)
    assert 0 < difference.difference.low < difference.difference.value < difference.difference.high
    (test,) = difference.tests
    assert len(found.systems) == 3 and test.unit == "item" and test.p_bootstrap < 0.05
    assert test.p_bootstrap_holm == pytest.approx(min(1, 2 * test.p_bootstrap))


def test_items_carry_texts_scores_and_what_is_wrong(files: Path) -> None:
    found = compared(files)
    texts = (files / "hyp.good.zh").read_text(encoding="utf-8").splitlines()
    item = found.items[3]
    assert item.hypotheses[0] == texts[3] and len(item.references) == 2 and item.source.startswith("We propose 3")
    expected = sentence_score("chrF2", texts[3], item.references)
    assert item.scores[0] == pytest.approx(expected.value, abs=0.006)
    assert found.item_metric == "chrF2" and len(found.most_different) == 50
    spread = {one.id: max(one.scores) - min(one.scores) for one in found.items}
    assert spread[found.most_different[0]] == pytest.approx(max(spread.values()), abs=0.02)
    worst = {one.id: one.scores[2] for one in found.items}
    assert worst[found.worst[2][0]] == pytest.approx(min(worst.values()), abs=0.02)


def test_buckets_score_their_items_alone(files: Path) -> None:
    found = compared(files)
    assert {bucket.kind for bucket in found.buckets} == {"length", "numbers", "rare words"}  # all have math
    for number, bucket in enumerate(found.buckets):
        items = [item for item in found.items if number in item.buckets]
        assert len(items) == bucket.count >= 5
        expected = corpus_score("BLEU", [item.hypotheses[1] for item in items], [[*item.references] for item in items])
        assert bucket.scores["BLEU"][1] == pytest.approx(expected.value, abs=1e-4)


def test_documents_are_resampled_as_wholes(files: Path) -> None:
    names = files / "documents"
    names.write_text("".join(f"d{n // 10}\n" for n in range(COUNT)), encoding="utf-8")
    found = compared(files, documents=names)
    alone = compared(files)
    assert (found.items_count, found.documents_count) == (COUNT, 10)
    near, again = (next(one for one in each.systems if one.name == "near") for each in (found, alone))
    tests = near.differences[0].tests
    assert [test.unit for test in tests] == ["item", "document"]
    assert tests[0] == again.differences[0].tests[0] and tests[1] != replace(tests[0], unit="document")


def test_identical_systems_share_a_cluster(files: Path) -> None:
    (files / "hyp.copy.zh").write_bytes((files / "hyp.good.zh").read_bytes())
    found = compared(files, "good copy")
    assert [one.cluster for one in found.systems] == [1, 1]
    (test,) = found.systems[1].differences[0].tests
    assert found.systems[1].differences[0].difference.value == 0.0 and found.most_different == ()
    assert test.p_randomisation == test.p_bootstrap == 1


def test_one_system_alone_is_shown(files: Path) -> None:
    found = compared(files, "good")
    assert [one.cluster for one in found.systems] == [1] and found.systems[0].differences == ()
    assert "## Against" not in render_markdown(found)


def test_less_is_better_in_ter(files: Path) -> None:
    for name in ("ref.A.zh", "ref.B.zh", "src.en", "hyp.base.zh", "hyp.good.zh"):  # it is slow: some lines do
        lines = (files / name).read_text(encoding="utf-8").splitlines()[:12]
        (files / name).write_text("\n".join(lines), encoding="utf-8")
    found = compared(files, "base good", metrics=("TER",), trials=50)
    assert found.systems[0].name == "good" and not found.metrics[0].higher_is_better
    assert found.systems[0].scores["TER"].value < found.systems[1].scores["TER"].value
    assert found.item_metric == "TER" and "less is better" in render_markdown(found)
    worst = {item.id: item.scores[0] for item in found.items}
    assert worst[found.worst[0][0]] == pytest.approx(max(worst.values()), abs=0.02)


def test_the_folder_has_json_markdown_and_a_page(files: Path) -> None:
    found = compared(files, title="Three | systems")
    written = {path.name: path.read_text(encoding="utf-8") for path in write(found, files / "out" / "deep")}
    assert set(written) == {"comparison.json", "comparison.md", "index.html"}
    assert from_object(json.loads(written["comparison.json"])) == found
    markdown = written["comparison.md"]
    for fact in (
        "# Three | systems",
        "| 1 | 1 (1–1) | good |",
        "## Against base",
        "length: ",
        found.metrics[0].signature,
    ):
        assert fact in markdown, fact
    assert "good" in written["index.html"]
    assert "good" in summary(found) and "baseline" in summary(found)


def test_markdown_tables_have_equal_columns(files: Path) -> None:
    terms = files / "terms.tsv"
    terms.write_text("graph network\t图|网络\n", encoding="utf-8")
    markdown = render_markdown(compared(files, terms=terms))
    tables = re.findall(r"(?:^\|.*\n)+", markdown, re.MULTILINE)
    assert len(tables) == 5
    for table in tables:
        assert len({line.count("|") for line in table.splitlines()}) == 1, table
    assert "\n\n\n" not in markdown


def test_terms_are_counted_by_system(files: Path) -> None:
    terms = files / "terms.tsv"
    terms.write_text("graph network\t图|网络\nunknown term\t无\n", encoding="utf-8")
    found = compared(files, terms=terms)
    (term,) = found.terms
    assert (term.english, term.count) == ("graph network", COUNT)
    for place, system in enumerate(found.systems):
        kept = sum("图" in item.hypotheses[place] or "网络" in item.hypotheses[place] for item in found.items)
        assert term.kept[place] == kept and system.terms is not None and system.terms.rendered.kept == kept


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        pytest.param(["a/x.zh", "b/x.zh"], "two systems are called 'x', {0}/a/x.zh and {0}/b/x.zh", id="one-name"),
        pytest.param(["a/x.zh", "a/x.zh"], "is given twice", id="twice"),
        pytest.param(["a/x.zh", "--baseline", "y"], "no system is called 'y'; there are x", id="baseline"),
        pytest.param(["a/none"], "neither a run nor a file", id="nothing"),
        pytest.param(["a/x.zh", "--source", "{0}/short"], "short: 1 lines, but there are 2 items", id="source"),
        pytest.param(["a/x.zh", "--terms", "{0}/short"], "short:1: no term: write English, a tab", id="terms"),
        pytest.param(["a/x.zh", "--metric", "x"], "unknown metric 'x'", id="metric"),
    ],
)
def test_bad_use_is_one_line(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in "ab":
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.zh").write_text("图很大。\n它很快。\n", encoding="utf-8")
    (tmp_path / "short").write_text("One line\n", encoding="utf-8")
    given = [str(tmp_path / one) if one[:2] in ("a/", "b/") else one.format(tmp_path) for one in arguments]
    with pytest.raises(SystemExit) as exit_:
        main(["compare", *given, "--ref", str(tmp_path / "a" / "x.zh")])
    error = capsys.readouterr().err
    assert exit_.value.code == 2 and message.format(tmp_path) in error and error.count("\n") == 1


def test_runs_with_their_own_references_are_compared(tmp_path: Path) -> None:
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        rows = [
            {"id": f"a{n}", "target": "图很大。" if name == "one" else "图大", "references": ["图很大。"],
             "source": "Graphs are large.", "meta": {"categories": "cs.LG"}, "system": f"model:{name}",
             "segments": [{"source": "", "target": "图很大。", "raw": "图很大."}]} for n in range(3)
        ]  # fmt: skip
        (folder / "translations.jsonl").write_text("".join(json.dumps(one) + "\n" for one in rows), encoding="utf-8")
        info = {"cpu_seconds": 4.0, "wall_seconds": 2.0, "segments": 30, "resumed": 0}
        (folder / "run.json").write_text(json.dumps(info), encoding="utf-8")
    found = contest(Asked((str(tmp_path / "two"), str(tmp_path / "one")), resamples=20, trials=20))
    assert [one.name for one in found.systems] == ["one", "two"] and found.systems[0].signature == "model:one"
    assert set(found.systems[0].raw) == set(found.systems[0].scores)
    assert found.systems[0].cost.segments_per_second == 15.0
    assert found.items[0].categories == ("cs.LG",) and found.items[0].source == "Graphs are large."
    with pytest.raises(ConfigError, match="so say what the board is to call this set"):
        add(found, tmp_path / "board.json", "")
    assert "2 systems added to 'mine'" in add(found, tmp_path / "board.json", "mine")
    rows = (tmp_path / "two" / "translations.jsonl").read_text(encoding="utf-8")
    (tmp_path / "two" / "translations.jsonl").write_text(rows.replace('"references"', '"other"', 1), encoding="utf-8")
    with pytest.raises(InputError, match="its references are not those of"):
        contest(Asked((str(tmp_path / "two"), str(tmp_path / "one"))))


def test_a_model_is_run_on_the_spot(tiny_model: Path, tmp_path: Path) -> None:
    testset = tmp_path / "set.jsonl"
    rows = [{"id": f"a{n}", "abstract": f"We train the model on {n} graphs.", "references": ["我们训练模型。"]}
            for n in range(4)]  # fmt: skip
    testset.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    found = contest(Asked((f"mine={tiny_model}", str(tiny_model)), (str(testset),), resamples=20, trials=20))
    mine = next(one for one in found.systems if one.name == "mine")
    assert mine.kind == "model" and mine.signature.startswith(f"model:{tiny_model.name}@")
    assert mine.cost.model_megabytes and mine.cost.peak_megabytes and mine.cost.segments_per_second
    assert found.items[0].hypotheses[0] == found.items[0].hypotheses[1]
    lines = tmp_path / "refs.zh"
    lines.write_text("我们训练模型。\n", encoding="utf-8")
    with pytest.raises(ZhaiyiError, match="the references have no English for 1 items, the first is 1"):
        contest(Asked((str(tiny_model),), (str(lines),)))


def test_every_item_is_in_one_bucket_of_a_kind_at_most() -> None:
    facts = [Facts(f"We use {n} words " + "more " * n, categories=(("cs.LG",), ("cs.CV",))[n % 2]) for n in range(20)]
    groups = group(facts, [asked(one.source) for one in facts])
    assert {kind for kind, _ in groups} <= set(RULES)
    for kind in RULES:
        members = [item for (own, _), items in groups.items() if own == kind for item in items]
        assert len(members) == len(set(members))
    assert groups["category", "cs.LG"] == list(range(0, 20, 2))


def test_two_sets_of_references_must_have_the_same_ids(tmp_path: Path) -> None:
    paths = []
    for name, ids in (("one", "ab"), ("two", "ac")):
        path = tmp_path / f"{name}.jsonl"
        path.write_text("".join(json.dumps({"id": i, "references": ["图"]}) + "\n" for i in ids), encoding="utf-8")
        paths.append(str(path))
    hypotheses = tmp_path / "hyp.jsonl"
    hypotheses.write_text("".join(json.dumps({"id": i, "target": "图"}) + "\n" for i in "ab"), encoding="utf-8")
    with pytest.raises(InputError, match=r"two.jsonl: 1 abstracts of one.jsonl have no reference in it: b"):
        join_corpus([read_hypotheses(str(hypotheses))], [read_reference_set(path) for path in paths])


def test_segments_of_runs_are_items_where_references_are_aligned(tmp_path: Path) -> None:
    english = [["We study graphs.", "They are large."], ["It is fast."]]
    chinese = [["我们研究图。", "图很大。"], ["它很快。"]]
    for name, last in (("one", "它很快。"), ("two", "很慢。")):
        (tmp_path / name).mkdir()
        rows = []
        for n, (sources, targets) in enumerate(zip(english, chinese, strict=True)):
            pieces = [{"source": source, "target": text} for source, text in zip(sources, targets, strict=True)]
            if n:
                pieces[-1]["target"] = last
            target = "".join(piece["target"] for piece in pieces)
            rows.append({"id": f"a{n}", "target": target, "segments": pieces, "system": name})
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (tmp_path / name / "translations.jsonl").write_text(text, encoding="utf-8")
    pairs = [{"id": f"a{n}", "segments": [list(pair) for pair in zip(*both, strict=True)]}
             for n, both in enumerate(zip(english, chinese, strict=True))]  # fmt: skip
    references = tmp_path / "aligned.jsonl"
    references.write_text("".join(json.dumps(pair) + "\n" for pair in pairs), encoding="utf-8")
    asked_for = Asked((str(tmp_path / "two"), str(tmp_path / "one")), (str(references),), resamples=20, trials=20)
    found = contest(asked_for)
    assert [(item.id, item.document, item.source) for item in found.items] == [
        ("a0#1", "a0", "We study graphs."), ("a0#2", "a0", "They are large."), ("a1#1", "a1", "It is fast."),
    ]  # fmt: skip
    assert (found.items_count, found.documents_count) == (3, 2)
    assert [test.unit for test in found.systems[0].differences[0].tests] == ["item", "document"]
    assert found.items[2].hypotheses == ("它很快。", "很慢。")
    pairs[0]["segments"][0][0] = "We study trees."
    references.write_text("".join(json.dumps(pair) + "\n" for pair in pairs), encoding="utf-8")
    with pytest.raises(InputError, match=r"1 abstracts are segmented otherwise than in aligned.jsonl: a0; use whole"):
        contest(asked_for)
