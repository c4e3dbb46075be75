"""Why records were refused, grouped: the same reason once, how often, and the first few places."""

import re
from dataclasses import dataclass, field

MAX_REASONS = 30  # kept apart; those that come later are counted together
MAX_EXAMPLES = 3
OTHER = "other reasons"
_PLACE = re.compile(r"(?:standard input|[^:]*?(?:/[^/:]*|\.[A-Za-z0-9]{1,8}))(?::\d+)?: ")
_PARTICULAR = re.compile(r"\((?:[^()]|\([^()]*\))*\)|\d[\d,.]*(?<=\d)")


def reason_of(message: str) -> str:
    """What is wrong, without where it is and without what is particular to one record.

    >>> reason_of("data/a.jsonl:7: not JSON (Expecting value at column 3): repair the line")
    'not JSON: repair the line'
    >>> reason_of("20000 words, more than the limit of 5000: not one abstract")
    'N words, more than the limit of N: not one abstract'
    """
    what = message[match.end() :] if (match := _PLACE.match(message)) else message
    return " ".join(_PARTICULAR.sub(lambda found: "" if found[0][0] == "(" else "N", what).replace(" :", ":").split())


@dataclass(slots=True)
class Group:
    """Records refused for one reason."""

    count: int = 0
    examples: list[str] = field(default_factory=list)


class Reasons:
    """Counts messages by reason; memory does not grow with their number."""

    def __init__(self) -> None:
        self.groups: dict[str, Group] = {}

    @property
    def total(self) -> int:
        """How many messages there were."""
        return sum(group.count for group in self.groups.values())

    def add(self, message: str, record_id: str = "") -> None:
        """Count one message. The id is shown beside it where the message does not say where it is from."""
        reason = reason_of(message)
        if reason not in self.groups and len(self.groups) >= MAX_REASONS:
            reason = OTHER
        group = self.groups.setdefault(reason, Group())
        group.count += 1
        if len(group.examples) < MAX_EXAMPLES:
            has_place = _PLACE.match(message) is not None or not record_id
            group.examples.append(message if has_place else f"{record_id}: {message}")

    def most_frequent(self) -> list[tuple[str, Group]]:
        """(reason, group), the most frequent first, in order of appearance where equal."""
        return sorted(self.groups.items(), key=lambda item: -item[1].count)
