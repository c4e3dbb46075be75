"""References apart from their abstracts: joined by id, line or name, and never by luck."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.errors import InputError, RecordError
from pipeline.readers import ReadOptions, read_paths
from pipeline.records import Abstract, Reference
from pipeline.references import Key, Keyed, read_references, with_references
from pipeline.work import Work

ZH = {"a": "我们研究网络。", "b": "他们研究图。", "c": "大家研究数据。"}
EN = {"a": "We study nets.", "b": "They study graphs.", "c": "All study data."}


def write(tmp_path: Path, name: str, text: str) -> Path:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def lines_of(*records: object) -> str:
    return "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def english(tmp_path: Path) -> Path:
    return write(tmp_path, "en.jsonl", lines_of(*({"id": key, "abstract": text} for key, text in EN.items())))


def joined(
    path: Path, references: Path, tell: Callable[[str], None] = lambda _: None, **options: str
) -> dict[str, Any]:
    reading = ReadOptions(**options)
    items = read_paths([str(path)], reading)
    found = with_references(items, read_references(references, [str(path)], reading), str(references), tell=tell)
    return {
        item.id: [reference.text for reference in item.references]
        for item in found
        if isinstance(item, Abstract)
    }  # fmt: skip


ALL = {key: [text] for key, text in ZH.items()}


@pytest.mark.parametrize(
    ("name", "text"),
    [
        pytest.param("r.jsonl", lines_of(*({"id": k, "references": [t]} for k, t in ZH.items())), id="JSON lines"),
        pytest.param("r.jsonl", lines_of(*({"id": k, "zh": t} for k, t in reversed(ZH.items()))), id="another order"),
        pytest.param("r.jsonl", lines_of(*({"id": k, "abstract": t} for k, t in ZH.items())), id="as abstracts"),
        pytest.param("r.json", json.dumps([{"id": k, "text": t} for k, t in ZH.items()]), id="a JSON list"),
        pytest.param("r.tsv", "".join(f"{k}\t{t}\n" for k, t in ZH.items()), id="TSV without a header"),
        pytest.param("r.csv", "id,zh\n" + "".join(f"{k},{t}\n" for k, t in ZH.items()), id="CSV"),
        pytest.param("r.bib",
                     "".join(f"@misc{{{k}, langid = {{chinese}}, abstract = {{{t}}}}}\n" for k, t in ZH.items()),
                     id="BibTeX"),
        pytest.param("r.ris", "".join(f"TY  - JOUR\nID  - {k}\nAB  - {t}\nER  - \n" for k, t in ZH.items()), id="RIS"),
    ],
)  # fmt: skip
def test_joined_by_id(tmp_path: Path, name: str, text: str) -> None:
    assert joined(english(tmp_path), write(tmp_path, name, text)) == ALL


def test_references_that_came_with_the_input_stay_before_others(tmp_path: Path) -> None:
    path = write(tmp_path, "en.jsonl", lines_of({"id": "a", "abstract": EN["a"], "zh": "先来的译文。"}))
    refs = write(
        tmp_path, "r.jsonl", lines_of({"id": "a", "references": [ZH["a"], ZH["b"]], "reference_sources": ["x", "y"]})
    )
    assert joined(path, refs) == {"a": ["先来的译文。", ZH["a"], ZH["b"]]}


def test_plain_text_is_joined_by_what_it_is_cut_into(tmp_path: Path) -> None:
    lines = write(tmp_path, "en.txt", "We study.\n\nThey study.\n")
    refs = write(tmp_path, "zh.txt", "我们研究。\n\n他们研究。\n\n")
    expected = {"en-1": ["我们研究。"], "en-3": ["他们研究。"]}
    assert joined(lines, refs, split="lines") == expected
    assert joined(lines, refs, split="paragraphs") == {"en-1": ["我们研究。"], "en-2": ["他们研究。"]}
    assert joined(lines, refs) == {"en": ["我们研究。\n\n他们研究。"]}


def test_a_folder_is_joined_by_the_names_of_its_files_or_by_ids(tmp_path: Path) -> None:
    for key, text in EN.items():
        write(tmp_path, f"en/{key}.txt", text)
        write(tmp_path, f"zh/{key}.md", f"# 摘要\n\n{ZH[key]}")
        write(tmp_path, f"ids/{key}.json", json.dumps({"id": key, "zh": ZH[key]}))
    assert joined(tmp_path / "en", tmp_path / "zh").keys() == ALL.keys()
    assert [text[0].rpartition("\n")[2] for text in joined(tmp_path / "en", tmp_path / "zh").values()] == [*ZH.values()]
    assert joined(tmp_path / "en", tmp_path / "ids") == ALL


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        pytest.param("r.jsonl", lines_of({"id": "x", "zh": ZH["a"]}), "1 references belong to no abstract: x; check",
                     id="no abstract"),
        pytest.param("r.jsonl", lines_of(*({"id": i, "zh": ZH["a"]} for i in range(9))),
                     "9 references belong to no abstract: 0, 1, 2, 3, 4 and 4 more", id="many"),
        pytest.param("r.jsonl", lines_of(*({"id": "a", "zh": ZH["a"]} for _ in range(2))),
                     "the id 'a' stands twice in it",
                     id="twice"),
        pytest.param("r.jsonl", lines_of({"id": "a", "zh": ZH["a"]}) + "{", "r.jsonl:2: not JSON", id="a broken line"),
        pytest.param("r.jsonl", lines_of({"id": "a", "text": "We."}),
                     "record 'a': no Chinese text in it", id="English"),
        pytest.param("r.txt", ZH["a"], "r.txt: plain text has no ids", id="plain text for records"),
        pytest.param("r.txt", "", "r.txt: empty file", id="empty"),
    ],
)  # fmt: skip
def test_what_does_not_match_is_an_error_that_names_it(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        joined(english(tmp_path), write(tmp_path, name, text))
    assert message in str(caught.value)
    with pytest.raises(InputError, match="missing: no such file or folder"):
        joined(english(tmp_path), tmp_path / "missing")


def test_lines_of_different_number_are_an_error(tmp_path: Path) -> None:
    path = write(tmp_path, "en.txt", "We study.\nThey study.\n")
    refs = write(tmp_path, "zh.txt", "我们研究。\n他们研究。\n大家研究。\n")
    with pytest.raises(InputError, match=r"zh.txt: 3 lines, but 2 in .*en.txt: they must be the same"):
        joined(path, refs, split="lines")


def test_one_reference_is_not_given_to_two_abstracts(tmp_path: Path) -> None:
    twice = write(tmp_path, "en.jsonl", lines_of(*({"id": "a", "abstract": EN["a"]} for _ in range(2))))
    refs = write(tmp_path, "r.jsonl", lines_of({"id": "a", "zh": ZH["a"]}))
    with pytest.raises(InputError, match="'a' is the name of more than one abstract"):
        joined(twice, refs)
    write(tmp_path, "several/en.jsonl", lines_of({"abstract": "We."}, {"abstract": "They."}))
    write(tmp_path, "zh/en.txt", ZH["a"])
    with pytest.raises(InputError, match="'en' is the name of more than one abstract"):
        joined(tmp_path / "several", tmp_path / "zh")


def test_references_of_what_was_left_out_are_no_error_if_not_all_abstracts_are_there() -> None:
    references: list[Keyed] = [(("id", key), (Reference(text),)) for key, text in ZH.items()]
    found = with_references([Abstract("b", "", EN["b"])], iter(references), "refs", complete=False)
    assert [item.references for item in found if isinstance(item, Abstract)] == [(Reference(ZH["b"]),)]
    nothing = with_references([Abstract("x", "", "We.")], iter(references), "refs", complete=False)
    with pytest.raises(InputError, match="3 references belong to no abstract"):
        list(nothing)


def test_abstracts_without_a_reference_are_told_and_errors_keep_theirs(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        "en.jsonl",
        lines_of({"id": "a", "abstract": None}, {"id": "b", "abstract": EN["b"]}, {"id": "c", "abstract": EN["c"]}),
    )
    refs = write(tmp_path, "r.tsv", f"a\t{ZH['a']}\nb\t{ZH['b']}\n")
    told: list[str] = []
    assert joined(path, refs, told.append) == {"b": [ZH["b"]], "c": []}
    assert told == [f"{refs}: 1 abstracts have no reference in it: c"]


@given(st.permutations(range(8)), st.permutations(range(8)))
def test_the_order_of_references_does_not_matter(first: list[int], second: list[int]) -> None:
    items = [Abstract(str(n), "", "We.") for n in first]
    references: list[Keyed] = [(("id", str(n)), (Reference(f"我们{n}"),)) for n in second]
    found = with_references(items, iter(references), "refs")
    assert [(i.id, i.references) for i in found if isinstance(i, Abstract)] == [
        (str(n), (Reference(f"我们{n}"),)) for n in first
    ]


def test_references_in_the_same_order_are_not_gathered() -> None:
    read = 0

    def references() -> Any:
        nonlocal read
        for n in range(100):
            read += 1
            key: Key = ("id", str(n))
            yield key, (Reference("我们"),)

    found = with_references((Abstract(str(n), "", "We.") for n in range(100)), references(), "refs")
    assert [read for _ in found] == list(range(1, 101))


# --- line pairs


def test_line_pairs(tmp_path: Path) -> None:
    write(tmp_path, "c.en", "We study.\n\nThey study.\nNo words?\n...\n")
    path = write(tmp_path, "c.zh", "我们研究。\n\n他们研究。\n\n没有。\n")
    items = list(read_paths([str(tmp_path)], ReadOptions()))
    meta = {"path": str(tmp_path / "c.en"), "format": "pair", "references_path": str(path)}
    assert items[:2] == [
        Abstract("c-1", "", "We study.", (Reference("我们研究。"),), meta),
        Abstract("c-3", "", "They study.", (Reference("他们研究。"),), meta),
    ]
    assert [str(item).split("c.en:")[1] for item in items[2:]] == [
        "4: no words in the reference of this pair: fill it or leave both empty",
        "5: no words in the abstract of this pair: fill it or leave both empty",
    ]
    assert all(isinstance(item, RecordError) for item in items[2:])


def test_line_pairs_of_different_length_are_an_error(tmp_path: Path) -> None:
    write(tmp_path, "c.en", "We study.\nThey study.")
    write(tmp_path, "c.zh", "我们研究。\n")
    with pytest.raises(InputError, match=r"c.en: 2 lines, but 1 in .*c.zh: they must be the same"):
        list(read_paths([str(tmp_path / "c.en")], ReadOptions()))


def test_a_lone_english_file_is_text(tmp_path: Path) -> None:
    path = write(tmp_path, "c.en", "We study.\nThey study.")
    (item,) = read_paths([str(path)], ReadOptions())
    assert item.meta["format"] == "text" if isinstance(item, Abstract) else False
    with pytest.raises(InputError, match="no file with its references beside it"):
        list(read_paths([str(path)], ReadOptions(format="pair")))


# --- the command


def options(**given: Any) -> dict[str, Any]:
    from pipeline.commands.translate import translate

    return translate.make_context("translate", ["abstracts"]).params | given


def test_the_command_checks_references_first_and_notes_them(tmp_path: Path) -> None:
    refs = write(tmp_path, "r.jsonl", lines_of(*({"id": key, "zh": text} for key, text in ZH.items())))
    work = Work.from_options([str(english(tmp_path))], options(references=refs, limit=2), {})
    work.check_references()
    assert [item.references[0].text for item in work.records() if isinstance(item, Abstract)] == [ZH["a"], ZH["b"]]
    write(tmp_path, "r.jsonl", lines_of({"id": "x", "zh": ZH["a"]}))
    code = "from pipeline.cli import main; main()"
    ran = subprocess.run(
        [
            sys.executable,
            "-c",
            code,
            "translate",
            work.paths[0],
            "--references",
            str(refs),
            "-o",
            str(tmp_path / "run"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, (tmp_path / "run").exists()) == (2, False)
    assert ran.stderr == f"zhaiyi: {refs}: 1 references belong to no abstract: x; check the ids\n"
