"""Values of typed data as JSON has them: what a run folder can hold."""

import math
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any


def plain_value(value: Any) -> Any:
    """A value of a typed column as JSON has it.

    Days are `YYYY-MM-DD`, moments ISO 8601; NaN, which stands for "missing" here, is null; bytes are the text that they
    are in UTF-8, else only their number; what JSON does not know otherwise is written out.

    >>> plain_value({"day": datetime(2021, 6, 4), "score": float("nan"), "names": (b"Li", b"\\xff")})
    {'day': '2021-06-04', 'score': None, 'names': ['Li', '(1 bytes)']}
    """
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, float):
        return None if math.isnan(value) else value if math.isfinite(value) else str(value)
    if isinstance(value, Mapping):
        return {str(key): plain_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain_value(item) for item in value]
    if isinstance(value, datetime):
        return value.isoformat().removesuffix("T00:00:00")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return f"({len(value)} bytes)"
    return str(value)
