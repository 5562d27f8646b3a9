"""A journal as years of trading leave it, written in bulk: no bench could wait for the decisions themselves."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert

from data.journal import Journal, open_journal
from data.journal.tables import config_versions, decisions, fills, intents, orders, routes, switches
from models.types.timeframes import MINUTE

SYMBOLS = tuple(f"S{k}/USDT" for k in range(5))
START = 1_700_000_000_000_000
# Rows of one statement.
AT_ONCE = 5_000
# A decision that orders, a switch of specialists: one of so many.
ORDERED, SWITCHED = 10, 50
# As much as the state of a book of five symbols takes, bytes.
STATE = json.dumps({"accounts": {"swing": [0.123456789] * 40}, "positions": {"swing": {"S0/USDT": [0.1] * 60}}})


def filled_journal(path: Path, book: str, count: int) -> Journal:
    """Decisions of `count` minutes for five symbols, with routes, switches, orders and fills."""
    journal = open_journal(path)
    with journal.engine.begin() as connection:
        connection.execute(insert(config_versions), {"version": "bench", "tree": "{}", "first_seen": START})
        for first in range(0, count, AT_ONCE):
            _write(connection, book, range(first, min(first + AT_ONCE, count)))
    return journal


def add_decision(journal: Journal, book: str, number: int) -> None:
    """The one after `number` decisions, with all that goes with it, in one transaction as a cycle writes it."""
    with journal.engine.begin() as connection:
        _write(connection, book, range(number, number + 1))


def _write(connection: Connection, book: str, numbers: range) -> None:
    made: dict[Table, list[dict[str, Any]]] = {
        decisions: [_decision(book, k) for k in numbers],
        routes: [row for k in numbers for row in _routes(book, k)],
        switches: [_switch(book, k) for k in numbers if k % SWITCHED == 0],
        intents: [_intent(book, k) for k in numbers if k % ORDERED == 0],
        orders: [_order(book, k) for k in numbers if k % ORDERED == 0],
        fills: [_fill(book, k) for k in numbers if k % ORDERED == 0],
    }
    for table, rows in made.items():
        if rows:
            connection.execute(insert(table), rows)


def _decision(book: str, number: int) -> dict[str, Any]:
    refused = [{"system": "swing", "symbol": symbol, "reason": "REFUSED_STALE"} for symbol in SYMBOLS[:2]]
    outcome = {"regimes": dict.fromkeys(SYMBOLS, "ranging"), "refused": refused, "held": {}}
    return {
        "id": _id(book, number),
        "book": book,
        "bar": START + number * MINUTE,
        "decided_at": START + (number + 1) * MINUTE,
        "config_version": "bench",
        "models": "{}",
        "inputs": json.dumps({key: {"close": 1.1, "edge": 2.5, "regime": "ranging"} for key in SYMBOLS}),
        "outcome": json.dumps(outcome),
        "state_before": STATE,
        "state_after": STATE,
    }


def _routes(book: str, number: int) -> Iterator[dict[str, Any]]:
    for symbol in SYMBOLS:
        yield {
            "decision_id": _id(book, number),
            "symbol": symbol,
            "book": book,
            "bar": START + number * MINUTE,
            "decided_at": START + (number + 1) * MINUTE,
            "rule": "all",
            "models": '["momentum", "xgboost"]' if number % 3 else '["momentum"]',
            "before": '["momentum"]' if number else None,
            "switched": bool(number) and number % SWITCHED == 0,
            "damped": False,
            "latency_us": 10 + number % 90,
        }


def _switch(book: str, number: int) -> dict[str, Any]:
    return {
        "decision_id": _id(book, number),
        "position": 0,
        "book": book,
        "bar": START + number * MINUTE,
        "system": "swing",
        "symbol": SYMBOLS[0],
        "before": "RANGING" if number else None,
        "after": "TRENDING",
        "cause": "REGIME",
    }


def _intent(book: str, number: int) -> dict[str, Any]:
    return {
        "cid": f"{_id(book, number)}-0",
        "decision_id": _id(book, number),
        "position": 0,
        "system": "swing",
        "specialist": "ranging",
        "symbol": SYMBOLS[0],
        "bar": START + number * MINUTE,
        "quantity": "1.0",
        "price": "100.0",
        "reason": "ENTER_EDGE",
        "bound": "KELLY",
        "edge_bps": "5.0",
        "regime": "RANGING",
        "part": "0.0",
    }


def _order(book: str, number: int) -> dict[str, Any]:
    placed = START + (number + 1) * MINUTE
    return {"cid": f"{_id(book, number)}-0", "broker": "paper", "status": "filled", "placed_at": placed}


def _fill(book: str, number: int) -> dict[str, Any]:
    return {
        "cid": f"{_id(book, number)}-0",
        "broker": "paper",
        "trade_id": f"t{_id(book, number)}",
        "symbol": SYMBOLS[0],
        "filled_at": START + (number + 1) * MINUTE,
        "quantity": "1.0",
        "price": "100.0",
        "fee": "0.1",
        "leg": "ENTRY",
        "system": "swing",
        "specialist": "ranging",
        "regime": "RANGING",
        "model": "",
        "realised": "0.0",
        "slip": "0.0",
    }


def _id(book: str, number: int) -> str:
    return f"{book}-{number}"
