"""Splits and cash dividends of US stocks."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from models.actions import ActionKind, CorporateAction
from models.types import from_micros, parse_time
from tasks.adapters.feeds.alpaca.bars import ORIGIN
from tasks.adapters.venues.client import CcxtClient
from tasks.adapters.venues.reads import in_form

KINDS = "forward_split,reverse_split,cash_dividend"
SIZE = 1000
# Alpaca chooses by the date of processing, which for a dividend is its payment, weeks after the ex-date.
AHEAD = timedelta(days=90)


def actions(client: CcxtClient, symbol: str, since: int | None) -> list[CorporateAction]:
    """Everything with an ex-date at `since` (UTC microseconds, None: since 2016) or later, by ex-date.

    Alpaca does not say when an action was announced: it counts as known at its ex-date, one still to come as of now.
    """
    start, now = ORIGIN if since is None else since, client.access.clock.now()
    with in_form(client.venue, "corporate actions"):
        found = [_action(kind, row, now) for kind, row in _rows(client, symbol, start, now)]
    return sorted((one for one in found if one.ex_ts >= start), key=lambda one: (one.ex_ts, one.kind))


def _rows(client: CcxtClient, symbol: str, start: int, now: int) -> Iterator[tuple[ActionKind, Any]]:
    query: dict[str, object] = {"symbols": symbol, "types": KINDS, "limit": SIZE, "sort": "asc"}
    query |= {"start": from_micros(start).date().isoformat(), "end": (from_micros(now) + AHEAD).date().isoformat()}
    while True:
        told = client.ask("corporate actions", "marketPrivateGetV1beta1CorporateActions", query)
        groups = told["corporate_actions"]
        for group in ("forward_splits", "reverse_splits"):
            yield from ((ActionKind.SPLIT, row) for row in groups.get(group, []))
        yield from ((ActionKind.DIVIDEND, row) for row in groups.get("cash_dividends", []))
        if told["next_page_token"] is None:
            return
        query = {**query, "page_token": told["next_page_token"]}


def _action(kind: ActionKind, row: Any, now: int) -> CorporateAction:
    ex_ts = parse_time(row["ex_date"])
    known_at = min(ex_ts, now)
    if kind is ActionKind.SPLIT:
        return CorporateAction(
            row["symbol"], kind, ex_ts, known_at, float(row["new_rate"]) / float(row["old_rate"]), 0.0
        )
    return CorporateAction(row["symbol"], kind, ex_ts, known_at, 1.0, float(row["rate"]))
