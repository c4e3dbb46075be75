"""What is printed around an abstract is cut off and kept, what only looks like it stays, and all of it is counted."""

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.registry import open_translator
from pipeline.normalize import TITLE_RULES, normalize, repair
from pipeline.progress import Progress
from pipeline.records import Abstract, Reference
from pipeline.run import RunFolder, run
from pipeline.settings import Settings

LABELS = {
    "colon": ("Abstract: We study.", "We study."),
    "dash": ("Abstract—We study.", "We study."),
    "hyphen": ("Abstract-This is a study.", "This is a study."),
    "capitals": ("ABSTRACT We study it.", "We study it."),
    "capitals-line": ("ABSTRACT\n\nWe study.", "We study."),
    "line": ("Abstract\nWe study\nit.", "We study it."),
    "brackets": ("[Abstract] We study.", "We study."),
    "stars": ("**Abstract**: We study.", "We study."),
    "tex": (r"\textbf{Abstract.} We study.", "We study."),
    "summary": ("Summary: We study it. The code is free.", "We study it. The code is free."),
    "chinese": ("摘要：我们研究。", "我们研究。"),
}


@pytest.mark.parametrize(("text", "expected"), LABELS.values(), ids=LABELS)
def test_label_before_the_abstract(text: str, expected: str) -> None:
    result = repair(text)
    assert result.text == expected and "label" in result.rules and len(result.removed) == 1


NOTICES = {
    "elsevier": "© 2020 The Authors. Published by Elsevier B.V. All rights reserved.",
    "wiley": "© 2019 Wiley Periodicals, Inc. J. Comput. Chem. 2019",
    "old": "(C) 2003 Elsevier Science B.V. All rights reserved.",
    "copyright": "Copyright (c) 2021, The Authors.",
    "crown": "Crown Copyright © 2018 Published by Elsevier Ltd. All rights reserved.",
    "protected": "This article is protected by copyright. All rights reserved.",
    "open-access": "This is an open access article under the CC BY license (https://creativecommons.org/licenses/by/4.0/).",
    "truncated": "(ABSTRACT TRUNCATED AT 250 WORDS)",
    "comments": "Comments: 12 pages, 5 figures",
    "comment": "Comment: accepted at a workshop, 4 pages.",
    "keywords": "Keywords: deep learning; sparse coding; images.",
    "keywords-dash": "Keywords -- deep learning, sparse coding",
    "keywords-tex": r"\keywords{deep learning \and sparse coding}",
    "index-terms": "Index Terms—Speech recognition, clustering",
    "keywords-and-copyright": "Keywords: graphs, trees. © 2020 Elsevier Ltd. All rights reserved.",
    "chinese": "关键词：深度学习；图像。",
}


@pytest.mark.parametrize("between", [" ", "\n", "\n\n"], ids=["space", "line", "paragraph"])
@pytest.mark.parametrize("notice", NOTICES.values(), ids=NOTICES)
def test_notice_after_the_abstract(notice: str, between: str) -> None:
    result = repair(f"We study the code of images.{between}{notice}")
    assert result.text == "We study the code of images." and "notices" in result.rules
    assert sorted(" ".join(result.removed).split()) == sorted(notice.split())


STAY = [
    "Abstract reasoning is hard.",
    "Abstract Meaning Representation (AMR) is a formalism.",
    "Abstract-based methods and abstracts: both work.",
    "ABSTRACT is a tool.",
    "Summary: We show it. Availability: https://a.org. Contact: a@b.org",
    "Summaries: they are short.",
    "The vendor keeps the copyright. All code is open.",
    "It is settled by law. Copyright 2020 law is what we study in this paper.",
    "We need (a) speed, (b) size, and (c) 2021 data from IEEE.",
    "It looks at lists. Keywords play a role in search, ads, and maps.",
    "It has two parts. Keywords: we find that they are good. They also are short.",
    "We rank comments. Comments: short texts that people write below a post.",
    "We read it. Published by hand, newspapers were rare.",
    "© marks are found. We detect all of them.",
    "The set was published by Elsevier in 2020 and is large.",
    "Keywords: deep learning, images",
]


@pytest.mark.parametrize("text", STAY)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert repair(text).text == text and not repair(text).removed


def test_titles_keep_their_ends() -> None:
    assert repair("Summary: A tool for keywords", TITLE_RULES).text == "Summary: A tool for keywords"


ENDS = [
    "Abstract: ",
    "Summary. ",
    "© 2020 X. ",
    "All rights reserved. ",
    "Keywords: a, b. ",
    "关键词：图。",
    "We study. ",
    "a",
    "\n",
]


@given(st.lists(st.sampled_from(ENDS), max_size=10).map("".join))
@settings(max_examples=400, deadline=None)
def test_never_empty_nothing_lost_and_twice_is_once(text: str) -> None:
    result = repair(text)
    once = result.text
    assert normalize(once) == once
    assert any(map(str.isalpha, once)) == any(map(str.isalpha, text))
    told = " ".join((once, *result.removed))
    assert sorted("".join(told.split())) == sorted("".join(text.split()))


@pytest.mark.parametrize(
    "unit", ["© 2020 ", "Keywords: ", "a, ", "Comments: ", "(C) 2003 ", "All rights reserved. ", "Copyright "]
)
def test_long_odd_input_takes_no_time(unit: str) -> None:
    normalize("We study. " + unit * 3000)  # would take minutes if a pattern were quadratic


RECORDS = [
    Abstract("a", r"On \emph{it}", "We pro-\npose it. All rights reserved.", (Reference("我们提出。关键词：图。"),)),
    Abstract("b", "", "<p>We use <i>it</i>.</p>"),
    Abstract("c", "", "We do it."),
]


def test_counts_stand_in_rows_and_in_the_run_and_survive_resuming(tmp_path: Path, tiny_model: Path) -> None:
    translator, folder = open_translator(str(tiny_model)), RunFolder(tmp_path / "run")
    found = []
    for _ in range(2):  # the second time all blocks are there
        with folder.opened({}):
            found.append(run(RECORDS, translator, Settings(retry=False), folder, {}, Progress(3, quiet=True)))
    expected = {"source": {"tex": 1, "notices": 1, "hyphens": 1, "markup": 1}, "references": {"notices": 1}}
    assert [info["normalised"] for info in found] == [expected, expected]
    assert [info["resumed"] for info in found] == [0, 3]
    lines = (tmp_path / "run" / "translations.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]
    assert rows[0]["normalised"] == {"source": ["tex", "notices", "hyphens"], "references": ["notices"]}
    assert rows[0]["removed"] == ["All rights reserved.", "关键词：图。"] and rows[0]["references"] == ["我们提出。"]
    assert rows[1]["normalised"] == {"source": ["markup"]} and "removed" not in rows[1]
    assert not {"normalised", "removed"} & rows[2].keys()
