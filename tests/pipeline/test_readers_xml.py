"""XML: each kind with its traps, what is refused, what is broken, encodings, memory."""

import gzip
import json
import resource
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import InputError, RecordError
from pipeline.readers import FORMATS, ReadOptions, detect, read_paths, source, xml, xml_pieces
from pipeline.records import Abstract, Reference

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "readers"
FEED = (
    '<?xml version="1.0"?>\n<feed xmlns="http://www.w3.org/2005/Atom" xmlns:arxiv="http://arxiv.org/schemas/atom">\n'
    "<id>http://arxiv.org/api/x</id>\n"
)
BARE = FEED.partition("\n")[2]
END = "</feed>\n"
KINDS = {
    "arxiv-atom.xml": "arxiv-atom",
    "oai-dc.xml": "oai-pmh",
    "oai-arxiv.xml": "oai-pmh",
    "pubmed.xml": "pubmed",
    "acl-anthology.xml": "acl-anthology",
    "endnote.xml": "endnote-xml",
    "memory.tmx": "tmx",
    "jats.xml": "jats",
}


def read(tmp_path: Path, data: str | bytes, name: str = "a.xml", **options: str) -> list[Abstract | RecordError]:
    path = tmp_path / name
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return list(read_paths([str(path)], ReadOptions(**options)))


def entry(number: int, text: str = "We study the nets.", more: str = "") -> str:
    """Three lines of a feed."""
    return f"<entry><id>http://arxiv.org/abs/2110.{number:05d}v1</id>\n<summary>{text}</summary>{more}</entry>\n"


def shown(items: list[Abstract | RecordError]) -> list[str]:
    """The last digit of an abstract's id; of an error its line and what is wrong."""
    return [item.id[-1] if isinstance(item, Abstract) else str(item).partition(".xml:")[2] for item in items]


def only(items: list[Abstract | RecordError]) -> Abstract:
    [item] = items
    assert isinstance(item, Abstract), item
    return item


# --- each kind


@pytest.mark.parametrize("name", KINDS)
def test_a_file_of_each_kind_gives_its_records_in_order(name: str) -> None:
    expected = json.loads((FIXTURES / f"{name}.expected.json").read_text(encoding="utf-8"))
    items = []
    for item in read_paths([str(FIXTURES / name)], ReadOptions()):
        if isinstance(item, Abstract):
            meta = {key: value for key, value in item.meta.items() if key != "path"}
            references = [[reference.text, reference.origin] for reference in item.references]
            items.append(
                {"id": item.id, "title": item.title, "text": item.text, "references": references, "meta": meta}
            )
        else:
            items.append({"id": item.record_id, "error": str(item).partition(f"{name}:")[2].strip()})
    assert items == expected


@pytest.mark.parametrize("name", KINDS)
def test_the_kind_is_recognised_by_its_content_alone(name: str, tmp_path: Path) -> None:
    path = tmp_path / "unnamed"
    path.write_bytes((FIXTURES / name).read_bytes())
    known = source.examine(source.from_path(path))
    assert detect(known, ReadOptions())[0] == KINDS[name]
    assert next(kind for kind, known_format in FORMATS.items() if known_format.recognise(known)) == KINDS[name]


@pytest.mark.parametrize("name", KINDS)
def test_the_same_in_utf_16_and_packed(name: str, tmp_path: Path) -> None:
    text = (FIXTURES / name).read_text(encoding="utf-8")
    plain = read(tmp_path, text, name)
    wide = read(tmp_path, gzip.compress(text.encode("utf-16")), f"{name}.gz")

    def core(item: Abstract | RecordError) -> object:
        return (item.id, item.text, item.references) if isinstance(item, Abstract) else item.record_id

    assert [core(item) for item in wide] == [core(item) for item in plain]


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(
            '<oai_dc:dc xmlns:oai_dc="http://www.openarchives.org/OAI/2.0/oai_dc/" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description>We study.</dc:description>'
            "<dc:identifier>https://doi.org/10.1000/x</dc:identifier></oai_dc:dc>",
            ["10.1000/x"],
            id="one dc",
        ),
        pytest.param(
            '<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>1</id><abstract>A b.</abstract></arXiv>\n'
            '<arXiv xmlns="http://arxiv.org/OAI/arXiv/"><id>2</id><abstract>C d.</abstract></arXiv>',
            ["1", "2"],
            id="records one after the other",
        ),
        pytest.param(
            "<harvest><record><header><identifier>oai:arXiv.org:3</identifier></header><metadata>"
            '<arXivRaw xmlns="http://arxiv.org/OAI/arXivRaw/"><id>3</id><abstract>A b.</abstract></arXivRaw>'
            "</metadata></record></harvest>",
            ["3"],
            id="records of a harvest",
        ),
        pytest.param(
            "<PubmedArticle><MedlineCitation><PMID>4</PMID><Article><Abstract><AbstractText>A b.</AbstractText>"
            "</Abstract></Article></MedlineCitation></PubmedArticle>",
            ["4"],
            id="one article of PubMed",
        ),
        pytest.param(
            '<article><front><article-meta><article-id pub-id-type="doi">10.1000/5</article-id>'
            "<abstract><p>A b.</p></abstract></article-meta></front><body/></article>",
            ["10.1000/5"],
            id="one article of JATS",
        ),
        pytest.param(
            '<collection id="P18"><volume id="1"><meta/><paper id="7"><abstract>A b.</abstract></paper></volume>'
            "</collection>",
            ["P18-1007"],
            id="an old volume of the Anthology",
        ),
    ],
)
def test_bare_records(tmp_path: Path, data: str, expected: list[str]) -> None:
    assert [item.id for item in read(tmp_path, data) if isinstance(item, Abstract)] == expected


def test_an_answer_without_records_says_what_the_repository_said(tmp_path: Path) -> None:
    answer = (
        '<?xml version="1.0"?><OAI-PMH xmlns="http://www.openarchives.org/OAI/2.0/">'
        '<error code="noRecordsMatch">Nothing since then</error></OAI-PMH>'
    )
    [error] = read(tmp_path, answer)
    assert "the repository answered noRecordsMatch (Nothing since then)" in str(error)


# --- what is refused


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(
            '<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;&a;">]>'
            f"{BARE}{entry(1, '&b;')}{END}",
            "a DTD that declares entities",
            id="billion laughs",
        ),
        pytest.param(
            '<!DOCTYPE feed [<!ENTITY x SYSTEM "file:///etc/hostname">]>' + BARE + entry(1, "&x;") + END,
            "a DTD that declares entities",
            id="a file from outside",
        ),
        pytest.param(
            f'<!DOCTYPE feed [<!ENTITY % x SYSTEM "http://127.0.0.1/x.dtd"> %x;]>{BARE}{END}',
            "a DTD that declares entities",
            id="a parameter entity",
        ),
        pytest.param(
            "<?xml version='1.0'?><tei:TEI xmlns:tei='u'><tei:text/></tei:TEI>",
            "XML with the root element <TEI>, which is not read: read are arxiv-atom, oai-pmh, pubmed",
            id="another kind",
        ),
        pytest.param("<?xml version='1.0'?>", "XML without a root element", id="a declaration alone"),
        pytest.param(
            "<?xml version='1.0'?><feed xmlns='http://www.w3.org/2005/Atom'><title>A blog</title></feed>",
            "XML with the root element <feed>",
            id="a feed of someone else",
        ),
        pytest.param(f"{FEED}{END}", "no abstract in it, read as arxiv-atom", id="no record"),
    ],
)
def test_what_is_refused_is_one_line(tmp_path: Path, data: str, message: str) -> None:
    with pytest.raises(InputError) as caught:
        read(tmp_path, data)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)


def test_entities_are_not_expanded_where_the_refusal_was_got_round(tmp_path: Path) -> None:
    hidden = f'<!DOCTYPE feed [<!ELEMENT a "]>"><!ENTITY e "expanded">]>{BARE}'
    items = read(tmp_path, f"{hidden}{entry(1, 'We study &e; and &nbsp; nets.')}{entry(2)}{END}")
    assert [item.text for item in items if isinstance(item, Abstract)] == [
        "We study &e; and &nbsp; nets.",
        "We study the nets.",
    ]


def test_text_that_begins_with_a_tag_is_no_xml(tmp_path: Path) -> None:
    assert only(read(tmp_path, "<b>We</b> study the nets.", "a.txt")).text == "<b>We</b> study the nets."


# --- what is broken

CUT = "cut off: the file ends before its root element does; get it again"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(
            FEED + entry(1) + entry(2, "a & b") + entry(3) + entry(4) + END,
            ["1", "7: not XML in this <entry> (xmlParseEntityRef: no name): repair it", "3", "4"],
            id="a bare &",
        ),
        pytest.param(
            FEED + entry(1) + entry(2, "p < 0.05") + entry(3) + END,
            ["1", "7: not XML in this <entry> (StartTag: invalid element name): repair it", "3"],
            id="a bare <",
        ),
        pytest.param(
            FEED + entry(1, "<i>a") + entry(2, more="<arxiv:comment>c</arxiv:comment>") + END,
            ["5: not XML in this <entry> (Opening and ending tag mismatch: i and summary): repair it", "2"],
            id="an element that is not closed, in the first record",
        ),
        pytest.param(
            FEED + entry(1) + entry(2).replace("</entry>", "") + entry(3) + entry(4) + END,
            ["1", "6: not XML: this <entry> is not closed before the next begins: repair it", "3", "4"],
            id="a record that is not closed",
        ),
        pytest.param(
            FEED + entry(1, "a\x01b") + entry(2) + END,
            ["5: not XML in this <entry> (PCDATA invalid Char value 1): repair it", "2"],
            id="a control character",
        ),
        pytest.param(
            FEED + entry(1, "<a>" * 500 + "</a>" * 500) + entry(2) + END,
            [
                "5: not XML in this <entry> (Excessive depth in document: 256): repair it",
                "2",
            ],
            id="deep nesting",
        ),
        pytest.param(
            (FEED + entry(1) + entry(2, "a & b") + entry(3) + END).replace("\n", ""),
            ["1", "1: not XML in this <entry> (xmlParseEntityRef: no name): repair it", "3"],
            id="all in one line",
        ),
        pytest.param(FEED + entry(1) + entry(2), ["1", "2", f"8: {CUT}"], id="cut between records"),
        pytest.param(FEED + entry(1) + "<entr", ["1", f"6: {CUT}"], id="cut in a start tag"),
        pytest.param(
            FEED + entry(1) + entry(2)[:-20],
            ["1", "6: cut off: the file ends within this <entry>; get it again"],
            id="cut in a record",
        ),
        pytest.param(
            FEED + entry(1, "&") + entry(2),
            ["5: not XML in this <entry> (xmlParseEntityRef: no name): repair it", "2", f"6: {CUT}"],
            id="cut behind a fault",
        ),
        pytest.param(FEED + entry(1) + END + FEED + entry(2) + END, ["1", "2"], id="two files in one"),
        pytest.param(
            FEED + entry(1) + entry(2)[:40] + FEED + entry(3) + END,
            ["1", "6: cut off: another document begins within this <entry>", "3"],
            id="two files in one, the first cut",
        ),
        pytest.param(
            FEED + entry(1, "&") + entry(2) + END + FEED + entry(3) + END,
            ["5: not XML in this <entry> (xmlParseEntityRef: no name): repair it", "2", "3"],
            id="two files in one, the first broken",
        ),
        pytest.param(FEED + entry(1) + f"<!-- {entry(2)}{entry(3)} -->" + entry(4) + END, ["1", "4"], id="a comment"),
        pytest.param(
            FEED + entry(1, "<![CDATA[We write <entry> & <entry >.]]>") + entry(2) + END, ["1", "2"], id="CDATA"
        ),
        pytest.param("\n\n" + FEED + entry(1) + END, ["1"], id="empty lines before the declaration"),
    ],
)
def test_a_fault_costs_its_record_alone(tmp_path: Path, data: str, expected: list[str]) -> None:
    assert shown(read(tmp_path, data)) == expected


def test_bytes_that_are_not_utf8_cost_their_record_alone(tmp_path: Path) -> None:
    data = (FEED + entry(1, "naïve “nets” 网络")).encode() + entry(2, "na\xefve").encode("latin-1") + entry(3).encode()
    assert shown(read(tmp_path, data + END.encode())) == [
        "1",
        "7: not XML in this <entry> (bytes that are not UTF-8): repair it",
        "3",
    ]


def test_a_fault_in_the_head_of_a_volume_costs_the_ids_of_its_papers_alone(tmp_path: Path) -> None:
    def volume(name: str, meta: str) -> str:
        return f'<volume id="{name}"><meta>{meta}</meta><paper id="1"><abstract>A b.</abstract></paper></volume>\n'

    data = f'<collection id="2020.x">\n{volume("a", "")}{volume("b", "&")}{volume("c", "")}</collection>'
    items = read(tmp_path, data)
    assert [item.id if isinstance(item, Abstract) else str(item).partition(".xml:")[2][:38] for item in items] == [
        "2020.x-a.1",
        "3: not XML (xmlParseEntityRef: no name",
        "3: paper 1: the head of its volume can",
        "2020.x-c.1",
    ]


def test_a_record_that_is_too_long_costs_itself_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(xml_pieces, "MAX_RECORD", 1 << 20)
    monkeypatch.setattr(xml_pieces, "_CHUNK", 1 << 16)
    items = read(tmp_path, FEED + entry(1) + entry(2, "x" * (3 << 20)) + entry(3) + END)
    assert shown(items) == ["1", "6: over 16 MiB in one record: cut it or leave it out", "3"]
    items = read(tmp_path, FEED + entry(1) + entry(2, "x" * (3 << 20)) + END)
    assert shown(items) == ["1", "6: over 16 MiB in one record: cut it or leave it out"]


def test_a_damaged_archive_gives_what_could_be_unpacked(tmp_path: Path) -> None:
    entries = "".join(entry(number, f"We study the nets {number * 104729 % 99991}.") for number in range(20_000))
    packed = gzip.compress((FEED + entries + END).encode())
    *items, last = read(tmp_path, packed[: len(packed) // 2], "a.xml.gz")
    assert 8_000 < len(items) < 12_000
    assert all(isinstance(item, Abstract) for item in items)
    assert "damaged compressed file" in str(last)


# --- encodings


@pytest.mark.parametrize(
    ("declared", "encoding", "text"),
    [
        pytest.param("ISO-8859-1", "latin-1", "naïve café", id="latin-1"),
        pytest.param("ISO-8859-1", "cp1252", "a “naïve” net", id="windows-1252 that calls itself latin-1"),
        pytest.param("iso-8859-2", "iso8859-2", "Łódź", id="latin-2"),
        pytest.param("windows-1251", "cp1251", "the word сеть", id="cyrillic"),
        pytest.param("GB2312", "gb2312", "the word 网络", id="gb2312"),
        pytest.param("UTF-16", "utf-16", "naïve 网络", id="utf-16"),
        pytest.param("UTF-16", "utf-8", "naïve 网络", id="utf-8 that calls itself utf-16"),
        pytest.param("ISO-8859-1", "utf-8", "naïve 网络", id="utf-8 that calls itself latin-1"),
        pytest.param("utf-8", "utf-8-sig", "naïve", id="a byte-order mark"),
        pytest.param("hex", "utf-8", "naïve", id="no encoding of text"),
        pytest.param("no-such", "utf-8", "naïve", id="an unknown encoding"),
    ],
)
def test_the_declared_encoding(tmp_path: Path, declared: str, encoding: str, text: str) -> None:
    data = FEED.replace("?>", f' encoding="{declared}"?>') + entry(1, text) + END
    assert only(read(tmp_path, data.encode(encoding))).text == text


# --- laws


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=40),
            st.text("我们研究网络", min_size=1, max_size=9),
        ),
        min_size=1,
        max_size=5,
    )
)
def test_what_a_memory_holds_comes_back(tmp_path_factory: pytest.TempPathFactory, pairs: list[tuple[str, str]]) -> None:
    units = "".join(
        f"<tu tuid={quoteattr(str(number))}><tuv xml:lang='en'><seg>We {escape(english)}.</seg></tuv>"
        f"<tuv xml:lang='zh'><seg>{escape(chinese)}</seg></tuv></tu>"
        for number, (english, chinese) in enumerate(pairs)
    )
    path = tmp_path_factory.mktemp("tmx") / "a.tmx"
    path.write_text(f"<?xml version='1.0'?><tmx version='1.4'><body>{units}</body></tmx>", encoding="utf-8")
    items = list(read_paths([str(path)], ReadOptions()))
    assert [(item.text, item.references) for item in items if isinstance(item, Abstract)] == [
        (f"We {english}.", (Reference(chinese, "tmx"),)) for english, chinese in pairs
    ]


@settings(max_examples=40, deadline=None)
@given(st.integers(min_value=1), st.integers(min_value=1, max_value=4000))
def test_where_a_file_is_cut_changes_no_record_before(
    tmp_path_factory: pytest.TempPathFactory, at: int, chunk: int
) -> None:
    whole = (FEED + "".join(entry(number, "a &amp; b <i>c</i> " * number) for number in range(1, 7)) + END).encode()
    start = len(FEED.encode())
    at = start + at % (len(whole) - start)
    path = tmp_path_factory.mktemp("cut") / "a.xml"
    path.write_bytes(whole[:at])
    complete = whole[:at].count(b"</entry>")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xml_pieces, "_CHUNK", chunk)
        patch.setattr(xml, "_FEED", chunk)
        try:
            items = list(read_paths([str(path)], ReadOptions()))
        except InputError as error:
            assert complete == 0, error
            return
    *before, last = items
    assert [item.id for item in before if isinstance(item, Abstract)] == [
        f"2110.{n:05d}" for n in range(1, complete + 1)
    ]
    assert isinstance(last, RecordError) and "cut off" in str(last)


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="Linux says how much memory a process has")
@pytest.mark.parametrize(
    "text",
    [
        pytest.param("We study the nets. " * 60, id="plain"),
        pytest.param("We &nbsp; " * 30 + "study the nets. " * 40, id="unknown entities, which lxml keeps a list of"),
    ],
)
def test_memory_does_not_grow_with_the_file(tmp_path: Path, text: str) -> None:
    count, warm = 16_000, 4_000
    path = tmp_path / "a.xml"
    path.write_text(FEED + "".join(entry(number, text) for number in range(count)) + END, encoding="utf-8")
    sizes = []
    for number, _ in enumerate(FORMATS["arxiv-atom"].read(source.from_path(path), ReadOptions())):
        if number >= warm and number % 500 == 0:
            pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
            sizes.append(pages * resource.getpagesize())
    assert number == count - 1
    assert max(sizes) - sizes[0] < path.stat().st_size / 4
