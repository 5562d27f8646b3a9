"""Who was to speak in a decision, worked out again from the rules, the regime and the routes before it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from models.risk.damping import Attempt, Held, choose_all
from tasks.session.explaining.recomputing import Again
from tasks.session.explaining.report import Difference, What
from tasks.session.routing import damping_of, route_of, routed_of

Row = Mapping[str, Any]


def rerouted(again: Again, now: Sequence[Row], before: Sequence[Row]) -> Iterator[Difference]:
    """Every value of the decision's routes (`now`) that is not the same; `before` are those of the decisions before it
    in its book, the newest last.
    """
    decision, damping = again.decision, damping_of(again.desk)
    wanted = {
        series.symbol: route_of(again.desk, series).rules[again.regimes[column]]
        for column, series in enumerate(again.book.models)
    }
    newest = max((one["bar"] for one in before), default=None)
    held = {
        one["symbol"]: Held(one["rule"], tuple(json.loads(one["models"]))) for one in before if one["bar"] == newest
    }
    since = decision.decided_at - damping.window
    attempts = [
        Attempt(one["decided_at"], one["switched"])
        for one in sorted(before, key=lambda row: (row["decided_at"], row["symbol"]))
        if (one["switched"] or one["damped"]) and one["decided_at"] >= since
    ]
    choices = choose_all(wanted, held, attempts, decision.decided_at, damping)
    ours = {one["symbol"]: one for one in now}
    for one in routed_of(choices, {}):
        where = f"routes {decision.id} {one.symbol}"
        if one.symbol not in ours:
            yield Difference(What.JOURNAL, where, "", None, one.rule, "the row is missing")
            continue
        said = {
            "book": decision.book,
            "bar": decision.bar,
            "decided_at": decision.decided_at,
            "rule": one.rule,
            "models": json.dumps(one.models),
            "before": None if one.before is None else json.dumps(one.before),
            "switched": one.switched,
            "damped": one.damped,
        }
        for column, value in said.items():
            found = ours[one.symbol][column]
            if found != value:
                why = "not what the rules, the regime and the routes before it say"
                yield Difference(What.JOURNAL, where, column, str(found), str(value), why)
    for symbol in ours.keys() - choices.keys():
        yield Difference(What.JOURNAL, f"routes {decision.id} {symbol}", "", symbol, None, "nobody is routed for it")
