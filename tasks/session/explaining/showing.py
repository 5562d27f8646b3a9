"""An explanation in rows, for the shell and for the dashboard."""

from collections.abc import Iterator
from typing import Any

from models.types import Reason
from tasks.session.explaining.reading import UNREADABLE
from tasks.session.explaining.report import Explanation

Row = dict[str, Any]


def facts(found: Explanation) -> Row:
    """What one has to know first."""
    decision = found.decision
    return {
        "decision": decision["id"],
        "book": decision["book"],
        "bar": decision["bar"],
        "decided_at": decision["decided_at"],
        "configuration": decision["config_version"],
        "regimes": _mapping(decision["outcome"]).get("regimes", {}),
        "models": decision["models"],
        "made_by_keel": (found.made_from or {}).get("keel"),
    }


def outcome_rows(found: Explanation) -> list[Row]:
    """One row a symbol and system: what was wanted, what bound its size, or why nothing was."""
    inputs = _mapping(found.decision["inputs"])
    try:
        return list(_wanted(found, inputs)) + list(_unwanted(found, inputs))
    except UNREADABLE:
        return []  # somebody has altered its rows: the differences name them


def order_rows(found: Explanation) -> list[Row]:
    """What became of the orders: orders at venues, then fills."""
    sent = [
        {
            "id": one["cid"],
            "what": f"{one['role']} {one['kind']} at {one['venue']}",
            "quantity": one["quantity"],
            "filled": one["filled"],
            "state": one["state"],
            "at": one["created_at"],
        }
        for one in found.rows["wire_orders"]
    ]
    done = [
        {
            "id": one["trade_id"],
            "what": f"fill, {one['leg'].lower()}",
            "quantity": one["quantity"],
            "filled": f"at {one['price']}",
            "state": f"fee {one['fee']}",
            "at": one["filled_at"],
        }
        for one in found.rows["fills"]
    ]
    return [*sent, *done]


def made_from_rows(found: Explanation) -> list[Row]:
    """What it was made from, by hash."""
    made = found.made_from or {}
    rows = [
        {"what": "bars", "of": series, "version": one["manifest"], "rows": one["rows"]}
        for series, one in made.get("bars", {}).items()
    ]
    rows += [
        {"what": f"model {model}", "of": symbol, "version": one["version"], "rows": ""}
        for symbol, models in made.get("models", {}).items()
        for model, one in models.items()
    ]
    for name in ("actions", "features"):
        versions = made.get(name, {})
        rows += [{"what": name, "of": symbol, "version": version, "rows": ""} for symbol, version in versions.items()]
    if made:
        rows.append({"what": "regimes", "of": "", "version": made["regimes"], "rows": ""})
    return rows


def _wanted(found: Explanation, inputs: Row) -> Iterator[Row]:
    for one in found.rows["intents"]:
        caps = one["caps"] if isinstance(one["caps"], dict) else {}
        yield {
            "system": one["system"],
            "symbol": one["symbol"],
            "edge": _edge(inputs, one["symbol"]),
            "what": f"{one['quantity']} at {one['price']}",
            "why": _text(one["reason"]),
            "bound by": one["bound_by"] or one["bound"].lower(),
            "each limit alone": ", ".join(f"{name.lower()} {size:g}" for name, size in caps.items()),
        }


def _unwanted(found: Explanation, inputs: Row) -> Iterator[Row]:
    outcome = _mapping(found.decision["outcome"])
    refused = [(one["system"], one["symbol"], f"refused: {_text(one['reason'])}") for one in outcome.get("refused", ())]
    held = [
        (system, symbol, name.replace("_", " "))
        for system, some in _mapping(outcome.get("held")).items()
        for symbol, name in some.items()
    ]
    for system, symbol, why in (*refused, *held):
        yield {
            "system": system,
            "symbol": symbol,
            "edge": _edge(inputs, symbol),
            "what": "",
            "why": why,
            "bound by": "",
            "each limit alone": "",
        }


def _edge(inputs: Row, symbol: str) -> str:
    edge = inputs.get(symbol, {}).get("edge")
    return "not known" if edge is None else f"{edge:.2f} bps"


def _mapping(value: Any) -> Row:
    """What a row says; nothing where somebody has made no JSON of it."""
    return value if isinstance(value, dict) else {}


def _text(name: str) -> str:
    return Reason[name].text if name in Reason.__members__ else name
