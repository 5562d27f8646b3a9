"""JSON of an API: the list of rows in it."""

import json
from typing import Any

from tasks.adapters.news.raws import NotRead


def rows_of(text: str, name: str, unless: str | None = None) -> list[dict[str, Any]]:
    """The rows under `name`; none, where there is an object `unless` in their place.

    Raises:
        NotRead: it is no JSON, or has no such rows.
    """
    try:
        whole = json.loads(text)
    except (ValueError, RecursionError):
        whole = None
    if not isinstance(whole, dict):
        raise NotRead("no JSON object")
    rows = whole.get(name)
    if rows is None and unless is not None and isinstance(whole.get(unless), dict):
        return []
    if not isinstance(rows, list):
        raise NotRead(f"JSON without the list {name!r}")
    return [row if isinstance(row, dict) else {} for row in rows]
