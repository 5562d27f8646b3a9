"""The stops of a book as people see them."""

from collections.abc import Sequence

from flows.commands.output import show_rows
from models.types import iso
from tasks.session.stops import Stop

COLUMNS = ["of", "level", "why", "what stops", "since", "released by"]


def show_stops(stops: Sequence[Stop]) -> None:
    """A table of the stops in force, nothing without any."""
    if stops:
        show_rows("stops in force", COLUMNS, [_row(one) for one in stops])


def _row(one: Stop) -> list[str | None]:
    since = None if one.since is None else iso(one.since)
    return [one.system or "account", one.level.name.lower(), one.breaker.text, one.level.text, since, one.released_by]
