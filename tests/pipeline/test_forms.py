"""Other forms of a published corpus: each is read back by our readers, and is valid by an independent tool."""

import io
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import ConfigError, RecordError, RunError
from pipeline.finish import join_targets
from pipeline.publish.forms.tables import row_of
from pipeline.publish.forms.units import About
from pipeline.publish.forms.write import FORMS, write_form
from pipeline.publish.items import Item, Pair, Review, item_of
from pipeline.readers import ReadOptions, read_paths
from pipeline.records import Abstract, Issue

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
        meta={"categories": ["cs.LG", "stat.ML"], "licence": "CC0-1.0", "date": "2026-01-01"},
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
    expected = [(one.id, one.title, one.source, one.target, one.title_zh) for one in ITEMS]
    got = [(one.id, one.title, one.text, one.references[0].text, one.meta["title_zh"]) for one in found]
    assert got == expected


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


def test_machine_output_is_not_read_as_a_persons_reference(tmp_path: Path) -> None:
    write_form("tmx", ITEMS, ABOUT, tmp_path / "out")
    assert {one.references[0].origin for one in read(tmp_path / "out" / "corpus.tmx")} == {"mt:tiny@0123"}


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
<!ELEMENT seg (#PCDATA)>
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
  <xs:anyAttribute namespace="http://www.w3.org/XML/1998/namespace" processContents="lax"/></xs:complexType>
  <xs:unique name="ids"><xs:selector xpath="segment"/><xs:field xpath="@id"/></xs:unique></xs:element>
 <xs:element name="notes"><xs:complexType><xs:sequence>
  <xs:element ref="note" maxOccurs="unbounded"/></xs:sequence></xs:complexType></xs:element>
 <xs:element name="note"><xs:complexType><xs:simpleContent><xs:extension base="xs:string">
  <xs:attribute name="category"/></xs:extension></xs:simpleContent></xs:complexType></xs:element>
 <xs:element name="segment"><xs:complexType><xs:sequence>
  <xs:element name="source" type="xs:string"/><xs:element name="target" type="xs:string" minOccurs="0"/></xs:sequence>
  <xs:attribute name="id" type="xs:NMTOKEN"/>
  <xs:attribute name="state"><xs:simpleType><xs:restriction base="xs:string"><xs:enumeration value="initial"/>
   <xs:enumeration value="translated"/><xs:enumeration value="reviewed"/><xs:enumeration value="final"/>
  </xs:restriction></xs:simpleType></xs:attribute></xs:complexType></xs:element>
</xs:schema>"""


def reviewed() -> Item:
    review = Review("Li", "2026-01-01T00:00:00Z", "旧")
    pair = Pair("We do.", "我们做。", "", (Issue("numbers", "not in the source: 7"),), review)
    return Item("a b", "T", "题", "We do.", "我们做。", (pair,), ABOUT.system, meta={"licence": "MIT"})


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


def test_xliff_of_other_languages_is_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "other.xlf"
    path.write_text(XLIFF_20.replace('"zh"', '"fr"'), encoding="utf-8")
    (found,) = read_paths([str(path)], ReadOptions(), io.BytesIO())
    assert "f#u: it pairs en and fr: English and Chinese are read" in str(found)


@pytest.mark.parametrize(("form", "text"), [("moses", "a\u2028b"), ("tmx", "a\x0bb"), ("xliff", "a\x00b")])
def test_what_a_form_cannot_hold_is_refused_with_its_place(form: str, text: str, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"^paper/7, segment 1: "):
        write_form(form, [item(7, (text,))], ABOUT, tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


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
