"""What a cycle did, as the fields that scripts rely on."""

from data.journal import BookedFill, Decision
from models.types import Intent, LadderEvent, Refusal, Switch, iso


def switch_json(switch: Switch) -> dict[str, object]:
    """Who is in charge instead of whom; None is nobody."""
    before, after = (None if one is None else one.name.lower() for one in (switch.before, switch.after))
    return {
        "bar": iso(switch.bar),
        "system": switch.system,
        "symbol": switch.symbol,
        "before": before,
        "after": after,
        "cause": switch.cause.name.lower(),
        "text": switch.cause.text,
    }


def refusal_json(one: Refusal) -> dict[str, object]:
    """What was not done, and why."""
    return {"system": one.system, "symbol": one.symbol, "reason": one.reason.name.lower(), "text": one.reason.text}


def intent_json(intent: Intent, decision: Decision) -> dict[str, object]:
    """One of the decision's orders."""
    return {
        "id": decision.cid(intent),
        "bar": iso(intent.bar),
        "system": intent.system,
        "specialist": intent.specialist,
        "symbol": intent.symbol,
        "side": intent.side,
        "quantity": intent.quantity,
        "price": intent.price,
        "limit": intent.limit,
        "stop": intent.stop,
        "target": intent.target,
        "partial": intent.partial,
        "part": intent.part,
        "reason": intent.reason.name.lower(),
        "text": intent.reason.text,
        "bound": intent.bound.name.lower(),
        "bound_by": decision.bound_by.get(decision.cid(intent)),
        "caps": {name.lower(): cap for name, cap in intent.caps},
        "edge_bps": intent.edge_bps,
        "regime": intent.regime.name.lower(),
    }


def event_json(event: LadderEvent) -> dict[str, object]:
    """What tripped or was released."""
    return {
        "bar": iso(event.bar),
        "system": event.system,
        "tripped": event.tripped,
        "level": event.level.name.lower(),
        "breaker": event.breaker.name.lower(),
        "value": event.value,
        "limit": event.limit,
        "text": event.breaker.text,
    }


def fill_json(booked: BookedFill) -> dict[str, object]:
    """A fill and its order."""
    fill = booked.fill
    return {
        "order": booked.cid,
        "bar": iso(fill.ts),
        "symbol": fill.symbol,
        "leg": fill.leg.name.lower(),
        "quantity": fill.quantity,
        "price": fill.price,
        "fee": fill.fee,
        "slip": fill.slip,
        "realised": fill.realised,
        "system": fill.system,
        "specialist": fill.specialist,
        "regime": fill.regime.name.lower(),
        "model": booked.model,
    }
