"""Between the journal's rows and its values. Every figure is written in its shortest exact form."""

import json
import math
from typing import Any

from sqlalchemy import Row

from data.journal.records import BookedFill, Carried, Decision, Order, Settled
from models.types import Bound, Cause, Fill, Intent, LadderEvent, Leg, Reason, Refusal, Regime, Switch

LEVELS = ("limit", "stop", "target", "partial")


def decision_row(decision: Decision) -> dict[str, Any]:
    """Row of `decisions`.

    Raises:
        ValueError: a figure of its state is not finite: JSON knows none.
    """
    outcome = {
        "regimes": decision.regimes,
        "refused": [
            {"system": one.system, "symbol": one.symbol, "reason": one.reason.name} for one in decision.refused
        ],
        "held": decision.held,
    }
    return {
        "id": decision.id,
        "book": decision.book,
        "bar": decision.bar,
        "decided_at": decision.decided_at,
        "config_version": decision.config_version,
        "models": json.dumps(decision.models),
        "inputs": json.dumps(decision.inputs, allow_nan=False),
        "outcome": json.dumps(outcome),
        "state_before": _carried_text(decision.state_before),
        "state_after": _carried_text(decision.state_after),
    }


def _carried_text(carried: Carried) -> str:
    named = {name: getattr(carried, name) for name in ("accounts", "positions", "records", "ladder")}
    return json.dumps(named, allow_nan=False)


def decision_of(
    row: Row[Any], switches: tuple[Switch, ...], orders: list[Row[Any]], events: tuple[LadderEvent, ...]
) -> Decision:
    """The decision of a row of `decisions` with its switches, its rows of `intents`, and what its stops did."""
    outcome = json.loads(row.outcome)
    return Decision(
        id=row.id,
        book=row.book,
        bar=row.bar,
        decided_at=row.decided_at,
        config_version=row.config_version,
        models=json.loads(row.models),
        regimes=outcome["regimes"],
        inputs=json.loads(row.inputs),
        switches=switches,
        intents=tuple(intent_of(one) for one in orders),
        refused=tuple(Refusal(one["symbol"], Reason[one["reason"]], one["system"]) for one in outcome["refused"]),
        held=outcome["held"],
        state_before=Carried(**json.loads(row.state_before)),
        state_after=Carried(**json.loads(row.state_after)),
        events=events,
        bound_by={one.cid: one.bound_by for one in orders if one.bound_by is not None},
    )


def switch_rows(decision: Decision) -> list[dict[str, Any]]:
    """Rows of `switches`."""
    return [_switch_row(decision, position, switch) for position, switch in enumerate(decision.switches)]


def _switch_row(decision: Decision, position: int, switch: Switch) -> dict[str, Any]:
    before, after = (None if one is None else one.name for one in (switch.before, switch.after))
    return {
        "decision_id": decision.id,
        "position": position,
        "book": decision.book,
        "bar": switch.bar,
        "system": switch.system,
        "symbol": switch.symbol,
        "before": before,
        "after": after,
        "cause": switch.cause.name,
    }


def switch_of(row: Row[Any]) -> Switch:
    """The switch of a row of `switches`."""
    before, after = (None if one is None else Regime[one] for one in (row.before, row.after))
    return Switch(row.bar, row.system, row.symbol, before, after, Cause[row.cause])


def intent_rows(decision: Decision) -> list[dict[str, Any]]:
    """Rows of `intents`."""
    return [_intent_row(decision, position, intent) for position, intent in enumerate(decision.intents)]


def _intent_row(decision: Decision, position: int, intent: Intent) -> dict[str, Any]:
    cid = decision.cid(intent)
    levels = {f"{name}_price": getattr(intent, name) for name in LEVELS}
    return {
        "cid": cid,
        "decision_id": decision.id,
        "position": position,
        "system": intent.system,
        "specialist": intent.specialist,
        "symbol": intent.symbol,
        "bar": intent.bar,
        "quantity": repr(intent.quantity),
        "price": repr(intent.price),
        "reason": intent.reason.name,
        "bound": intent.bound.name,
        "edge_bps": repr(intent.edge_bps),
        "regime": intent.regime.name,
        **{name: None if level is None else repr(level) for name, level in levels.items()},
        "part": repr(intent.part),
        "caps": json.dumps(dict(intent.caps), allow_nan=False),
        "bound_by": decision.bound_by.get(cid),
    }


def intent_of(row: Row[Any]) -> Intent:
    """The intent of a row of `intents`."""
    levels = {name: getattr(row, f"{name}_price") for name in LEVELS}
    return Intent(
        bar=row.bar,
        symbol=row.symbol,
        quantity=float(row.quantity),
        price=float(row.price),
        reason=Reason[row.reason],
        bound=Bound[row.bound],
        edge_bps=float(row.edge_bps),
        regime=Regime[row.regime],
        **{name: None if level is None else float(level) for name, level in levels.items()},
        part=float(row.part),
        system=row.system,
        specialist=row.specialist,
        caps=() if row.caps is None else tuple(json.loads(row.caps).items()),
    )


def order_of(row: Row[Any]) -> Order:
    """The order of a row of `orders` joined with its intent, the `models` of its decision and `has_fills`."""
    intent = intent_of(row)
    return Order(
        row.cid, row.broker, row.status, intent, json.loads(row.models).get(intent.symbol, ""), bool(row.has_fills)
    )


def fill_row(settled: Settled, booked: BookedFill) -> dict[str, Any]:
    """Row of `fills`."""
    fill = booked.fill
    return {
        "cid": booked.cid,
        "broker": settled.broker,
        "trade_id": booked.trade_id(settled.broker),
        "symbol": fill.symbol,
        "filled_at": fill.ts,
        "quantity": repr(fill.quantity),
        "price": repr(fill.price),
        "fee": repr(fill.fee),
        "leg": fill.leg.name,
        "system": fill.system,
        "specialist": fill.specialist,
        "regime": fill.regime.name,
        "model": booked.model,
        "realised": repr(fill.realised),
        "slip": repr(fill.slip),
    }


def booked_fill_of(row: Row[Any]) -> BookedFill:
    """The fill of a row of `fills`; profit and slip are NaN where an older Keel did not write them."""
    realised, slip = (math.nan if text is None else float(text) for text in (row.realised, row.slip))
    fill = Fill(
        symbol=row.symbol,
        ts=row.filled_at,
        quantity=float(row.quantity),
        price=float(row.price),
        fee=float(row.fee),
        leg=Leg[row.leg],
        regime=Regime[row.regime],
        realised=realised,
        slip=slip,
        system=row.system,
        specialist=row.specialist,
    )
    return BookedFill(row.cid, row.model, fill)
