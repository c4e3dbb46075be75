"""The fields of a research portal's page, whose labels and values are run together ("Volume12")."""

import re

FIELDS = {  # label -> (key in meta, what its value looks like; "" if it can be anything)
    "Translated title of the contribution": ("translated_title", ""),
    "Original language": ("language", r"[A-Z][a-z]+(?: \(.*\))?"),
    "Title of host publication": ("host", ""),
    "Subtitle of host publication": ("host_subtitle", ""),
    "Article number": ("article_number", r"[A-Za-z]{0,3}[\d.]+\S*"),
    "Journal": ("journal", ""),
    "Volume": ("volume", r"[\dIVXLC]+(?:[-/ ,.].{0,20})?"),
    "Issue number": ("issue", r"\S{1,12}(?: \d+)?"),
    "Issue": ("issue", r"\d\S{0,11}"),
    "Pages (from-to)": ("pages", r"\w{0,3}\d[\w:.–-]*(?: ?[-–] ?\w+)?"),
    "Pages": ("pages", r"\w{0,3}\d[\w:.–-]*(?: ?[-–] ?\w+)?"),
    "Number of pages": ("number_of_pages", r"\d+"),
    "ISSN (Print)": ("issn", r"\d{4}-\d{3}[\dX].*"),
    "ISSN (Electronic)": ("eissn", r"\d{4}-\d{3}[\dX].*"),
    "ISSN": ("issn", r"\d{4}-\d{3}[\dX].*"),
    "ISBN (Print)": ("isbn", r"[\d-]{9,}[\dX].*"),
    "ISBN (Electronic)": ("eisbn", r"[\d-]{9,}[\dX].*"),
    "ISBN": ("isbn", r"[\d-]{9,}[\dX].*"),
    "DOIs": ("doi", r"(?:https?:|10\.).*"),
    "DOI": ("doi", r"(?:https?:|10\.).*"),
    "Publication status": ("status", r"(?:Published|E-pub|Accepted|In prep|Submitted|Unpublished).*"),
    "Publication date": ("publication_date", r".*\d{4}.*"),
    "Publication year": ("year", r"\d{4}"),
    "Early online date": ("early_online_date", r".*\d{4}"),
    "Award date": ("award_date", r".*\d{4}"),
    "Externally published": ("externally_published", r"Yes|No"),
    "Peer-reviewed": ("peer_reviewed", r"Yes|No"),
    "Place of Publication": ("place", ""),
    "Place of publication": ("place", ""),
    "Publisher": ("publisher", ""),
    "Editors": ("editors", ""),
    "Edition": ("edition", r"\d.*"),
    "Publication series": ("series", ""),
    "Series": ("series", ""),
    "Event": ("event", r".*\d{4}.*"),
    "Duration": ("duration", r".*\d{4}.*"),
    "Conference number": ("conference_number", r"\d+"),
    "Conference": ("conference", ""),
    "Awarding Institution": ("institution", ""),
    "Qualification": ("qualification", ""),
    "Supervisors/Advisors": ("supervisors", ""),
    "Internet address": ("event_url", r"https?:.*"),
    "Bibliographical note": ("note", ""),
    "Country/Territory": ("country", ""),
    "Country": ("country", ""),
    "City": ("city", ""),
    "Period": ("period", r".*\d.*"),
}
STRONG = {"Translated title of the contribution", "Original language", "Publication status", "Externally published"}
STRONG |= {"Pages (from-to)", "Number of pages", "Title of host publication", "DOIs", "Article number", "Issue number"}
_NAMES = "|".join(re.escape(name) for name in sorted(FIELDS, key=len, reverse=True))
FIELD = re.compile(rf"[•·*\s]*(?P<name>{_NAMES})(?P<gap>\s*[:：]\s*|\s*)(?P<value>.*)")
LINK = re.compile(r"[•·*–-]?\s*(?:https?://\S+|(?:doi:\s*)?10\.\d{4,9}/\S+)")


def is_certain(match: re.Match[str]) -> bool:
    """Whether a line is surely a field: its value runs into the label or follows a colon, and looks as it should."""
    name, gap, value = match["name"], match["gap"], match["value"]
    pattern = FIELDS[name][1]
    if not value:
        return name in STRONG
    if pattern:
        return re.fullmatch(pattern, value) is not None
    return name in STRONG and (gap != " " or not value[0].islower()) and not (not gap and value[0].islower())
