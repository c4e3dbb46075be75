"""What `zhaiyi inspect` says about input: exact reports on small inputs, and laws of what it counts."""

import json
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import numpy
import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from models.registry import open_translator
from pipeline import survey as survey_module
from pipeline.cli import cli
from pipeline.errors import RecordError
from pipeline.estimate import estimate
from pipeline.language import Language, language_of
from pipeline.layout import cells, wrap
from pipeline.readers import ReadOptions, read_paths
from pipeline.reasons import MAX_REASONS, OTHER, Reasons
from pipeline.records import Abstract
from pipeline.settings import Settings
from pipeline.survey import Lengths, Survey

RECORDS = [
    {"id": "a1", "title": "On $x$", "abstract": "We study the loss $L$ of nets [3]. It falls.", "year": 2020},
    {"id": "a2", "title": "", "abstract": "The data are at https://example.org/x, for all to use.", "doi": None},
    {"id": "a1", "abstract": "We study  the loss $L$ of nets [3]. It falls.", "reference": "我们研究损失$L$。它下降。"},
    {"id": "zh", "abstract": "我们提出了一种新的方法，它在所有数据集上都更好。"},
    {"id": "none", "abstract": None},
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """`in/` with JSON lines, of which some are unusable, a text and a binary file; it stands in the current folder."""
    (tmp_path / "in").mkdir()
    lines = [*(json.dumps(record, ensure_ascii=False) for record in RECORDS), "{broken", "{worse"]
    (tmp_path / "in" / "a.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (tmp_path / "in" / "b.txt").write_text("This is the text of an abstract that is alone.\n", encoding="utf-8")
    (tmp_path / "in" / "c.bin").write_bytes(b"\0\0\0\0")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def inspect(*arguments: str, stdin: str = "") -> Result:
    return CliRunner().invoke(cli, ["inspect", *arguments], input=stdin)


REPORT = """\
Read
              format  abstracts  refused  recognised because
  in/a.jsonl  jsonl           3        4  it begins with a JSON object
  in/b.txt    text            1        0  nothing else fits
  in/c.bin    -               0        1  not recognised
  in all: 3 files, 4 abstracts, 5 refused

Fields
  id            3 (75.0 %); 1 made from the file's name
  title         1 (25.0 %)
  references    1 (25.0 %); by origin: unknown 1
  other fields  year 1

Texts
  words      min 9, median 10, 95 % 10, max 10; 39 in all, and 2 of titles
  language   English 4, Chinese 1
  same id    1: a1-2 = a1
  same text  1: a1-2 = a1

To be translated
  segments       7 with titles, 1.8 an abstract; longest 10 words, in b
  kept as it is  math 3 in 2 abstracts, citation 2 in 2, url 1 in 1

Would be refused: 5
  2 × not JSON: repair or remove the line, one object a line
      in/a.jsonl:6: not JSON (Expecting property name enclosed in double quotes at column 2): repair or remove the line…
      in/a.jsonl:7: not JSON (Expecting property name enclosed in double quotes at column 2): repair or remove the line…
  1 × already Chinese: nothing to translate
      in/a.jsonl, record zh: already Chinese (100 % of its letters): nothing to translate
  1 × field 'abstract' is empty: no abstract to translate
      in/a.jsonl:5: field 'abstract' is empty: no abstract to translate
  1 × a binary file, not text: leave it out
      in/c.bin: a binary file, not text: leave it out
"""


def test_report_of_a_folder(folder: Path) -> None:
    done = inspect("in", "--no-estimate")
    assert done.stdout == REPORT
    assert done.exit_code == 3


def test_report_as_json_has_the_same_figures(folder: Path) -> None:
    done = inspect("in/a.jsonl", "--no-estimate", "--json")
    assert json.loads(done.stdout) == {
        "sources": 1,
        "read": [
            {
                "path": "in/a.jsonl",
                "sources": 1,
                "format": "jsonl",
                "why": "it begins with a JSON object",
                "abstracts": 3,
                "refused": 4,
            }
        ],
        "abstracts": 3,
        "fields": {"id": 3, "title": 1, "references": 1, "reference_origins": {"unknown": 1}, "meta": {"year": 1}},
        "words": {"min": 9, "median": 10, "95%": 10, "max": 10, "all": 29, "titles": 2},
        "languages": {"English": 3, "Chinese": 1},
        "same_id": {"count": 1, "examples": [["a1-2", "a1"]]},
        "same_text": {"count": 1, "examples": [["a1-2", "a1"]]},
        "cut": {
            "sampled": False,
            "abstracts": 3,
            "segments": 6,
            "longest_words": 9,
            "longest_id": "a2",
            "masks": {"math": 3, "citation": 2, "url": 1},
            "masked_abstracts": {"math": 2, "citation": 2, "url": 1},
        },
        "refused": {
            "count": 4,
            "reasons": [
                {
                    "reason": "not JSON: repair or remove the line, one object a line",
                    "count": 2,
                    "examples": [
                        f"in/a.jsonl:{line}: not JSON (Expecting property name enclosed in double quotes at column 2): "
                        "repair or remove the line, one object a line"
                        for line in (6, 7)
                    ],
                },
                {
                    "reason": "already Chinese: nothing to translate",
                    "count": 1,
                    "examples": ["in/a.jsonl, record zh: already Chinese (100 % of its letters): nothing to translate"],
                },
                {
                    "reason": "field 'abstract' is empty: no abstract to translate",
                    "count": 1,
                    "examples": ["in/a.jsonl:5: field 'abstract' is empty: no abstract to translate"],
                },
            ],
        },
        "estimate": None,
    }


def test_many_files_are_grouped_by_how_they_were_recognised(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "in").mkdir()
    for number in range(20):
        (tmp_path / "in" / f"{number:02}.txt").write_text(f"The text of abstract {number}.", encoding="utf-8")
    lines = inspect("in", "--no-estimate").stdout.splitlines()
    assert lines[:4] == [
        "Read",
        "                                 format  abstracts  refused  recognised because",
        "  20 files, the first in/00.txt  text           20        0  nothing else fits",
        "",
    ]


SHOWN = """\
id: a1
title: On $x$
text:
  We study the loss $L$ of nets [3]. It falls.
path: in/a.jsonl
format: jsonl
year: 2020

id: a2
title: -
text:
  The data are at https://example.org/x, for all to use.
path: in/a.jsonl
format: jsonl
doi: null

id: a1-2
title: -
text:
  We study the loss $L$ of nets [3]. It falls.
reference (unknown):
  我们研究损失$L$。它下降。
path: in/a.jsonl
format: jsonl
original_id: a1
"""


def test_show_prints_abstracts_as_read_and_normalised(folder: Path) -> None:
    done = inspect("in/a.jsonl", "--show", "3")
    assert (done.stdout, done.exit_code) == (SHOWN, 0)


def test_show_does_nothing_to_the_terminal(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    record = {"id": "\x1b[2J", "title": "\x1b]0;x\x07", "abstract": "The \x1b[31mred\x1b[0m text.", "n\x9b": "\x1b[A"}
    path.write_text(json.dumps(record), encoding="utf-8")
    for arguments in (["--show", "1"], ["--no-estimate"]):
        done = inspect(str(path), *arguments)
        assert done.exit_code == 0
        assert not set(done.stdout) & set(map(chr, [*range(0, 10), *range(11, 32), *range(0x7F, 0xA0)]))


def test_json_lines_read_back_as_the_same_abstracts(folder: Path) -> None:
    done = inspect("in", "--to", "jsonl")
    assert done.exit_code == 3
    assert done.stderr.count("zhaiyi: in/") == 4  # what is in Chinese is read, and refused when it is translated
    (folder / "out.jsonl").write_text(done.stdout, encoding="utf-8")

    def essence(path: str) -> list[tuple[object, ...]]:
        items = read_paths([path], ReadOptions())
        return [(a.id, a.title, a.text, a.references) for a in items if isinstance(a, Abstract)]

    assert essence("out.jsonl") == essence("in")
    assert len(essence("in")) == 5


ENDS = {
    "all usable": (["in/b.txt"], "", 0, ""),
    "some refused": (["in"], "", 3, ""),
    "nothing but Chinese": (["-"], "我们提出了一种新的方法。", 3, ""),
    "one file that cannot be read": (["in/c.bin"], "", 2, "a binary file"),
    "no file in a folder can be read": (["in", "--pattern", "*.bin"], "", 2, "nothing can be read"),
    "no such file": (["nowhere"], "", 2, "no such file"),
    "kinds without a run": (["in", "--kind", "numbers"], "", 2, "none of ['in'] is a run"),
    "show and convert": (["in", "--show", "1", "--to", "jsonl"], "", 2, "not both"),
    "nothing to show": (["in", "--pattern", "*.bin", "--show", "1"], "", 2, "nothing can be read"),
}


@pytest.mark.parametrize(("arguments", "stdin", "code", "words"), ENDS.values(), ids=ENDS.keys())
def test_exit_codes(
    arguments: list[str], stdin: str, code: int, words: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from pipeline.cli import main

    if stdin:
        (folder / "stdin.txt").write_text(stdin, encoding="utf-8")
        arguments = ["stdin.txt", *arguments[1:]]
    with pytest.raises(SystemExit) as ended:
        main(["inspect", "--no-estimate", *arguments])
    assert ended.value.code == code
    error = capsys.readouterr().err
    assert words in error and "Traceback" not in error


def test_standard_input_is_read(folder: Path) -> None:
    done = inspect("-", "--no-estimate", "--split", "lines", stdin="We write the text.\nThis is the other one.\n")
    assert done.exit_code == 0
    assert "  standard input  text            2        0  nothing else fits" in done.stdout.splitlines()


def test_translate_and_inspect_read_with_the_same_options() -> None:
    names = {field.name for field in fields(ReadOptions)} - {"text_optional"}  # for references alone
    options = {name: {p.name: p.to_info_dict() for p in cli.commands[name].params} for name in ("translate", "inspect")}
    for name in (*names, "limit", "model", "beam"):
        assert options["translate"][name] == options["inspect"][name]


def test_limit_is_named(folder: Path) -> None:
    lines = inspect("in", "--limit", "2", "--no-estimate").stdout.splitlines()
    assert lines[-1] == "Looked at the first 2 records only, as asked for."


def test_time_is_measured_with_the_model_asked_for(folder: Path, tiny_model: Path) -> None:
    done = inspect("in/b.txt", "--model", str(tiny_model), "--beam", "2", "--threads", "1")
    assert done.exit_code == 0, done.stderr
    time, measured = done.stdout.splitlines()[-2:]
    assert time.startswith("Time to translate on this machine: about ")
    assert "over 1 segments" in measured and measured.endswith("beam 2") and f"with {tiny_model.name}, " in measured


def abstracts(count: int) -> Iterator[Abstract]:
    for number in range(count):
        yield Abstract(f"id-{number}", "", f"We write the text of number {number}. " + "It is one of many texts. " * 40)


def test_estimate_scales_what_was_timed(tiny_model: Path) -> None:
    sample = [Abstract(str(n), "A title", "We propose a method. It works.") for n in range(3)]
    settings = Settings(retry=False)
    found = estimate(sample, 3_000, open_translator(str(tiny_model), threads=1), settings)
    assert (found.segments, found.words) == (9, 24)
    assert found.seconds == pytest.approx(found.sample_seconds * 3_000 / 24)
    assert "|retry:no|" in found.system


def test_many_abstracts_are_sampled_evenly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey_module, "MEASURED", 10)
    monkeypatch.setattr(survey_module, "SAMPLE", 50)
    survey = Survey(5_000)
    for abstract in abstracts(1_000):
        survey.add(abstract)
    numbers = [int(abstract.id.removeprefix("id-")) for abstract in survey.sample]
    assert len(set(numbers)) == 50
    assert all(5 <= sum(low <= n < low + 250 for n in numbers) <= 21 for low in (0, 250, 500, 750))
    assert survey.cut().abstracts == 50 and survey.cut().segments == 50 * 41


def test_memory_does_not_grow_with_the_texts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(survey_module, "MEASURED", 10)
    monkeypatch.setattr(survey_module, "SAMPLE", 10)

    def held(count: int) -> int:
        survey = Survey(5_000)
        tracemalloc.start()
        for record in abstracts(count):
            survey.add(record)
            survey.add(RecordError(f"a.jsonl:{len(survey.reasons.groups)}: not JSON: {record.id}"))
        held, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return held

    assert (held(1_200) - held(200)) / 1_000 < 250  # bytes an abstract of 1,000 characters: its id and a hash


def test_reasons_are_bounded() -> None:
    reasons = Reasons()
    for letter in (chr(0x4E00 + n) for n in range(100)):
        reasons.add(f"a.jsonl:1: {letter}")
    assert reasons.total == 100 and len(reasons.groups) == MAX_REASONS + 1
    assert reasons.most_frequent()[0][0] == OTHER


REASONS = {
    "path and line": ("in/a.jsonl:12: field 'x' is empty", "field 'x' is empty"),
    "path alone": ("/data/my papers/x.bin: a binary file", "a binary file"),
    "standard input": ("standard input:3: not JSON", "not JSON"),
    "numbers": ("20000 words, more than the limit of 5000: split", "N words, more than the limit of N: split"),
    "nested brackets": ("a.csv:2: cut (it has a (b) c): name it", "cut: name it"),
    "place by record": ("a.json: record 3: empty", "record N: empty"),
}


@pytest.mark.parametrize(("message", "reason"), REASONS.values(), ids=REASONS.keys())
def test_reasons_leave_out_what_is_particular(message: str, reason: str) -> None:
    reasons = Reasons()
    reasons.add(message)
    assert [(name, group.examples) for name, group in reasons.most_frequent()] == [(reason, [message])]


LANGUAGES: dict[str, tuple[str, Language]] = {
    "English": ("We show that the model is better than all of the others.", "English"),
    "English with symbols": ("The loss ℒ of the α-β model by Erdős is $O(n)$ for all π.", "English"),
    "German": ("Wir zeigen, dass das Modell in allen Fällen besser ist als der Stand der Technik.", "not sure"),
    "Spanish": ("En este trabajo se presenta un modelo que es mejor que los demás a la vez.", "not sure"),
    "Dutch": ("We hebben in dit werk een model van de data gemaakt dat is getraind in de taal.", "not sure"),
    "Chinese": ("本文提出 BERT-large 的一种改进方法，并在 GLUE 上评测。", "Chinese"),
    "Japanese": ("我々は深層学習の新しい手法を提案する。", "other script"),
    "Korean": ("우리는 새로운 방법을 제안한다.", "other script"),
    "Russian": ("Мы предлагаем новый метод обучения сетей.", "other script"),
    "a name": ("ResNet-50", "not sure"),
    "signs alone": ("123 + 4", "not sure"),
    "nothing": ("", "not sure"),
}


@pytest.mark.parametrize(("text", "language"), LANGUAGES.values(), ids=LANGUAGES.keys())
def test_languages(text: str, language: Language) -> None:
    assert language_of(text) == language


@given(st.lists(st.integers(0, 50), min_size=1), st.sampled_from([0.0, 0.25, 0.5, 0.95, 1.0]))
def test_quantiles_are_numpys(lengths: list[int], share: float) -> None:
    assert Lengths(Counter(lengths)).quantile(share) == numpy.quantile(lengths, share, method="inverted_cdf")


MIXED = st.text(st.sampled_from("ab c$，。“”（）我们的方法\u0301é "), max_size=60)


@given(MIXED, st.integers(4, 30))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    assert all(cells(line) <= width for line in lines)
    assert all(lines) and not any(line != line.rstrip() for line in lines)
