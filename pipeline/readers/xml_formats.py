"""The kinds of XML that are read, and what is said of any other."""

from pipeline.readers.source import Source
from pipeline.readers.xml_acl import ACL_ANTHOLOGY
from pipeline.readers.xml_arxiv import ARXIV_ATOM
from pipeline.readers.xml_endnote import ENDNOTE_XML
from pipeline.readers.xml_jats import JATS
from pipeline.readers.xml_oai import OAI_PMH
from pipeline.readers.xml_pubmed import PUBMED
from pipeline.readers.xml_record import is_declared, root_name
from pipeline.readers.xml_tmx import TMX
from pipeline.readers.xml_xliff import XLIFF

XML = (ARXIV_ATOM, OAI_PMH, PUBMED, ACL_ANTHOLOGY, ENDNOTE_XML, TMX, XLIFF, JATS)
_ROOTS_OF_XML = ("feed", "rss", "RDF", "dc")  # of documents that are XML without saying so in a declaration


def refuse_unknown_xml(source: Source) -> None:
    """Raise a `RecordError` for XML that none of `XML` recognises; text that begins with a tag is no XML yet."""
    root = root_name(source.head)
    if not (is_declared(source.head) or root in _ROOTS_OF_XML or _has_prefix(source.head)):
        return
    if not any(known.recognise(source) for known in XML):
        known = ", ".join(known.name for known in XML)
        what = f"XML with the root element <{root}>" if root else "XML without a root element"
        raise source.error(f"{what}, which is not read: read are {known}; export one of these, JSON lines or CSV")


def _has_prefix(head: str) -> bool:
    """Whether it begins with a tag like `<jats:p>`, which no plain text does."""
    start = head.lstrip("\ufeff \t\r\n")[:200].partition(">")[0]
    return start.startswith("<") and start[1:].partition(":")[0].isalpha() and ":" in start.split()[0]
