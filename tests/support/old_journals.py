"""Rows of a journal as revision 0002 had them."""

import json

from journal_rows import HOUR

BOTH = ("A", "B")
OLD_ACCOUNT, OLD_ROW = [9000.0, 10000.0, 10000.0, 18000.0, 10000.0, 0.0, 0.0], [1.0, 100.0, 100.0, 0.0, 101.0]
OTHER_ROW = [-0.0, 1e-17, 0.1 + 0.2, 1e300, 7.0]


def _old_reasons(symbols: tuple[str, ...]) -> dict[str, dict[str, str]]:
    """Of a symbol that was not ordered: either held, or refused."""
    left = [one for one in BOTH if one not in symbols]
    return {"refused": dict.fromkeys(left, "REFUSED_STALE"), "held": dict.fromkeys(left, "hold_flat")}


def _old_decision(bar: int, symbols: tuple[str, ...], regime: str, reason: str) -> dict[str, list[dict[str, object]]]:
    """Rows of a decision, its orders and their fills as revision 0002 had them."""
    state = json.dumps([OLD_ACCOUNT, [OLD_ROW, OTHER_ROW]])
    cids = [f"book-{bar}-{k}" for k in range(len(symbols))]
    order = {"quantity": "0.5", "price": "100.0"}
    return {
        "decisions": [
            {
                "id": f"book-{bar}",
                "book": "book",
                "bar": bar * HOUR,
                "decided_at": bar * HOUR + 5,
                "config_version": "v1",
                "models": json.dumps(dict.fromkeys(symbols, f"model {bar}")),
                "inputs": json.dumps({one: {"open": 1.0, "close": 1.0} for one in BOTH}),
                "outcome": json.dumps({"regimes": dict.fromkeys(symbols, regime), **_old_reasons(symbols)}),
                "state_before": state,
                "state_after": state,
            }
        ],
        "intents": [
            {
                "cid": cid,
                "decision_id": f"book-{bar}",
                "position": k,
                "symbol": symbol,
                "bar": bar * HOUR,
                "reason": reason,
                "bound": "KELLY",
                "edge_bps": "3.5",
                **order,
            }
            for k, (cid, symbol) in enumerate(zip(cids, symbols, strict=True))
        ],
        "orders": [{"cid": cid, "broker": "paper", "status": "filled", "placed_at": 1} for cid in cids],
        "fills": [
            {
                "cid": cid,
                "broker": "paper",
                "trade_id": f"paper-{cid}",
                "symbol": symbol,
                "filled_at": (bar + 1) * HOUR,
                "fee": "0.1",
                **order,
            }
            for cid, symbol in zip(cids, symbols, strict=True)
        ],
    }


def old_rows() -> dict[str, list[dict[str, object]]]:
    """Two entries, and one of the positions left in another regime under another model."""
    rows: dict[str, list[dict[str, object]]] = {"config_versions": [{"version": "v1", "tree": "{}", "first_seen": 7}]}
    for made in (
        _old_decision(3, ("A", "B"), "trending", "ENTER_EDGE"),
        _old_decision(5, ("B",), "crisis", "EXIT_EDGE"),
    ):
        for name, some in made.items():
            rows.setdefault(name, []).extend(some)
    return rows
