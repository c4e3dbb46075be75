"""Other forms of a published corpus: each is read back by our readers, and is valid by an independent tool."""

import io
import json
import resource
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError, RecordError, RunError
from pipeline.finish import join_targets
from pipeline.memory_tmx import read_memory
from pipeline.publish.forms.tables import row_of
from pipeline.publish.forms.units import About
from pipeline.publish.forms.write import FORMS, write_form
from pipeline.publish.items import Item, Pair, Review, item_of
from pipeline.readers import ReadOptions, read_paths
from pipeline.records import Abstract, Issue, Reference

ABOUT = About("A corpus", "model:tiny@0123|beam:4|script:hans", "hans", "0.1.0", "2026-01-02T03:04:05Z")
FILES = {"tmx": "corpus.tmx", "xliff": "corpus.xlf", "tsv": "corpus.tsv", "jsonl": "corpus.jsonl"}
ODD = 'A <b>bold</b> claim & "quotes", ]]> $a < b$ tab\tend \u202eright\u202c 😀 =1+1'


def item(number: int = 1, sources: tuple[str, ...] = ("We do this.", "It works!"), gap: str = " ") -> Item:
    pairs = tuple(
        Pair(source, f"第{place}句：{source[:4]}。", gap if place < len(sources) else "")
        for place, source in enumerate(sources, 1)
    )
    return Item(
        id=f"paper/{number}", title=f"Title {number}: {ODD}", title_zh=f"标题{number}",
        source="".join(pair.source + pair.gap for pair in pairs),
        target=join_targets((pair.target, pair.gap) for pair in pairs), segments=pairs,
        system=ABOUT.system, issues=(Issue("numbers", "segment 1: 7"),),
        references=("我们做这个。",), origins=("acl",),
        meta={"categories": ["cs.LG", "stat.ML"], "authors": ["Émile B", "Li\x0bNa"], "year": 2026, "doi": None,
              "licence": "CC0-1.0", "note": " two\nlines ", "odd\x01-json": "{", "path": "/home/me/a.jsonl"},
    )  # fmt: skip


ITEMS = [item(1), item(2, (ODD, "Second."), "\n\n"), item(3, ("Only one.",))]


def read(path: Path) -> list[Abstract]:
    found = list(read_paths([str(path)], ReadOptions(), io.BytesIO()))
    assert not [one for one in found if isinstance(one, RecordError)], found
    return [one for one in found if isinstance(one, Abstract)]


@pytest.mark.parametrize("form", ["tmx", "xliff", "tsv"])
def test_what_is_written_is_read_back_with_nothing_lost(form: str, tmp_path: Path) -> None:
    assert write_form(form, ITEMS, ABOUT, tmp_path / "out") == 3
    found = read(tmp_path / "out" / FILES[form])
    expected = [(one.id, one.title, one.source, one.target, one.title_zh, one.system) for one in ITEMS]
    got = [
        (one.id, one.title, one.text, one.references[0].text, one.meta["title_zh"], one.meta["system"]) for one in found
    ]
    assert got == expected
    assert {one.references[0].origin for one in found} == {"mt:tiny@0123"}
    for one, was in zip(found, ITEMS, strict=True):
        if form == "tsv":
            assert json.loads(one.meta["meta"]) == was.meta and json.loads(one.meta["references_zh"]) == [
                "我们做这个。"
            ]
        else:
            assert one.references[1:] == (Reference("我们做这个。", "acl"),)
            kept = {name.replace("\x01", "U+0001"): value for name, value in was.meta.items() if name != "path"}
            assert {name: one.meta[name] for name in kept} == kept


def test_json_lines_are_the_runs_own_rows(tmp_path: Path) -> None:
    write_form("jsonl", ITEMS, ABOUT, tmp_path / "out")
    rows = [json.loads(line) for line in (tmp_path / "out" / "corpus.jsonl").read_text("utf-8").splitlines()]
    assert [item_of(row) for row in rows] == ITEMS and [row_of(one) for one in ITEMS] == rows
    assert [one.text for one in read(tmp_path / "out" / "corpus.jsonl")] == [one.source for one in ITEMS]


def test_line_pairs_are_units_in_order_with_their_ids(tmp_path: Path) -> None:
    write_form("moses", ITEMS, ABOUT, tmp_path / "out")
    english, chinese, ids = ((tmp_path / "out" / f"corpus.{name}").read_text("utf-8") for name in ("en", "zh", "ids"))
    assert english.count("\n") == chinese.count("\n") == ids.count("\n") == 8
    assert ids.splitlines()[:3] == ["paper/1\ttitle", "paper/1\t1", "paper/1\t2"]
    found = read(tmp_path / "out" / "corpus.en")
    assert [one.text for one in found] == english.splitlines()
    assert [one.references[0].text for one in found] == chinese.splitlines()


LINE = st.text(st.characters(exclude_categories=("Cs", "Cc", "Zl", "Zp", "Co", "Cn")), min_size=1, max_size=40)


@settings(max_examples=40, deadline=None)
@given(source=LINE, gap=st.sampled_from(["", " ", "\n", "\n\n  "]))
@pytest.mark.parametrize("form", ["tmx", "xliff"])
def test_units_of_any_text_come_back(
    form: str, source: str, gap: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    one = item(1, (f"We say {source} here.", "And more."), gap)
    out = tmp_path_factory.mktemp("form") / "out"
    write_form(form, [one], ABOUT, out)
    (found,) = read(out / FILES[form])
    assert (found.text, found.references[0].text) == (one.source, one.target)


@pytest.mark.parametrize("form", ["tmx", "xliff", "jsonl"])
def test_what_xml_cannot_hold_comes_back_too(form: str, tmp_path: Path) -> None:
    one = replace(item(1, ("We do\x85\x7f.", "So.")), title="\x07Bell\ufffe\x1b \x00", title_zh="铃\x07")
    issue, review = Issue("copied", "segment 1: \x08"), Review("Li\x01", "", "旧\x0c")
    first = replace(one.segments[0], target="\x01译\x02\x03", issues=(issue,), review=review)
    one = replace(one, segments=(first, one.segments[1]), target=f"\x01译\x02\x03{one.segments[1].target}")
    write_form(form, [one], ABOUT, tmp_path / "out")
    (found,) = read(tmp_path / "out" / FILES[form])
    assert (found.title, found.text) == (one.title, one.source)
    kept = found.meta.get("previous", {"target": found.references[0].text, **found.meta})
    assert (kept["target"], kept["title_zh"]) == (one.target, one.title_zh)


@pytest.mark.parametrize("form", ["tmx", "xliff"])
def test_an_id_that_xml_cannot_hold_is_refused(form: str, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"its id holds U\+0001, which XML cannot: take another form"):
        write_form(form, [replace(ITEMS[0], id="a\x01")], ABOUT, tmp_path / "out")


def damaged(form: str, folder: Path, old: str, new: str, place: int = 0) -> list[Abstract | RecordError]:
    """What is read of `ITEMS` when one place of the file is another."""
    write_form(form, ITEMS, ABOUT, folder / "out")
    path = folder / "out" / FILES[form]
    parts = path.read_text("utf-8").split(old)
    path.write_text(old.join(parts[: place + 1]) + new + old.join(parts[place + 1 :]), encoding="utf-8")
    return list(read_paths([str(path)], ReadOptions(), io.BytesIO()))


@pytest.mark.parametrize("form", ["tmx", "xliff"])
@pytest.mark.parametrize("unit", range(8))
def test_an_abstract_is_read_whole_or_not_at_all(form: str, unit: int, tmp_path: Path) -> None:
    end = "<tuv xml:lang" if form == "tmx" else "<source>"
    found = damaged(form, tmp_path, end, f"</x>{end}", 2 * unit if form == "tmx" else unit)
    broken = ITEMS[(0, 0, 0, 1, 1, 1, 2, 2)[unit]]
    assert [one.text for one in found if isinstance(one, Abstract)] == [one.source for one in ITEMS if one != broken]
    first, *rest = [str(one) for one in found if isinstance(one, RecordError)]
    assert "not XML in this <" in first
    assert all("not the whole abstract: " in one or "stands in what is broken before it" in one for one in rest)


BAD = {
    "a unit that is not there": ("tmx", '<prop type="x-zhaiyi-abstract">paper/1<', '<prop type="x-other">paper/1<', 1),
    "the first is not there": ("xliff", 'type="zhaiyi:title"', "", 0),
    "edited": ("xliff", 'name="1"', 'name="7"', 0),
    "moved": ("tmx", '"x-zhaiyi-place">2<', '"x-zhaiyi-place">1<', 0),
    "no number": ("tmx", '"x-zhaiyi-units-json">3<', '"x-zhaiyi-units-json">[3]<', 0),
    "no JSON": ("tmx", '"x-zhaiyi-units-json">3<', '"x-zhaiyi-units-json">3]<', 0),
    "no JSON either": ("xliff", '"units-json">3<', '"units-json">3]<', 0),
    "too deep": ("xliff", '"units-json">3<', f'"units-json">{"[" * 100_000}<', 0),
    "references": ("tmx", '[["我们做这个。", "acl"]]', "[1]", 0),
}  # fmt: skip


@pytest.mark.parametrize(("form", "old", "new", "place"), BAD.values(), ids=BAD.keys())
def test_what_was_changed_besides_the_texts_is_told(form: str, old: str, new: str, place: int, tmp_path: Path) -> None:
    found = damaged(form, tmp_path, old, new, place)
    errors = [str(one) for one in found if isinstance(one, RecordError)]
    assert errors and all(one.endswith(", or publish it again") and "\n" not in one for one in errors)
    assert "paper/1" not in [one.id for one in found if isinstance(one, Abstract)]


def test_a_memory_takes_what_people_said_and_not_the_machine(tmp_path: Path) -> None:
    pair = Pair("We say.", "我们说\x07。", review=Review("Li", "2026-01-01T00:00:00Z", "旧"))
    write_form("tmx", [*ITEMS, replace(ITEMS[2], id="7", segments=(pair,))], ABOUT, tmp_path / "out")
    memory = read_memory(tmp_path / "out" / "corpus.tmx")
    assert memory.summary("hans")[0] == 1
    [known] = memory.lookup(["We say."], "hans").values()
    assert (known.target, known.by, known.when) == ("我们说\x07。", "Li", "2026-01-01T00:00:00Z")


# The DTD of TMX 1.4b in what it says of the elements that are written; the names of attributes are all there.
TMX_DTD = """
<!ELEMENT tmx (header, body)> <!ATTLIST tmx version CDATA #REQUIRED>
<!ELEMENT header (note | prop)*>
<!ATTLIST header creationtool CDATA #REQUIRED creationtoolversion CDATA #REQUIRED
  segtype (block | paragraph | sentence | phrase) #REQUIRED o-tmf CDATA #REQUIRED adminlang CDATA #REQUIRED
  srclang CDATA #REQUIRED datatype CDATA #REQUIRED o-encoding CDATA #IMPLIED creationdate CDATA #IMPLIED
  creationid CDATA #IMPLIED changedate CDATA #IMPLIED changeid CDATA #IMPLIED>
<!ELEMENT body (tu*)>
<!ELEMENT tu ((note | prop)*, tuv+)>
<!ATTLIST tu tuid CDATA #IMPLIED o-encoding CDATA #IMPLIED datatype CDATA #IMPLIED usagecount CDATA #IMPLIED
  lastusagedate CDATA #IMPLIED creationtool CDATA #IMPLIED creationtoolversion CDATA #IMPLIED
  creationdate CDATA #IMPLIED creationid CDATA #IMPLIED changedate CDATA #IMPLIED
  segtype (block | paragraph | sentence | phrase) #IMPLIED changeid CDATA #IMPLIED o-tmf CDATA #IMPLIED
  srclang CDATA #IMPLIED>
<!ELEMENT tuv ((note | prop)*, seg)>
<!ATTLIST tuv xml:lang CDATA #REQUIRED o-encoding CDATA #IMPLIED datatype CDATA #IMPLIED creationdate CDATA #IMPLIED
  creationid CDATA #IMPLIED changedate CDATA #IMPLIED changeid CDATA #IMPLIED>
<!ELEMENT seg (#PCDATA | ph)*>
<!ELEMENT ph (#PCDATA)> <!ATTLIST ph x CDATA #IMPLIED assoc CDATA #IMPLIED type CDATA #IMPLIED>
<!ELEMENT note (#PCDATA)> <!ATTLIST note o-encoding CDATA #IMPLIED xml:lang CDATA #IMPLIED>
<!ELEMENT prop (#PCDATA)>
<!ATTLIST prop type CDATA #REQUIRED xml:lang CDATA #IMPLIED o-encoding CDATA #IMPLIED>
"""

# XLIFF 2.0's core and metadata module in what they say of the elements that are written: order, names and values.
XLIFF_XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" elementFormDefault="qualified"
  targetNamespace="urn:oasis:names:tc:xliff:document:2.0" xmlns="urn:oasis:names:tc:xliff:document:2.0">
 <xs:import namespace="http://www.w3.org/XML/1998/namespace"/>
 <xs:element name="xliff"><xs:complexType><xs:sequence>
  <xs:element ref="file" maxOccurs="unbounded"/></xs:sequence>
  <xs:attribute name="version" use="required" fixed="2.0"/>
  <xs:attribute name="srcLang" type="xs:language" use="required"/>
  <xs:attribute name="trgLang" type="xs:language"/></xs:complexType></xs:element>
 <xs:element name="file"><xs:complexType><xs:sequence>
  <xs:any namespace="##other" processContents="lax" minOccurs="0" maxOccurs="unbounded"/>
  <xs:element ref="unit" maxOccurs="unbounded"/></xs:sequence>
  <xs:attribute name="id" type="xs:NMTOKEN" use="required"/>
  <xs:attribute name="original"/></xs:complexType></xs:element>
 <xs:element name="unit"><xs:complexType><xs:sequence>
  <xs:any namespace="##other" processContents="lax" minOccurs="0" maxOccurs="unbounded"/>
  <xs:element ref="notes" minOccurs="0"/><xs:element ref="segment" maxOccurs="unbounded"/></xs:sequence>
  <xs:attribute name="id" type="xs:NMTOKEN" use="required"/><xs:attribute name="name"/>
  <xs:attribute name="type"><xs:simpleType><xs:restriction base="xs:string"><xs:pattern value="[^:]+:[^:]+"/>
  </xs:restriction></xs:simpleType></xs:attribute>
  <xs:anyAttribute namespace="http://www.w3.org/XML/1998/namespace" processContents="lax"/></xs:complexType>
  <xs:unique name="ids"><xs:selector xpath="segment"/><xs:field xpath="@id"/></xs:unique></xs:element>
 <xs:element name="notes"><xs:complexType><xs:sequence>
  <xs:element ref="note" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
 <xs:element name="note"><xs:complexType><xs:simpleContent><xs:extension base="xs:string">
  <xs:attribute name="category"/></xs:extension></xs:simpleContent></xs:complexType></xs:element>
 <xs:element name="segment"><xs:complexType><xs:sequence>
  <xs:element name="source" type="text"/><xs:element name="target" type="text" minOccurs="0"/></xs:sequence>
  <xs:attribute name="id" type="xs:NMTOKEN"/>
  <xs:attribute name="state"><xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="initial"/>
   <xs:enumeration value="translated"/><xs:enumeration value="reviewed"/><xs:enumeration value="final"/>
  </xs:restriction></xs:simpleType></xs:attribute></xs:complexType></xs:element>
 <xs:complexType name="text" mixed="true"><xs:sequence><xs:element name="cp" minOccurs="0" maxOccurs="unbounded">
  <xs:complexType><xs:attribute name="hex" type="xs:hexBinary" use="required"/></xs:complexType></xs:element>
  </xs:sequence></xs:complexType>
</xs:schema>"""


def reviewed() -> Item:
    review = Review("Li", "2026-01-01T00:00:00Z", "旧")
    pair = Pair("We do.", "我们\x07做。", "", (Issue("numbers", "not in the source: 7"),), review)
    return Item("a b", "T", "题", "We do.", "我们\x07做。", (pair,), ABOUT.system, meta={"licence": "MIT"})


def test_tmx_is_valid(tmp_path: Path) -> None:
    from lxml import etree

    write_form("tmx", [*ITEMS, reviewed()], ABOUT, tmp_path / "out")
    tree = etree.parse(tmp_path / "out" / "corpus.tmx")
    dtd = etree.DTD(io.StringIO(TMX_DTD))
    assert dtd.validate(tree), dtd.error_log
    last = tree.findall(".//tu")[-1]
    assert (last.get("changeid"), last.get("changedate")) == ("Li", "20260101T000000Z")


def test_xliff_is_valid(tmp_path: Path) -> None:
    xmlschema = pytest.importorskip("xmlschema")
    write_form("xliff", [*ITEMS, reviewed()], ABOUT, tmp_path / "out")
    xmlschema.XMLSchema(XLIFF_XSD).validate(str(tmp_path / "out" / "corpus.xlf"))
    text = (tmp_path / "out" / "corpus.xlf").read_text("utf-8")
    assert 'state="reviewed"' in text and '<note category="numbers">not in the source: 7</note>' in text


XLIFF_12 = """<?xml version="1.0"?>
<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2"><file original="a.txt" source-language="en-US"
 target-language="zh-CN" datatype="plaintext"><body><trans-unit id="1"><source>We <g id="1">propose</g> a
<x id="2"/>method.</source><target>我们提出方法。</target><note>From a tool.</note><alt-trans><source>old</source>
<target>旧</target></alt-trans></trans-unit></body></file></xliff>"""
XLIFF_20 = """<xliff version="2.0" srcLang="en" trgLang="zh" xmlns="urn:oasis:names:tc:xliff:document:2.0">
<file id="f"><group id="g"><unit id="u"><segment><source>One sentence.</source><target>一句。</target></segment>
<ignorable><source> </source></ignorable><segment><source>And <pc id="1">two</pc>.</source><target>两句。</target>
</segment></unit></group></file></xliff>"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (XLIFF_12, ("a.txt#1", "We propose a\nmethod.", "我们提出方法。")),
        (XLIFF_20, ("f#u", "One sentence. And two.", "一句。两句。")),
    ],
    ids=["1.2", "2.0"],
)
def test_xliff_of_other_programs_is_read_unit_by_unit(
    text: str, expected: tuple[str, str, str], tmp_path: Path
) -> None:
    path = tmp_path / "other.xlf"
    path.write_text(text, encoding="utf-8")
    (found,) = read(path)
    assert (found.id, found.text, found.references[0].text) == expected


@pytest.mark.parametrize("text", [XLIFF_12, XLIFF_20], ids=["1.2", "2.0"])
def test_xliff_behind_what_is_broken_is_read(text: str, tmp_path: Path) -> None:
    start, end = text.index("<file"), text.index("</file>") + len("</file>")
    name = "trans-unit" if text is XLIFF_12 else "unit"
    unit = text[text.index(f"<{name} ") : text.index(f"</{name}>") + len(f"</{name}>")]
    broken = text[start:end].replace(unit, unit.replace("</target>", "", 1) + unit)
    path = tmp_path / "other.xlf"
    path.write_text(text[:start] + broken + text[start:end] + text[end:], encoding="utf-8")
    error, *found = read_paths([str(path)], ReadOptions(), io.BytesIO())
    assert isinstance(error, RecordError) and f"not XML in this <{name}>" in str(error)
    assert [(one.id, len(one.references)) for one in found if isinstance(one, Abstract)] == (
        [("1", 1), ("a.txt#1", 1)] if text is XLIFF_12 else [("u", 1), ("f#u", 1)]
    )


def test_xliff_that_is_translated_in_part_has_no_reference(tmp_path: Path) -> None:
    path = tmp_path / "other.xlf"
    path.write_text(XLIFF_20.replace("<target>两句。</target>", ""), encoding="utf-8")
    [found] = read(path)
    assert (found.text, found.references) == ("One sentence. And two.", ())


def test_xliff_of_other_languages_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "other.xlf"
    path.write_text(XLIFF_20.replace('"zh"', '"fr"'), encoding="utf-8")
    (found,) = read_paths([str(path)], ReadOptions(), io.BytesIO())
    assert "f#u: it pairs en and fr: English and Chinese are read" in str(found)


def test_what_line_pairs_cannot_hold_is_refused_with_its_place(tmp_path: Path) -> None:
    for one, name in (
        (item(7, ("a\u2028b",)), "'paper/7, segment 1'"),
        (replace(ITEMS[2], id="a\nb"), r"'a\nb, title'"),
    ):
        with pytest.raises(RunError) as told:
            write_form("moses", [one], ABOUT, tmp_path / "out")
        assert str(told.value).startswith(f"{name}: a line break, ")
    assert list(tmp_path.iterdir()) == []


def test_a_title_in_two_lines_is_one_line_of_pairs(tmp_path: Path) -> None:
    write_form("moses", [replace(ITEMS[2], title="On\n  Nets\x07")], ABOUT, tmp_path / "out")
    assert (tmp_path / "out" / "corpus.en").read_text("utf-8") == "On Nets\nOnly one.\n"


def test_nobody_loses_the_folder_that_they_are_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    for to in (Path(), tmp_path / "in"):
        with pytest.raises(RunError, match="the folder that you are in"):
            write_form("tsv", ITEMS, ABOUT, to)
    assert [path.name for path in tmp_path.iterdir()] == ["in"]


def test_a_cell_with_a_lone_carriage_return_is_one_cell(tmp_path: Path) -> None:
    write_form("tsv", [replace(ITEMS[2], title="On\rNets")], ABOUT, tmp_path / "out")
    assert [one.title for one in read(tmp_path / "out" / "corpus.tsv")] == ["On\rNets"]


@pytest.mark.parametrize(
    ("when", "expected"), [("2026-01-01T00:00:00Z", "20260101T000000Z"), ("", None), ("May", None)]
)
def test_tmx_dates_a_correction_only_if_it_is_known(when: str, expected: str | None, tmp_path: Path) -> None:
    from lxml import etree

    pair = replace(ITEMS[2].segments[0], review=Review("Li", when, "旧"))
    write_form("tmx", [replace(ITEMS[2], segments=(pair,))], ABOUT, tmp_path / "out")
    last = etree.parse(tmp_path / "out" / "corpus.tmx").findall(".//tu")[-1]
    assert (last.get("changeid"), last.get("changedate")) == ("Li", expected)


def in_groups(path: Path) -> None:
    start, end = XLIFF_12.index("<trans-unit"), XLIFF_12.index("</body>")
    group = f'<group id="g" resname="one of very many">{XLIFF_12[start:end]}</group>'
    path.write_text(XLIFF_12[:start] + group * 20_000 + XLIFF_12[end:], encoding="utf-8")


@pytest.mark.parametrize("form", ["tmx", "xliff", "groups"])
def test_no_memory_is_kept_of_what_has_been_read(form: str, tmp_path: Path) -> None:
    path = tmp_path / "out" / FILES.get(form, "groups.xlf")
    if form == "groups":
        path.parent.mkdir()
        in_groups(path)
    else:
        write_form(form, (replace(ITEMS[0], id=str(number)) for number in range(4_000)), ABOUT, path.parent)
    sizes = []
    for number, _ in enumerate(read_paths([str(path)], ReadOptions(), io.BytesIO())):
        if number % 1000 == 999:
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
            sizes.append(pages * resource.getpagesize())
    assert sizes[-1] - sizes[0] < 2 << 20


def test_an_unknown_form_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="unknown form 'pdf'; known are tmx, xliff, moses, tsv, jsonl, site"):
        write_form("pdf", ITEMS, ABOUT, tmp_path / "out")


@pytest.mark.parametrize("form", FORMS)
def test_a_folder_with_other_content_is_left_as_it_is(form: str, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("y", encoding="utf-8")
    with pytest.raises(RunError, match="is there already and is not empty"):
        write_form(form, ITEMS, ABOUT, tmp_path)
    with pytest.raises(RunError, match="nothing is left to write"):
        write_form(form, [], ABOUT, tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
