"""Whether a position is opened, and whether it is left: a row for each answer, and for which of two comes first."""

import math

import pytest
from plain_figures import BARE, position

from models.specialists import entry_reason, exit_reason
from models.types import Reason

NAN, R = math.nan, Reason
QUIET = {"edge": 50.0, "cost": 30.0, "gate": 0, "pause": 0, "deviation": 0.02, "entries": 0.0, "lends": 0.0}
BOTH = {"rules": {"shorts": 1.0}, "lends": 1.0, "edge": -50.0}

ENTRIES = [
    ("it pays", {}, R.ENTER_EDGE),
    ("just", {"edge": 30.000001}, R.ENTER_EDGE),
    ("it pays the cost and no more", {"edge": 30.0}, R.HOLD_FLAT),
    ("no edge", {"edge": 0.0}, R.HOLD_FLAT),
    ("no edge and no cost", {"edge": 0.0, "cost": 0.0}, R.HOLD_FLAT),
    ("twice the cost is asked", {"rules": {"entry_multiple": 2.0}}, R.HOLD_FLAT),
    ("and paid", {"rules": {"entry_multiple": 2.0}, "edge": 61.0}, R.ENTER_EDGE),
    ("no prediction", {"edge": NAN, "gate": R.REFUSED_STOPPED}, R.REFUSED_NO_PREDICTION),
    ("down, of a specialist that buys only", {"edge": -50.0, "lends": 1.0}, R.HOLD_FLAT),
    ("down, and the venue lends", BOTH, R.ENTER_EDGE),
    ("down, by too little", BOTH | {"edge": -30.0}, R.HOLD_FLAT),
    ("down, and the venue does not", BOTH | {"lends": 0.0}, R.REFUSED_SHORTS),
    ("that comes before the gate", BOTH | {"lends": 0.0, "gate": R.REFUSED_STOPPED}, R.REFUSED_SHORTS),
    ("a gate", {"gate": R.REFUSED_STOPPED}, R.REFUSED_STOPPED),
    ("another", {"gate": R.REFUSED_NOT_LISTED}, R.REFUSED_NOT_LISTED),
    ("a gate that nobody wants to pass", {"gate": R.REFUSED_STOPPED, "edge": 1.0}, R.HOLD_FLAT),
    ("the gate before the pause", {"gate": R.REFUSED_STOPPED, "pause": R.REFUSED_DRAWDOWN}, R.REFUSED_STOPPED),
    ("a pause", {"pause": R.REFUSED_DRAWDOWN}, R.REFUSED_DRAWDOWN),
    ("the day's loss", {"pause": R.REFUSED_DAILY_LOSS}, R.REFUSED_DAILY_LOSS),
    ("the pause before the warm-up", {"pause": R.REFUSED_DAILY_LOSS, "deviation": NAN}, R.REFUSED_DAILY_LOSS),
    ("deviation not known", {"deviation": NAN}, R.REFUSED_WARM_UP),
    ("no deviation at all", {"deviation": 0.0}, R.REFUSED_WARM_UP),
    ("the warm-up before the regime", {"deviation": NAN, "rules": {"share": 0.0}}, R.REFUSED_WARM_UP),
    ("not in this regime", {"rules": {"share": 0.0}}, R.REFUSED_REGIME),
    ("the regime before the day's trades", {"rules": {"share": 0.0, "max_entries": 0.0}}, R.REFUSED_REGIME),
    ("one trade less than it may", {"rules": {"max_entries": 2.0}, "entries": 1.0}, R.ENTER_EDGE),
    ("as many as it may", {"rules": {"max_entries": 2.0}, "entries": 2.0}, R.REFUSED_TRADES),
    ("more, by rules that changed", {"rules": {"max_entries": 2.0}, "entries": 3.0}, R.REFUSED_TRADES),
]


@pytest.mark.parametrize(("changes", "reason"), [one[1:] for one in ENTRIES], ids=[one[0] for one in ENTRIES])
def test_entry_reason(changes, reason):
    asked = QUIET | {name: value for name, value in changes.items() if name != "rules"}
    rules = BARE._replace(**({"entry_multiple": 1.0} | changes.get("rules", {})))
    found = entry_reason(
        asked["edge"], asked["cost"], int(asked["gate"]), int(asked["pause"]), asked["deviation"], asked["entries"],
        asked["lends"], rules,
    )  # fmt: skip
    assert R(found) is reason


EXITS = [
    ("nothing asks for it", 10.0, 5.0, 50.0, {}, R.HOLD_POSITION),
    ("an edge at its limit", 10.0, 5.0, 5.0, {"exit_edge": 5.0}, R.HOLD_POSITION),
    ("below it", 10.0, 5.0, 4.9, {"exit_edge": 5.0}, R.EXIT_EDGE),
    ("not known", 10.0, 5.0, NAN, {"exit_edge": 5.0}, R.HOLD_POSITION),
    ("never by the edge", 10.0, 5.0, -1e9, {}, R.HOLD_POSITION),
    ("short, an edge that turned", -10.0, 5.0, 0.1, {"exit_edge": 0.0}, R.EXIT_EDGE),
    ("short, one that did not", -10.0, 5.0, -0.1, {"exit_edge": 0.0}, R.HOLD_POSITION),
    ("short, of nothing", -10.0, 5.0, 0.0, {"exit_edge": 0.0}, R.HOLD_POSITION),
    ("a bar before its time", 10.0, 5.0, 50.0, {"max_bars": 6.0}, R.HOLD_POSITION),
    ("in time", 10.0, 6.0, 50.0, {"max_bars": 6.0}, R.EXIT_TIME),
    ("late", 10.0, 7.0, NAN, {"max_bars": 6.0}, R.EXIT_TIME),
    ("time comes first", 10.0, 6.0, -9.0, {"max_bars": 6.0, "exit_edge": 0.0}, R.EXIT_TIME),
]


@pytest.mark.parametrize(
    ("held", "age", "edge", "rules", "reason"), [one[1:] for one in EXITS], ids=[one[0] for one in EXITS]
)
def test_exit_reason(held, age, edge, rules, reason):
    assert R(exit_reason(position(held, age=age), edge, BARE._replace(**rules))) is reason
