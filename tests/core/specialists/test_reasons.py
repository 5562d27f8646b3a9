"""Whether a position is opened, and whether it is left: a row for each answer, and for which of two comes first."""

import math

import pytest
from plain_figures import BARE, position

from models.specialists import Signal, entry_reason, exit_reason
from models.types import Reason

NAN, R = math.nan, Reason
QUIET = {"edge": 50.0, "cost": 30.0, "gate": 0, "pause": 0, "deviation": 0.02, "entries": 0.0, "lends": 0.0}
BOTH = {"rules": {"shorts": 1.0}, "lends": 1.0, "edge": -50.0}
# Readings that every filter below is content with, for a purchase; range 98..104 around the close.
SIGNAL = Signal(
    close=100.0, edge=50.0, volatility=0.01, atr=0.02, low=0.98, high=1.04, width=0.9, oscillator=0.25, momentum=0.5,
    sentiment=-0.5, atr_ratio=1.2, adx=30.0, stretch=-0.01, regime=1, gate=0,
)  # fmt: skip
R_, S_ = "rules", "signal"

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
    # the edge of 50 is weighed: 1 + weight * reading
    ("raised by momentum, it pays", {R_: {"momentum_weight": 1.0}, "cost": 74.9}, R.ENTER_EDGE),
    ("to just the cost", {R_: {"momentum_weight": 1.0}, "cost": 75.0}, R.HOLD_FLAT),
    ("lowered by fear, it does not", {R_: {"sentiment_weight": 1.0}, "cost": 25.0}, R.HOLD_FLAT),
    ("half of it", {R_: {"sentiment_weight": 0.5}, "cost": 37.4}, R.ENTER_EDGE),
    ("raised by the oscillator", {R_: {"oscillator_weight": 0.4}, "cost": 54.9}, R.ENTER_EDGE),
    (
        "all together",
        {R_: {"oscillator_weight": 0.4, "momentum_weight": 1.0, "sentiment_weight": 1.0}, "cost": 54.9},
        R.ENTER_EDGE,
    ),
    ("a reading beyond one is one", {R_: {"momentum_weight": 1.0}, S_: {"momentum": 7.0}, "cost": 100.0}, R.HOLD_FLAT),
    ("or minus one: nothing is left", {R_: {"momentum_weight": 1.0}, S_: {"momentum": -7.0}, "cost": 0.0}, R.HOLD_FLAT),
    (
        "never the other side",
        {
            R_: {"momentum_weight": 1.0, "sentiment_weight": 1.0, "shorts": 1.0},
            "lends": 1.0,
            S_: {"momentum": -1.0, "sentiment": -1.0},
            "cost": 0.0,
        },
        R.HOLD_FLAT,
    ),
    ("down, and fear agrees", BOTH | {R_: {"shorts": 1.0, "sentiment_weight": 1.0}, "cost": 74.9}, R.ENTER_EDGE),
    ("down, against the momentum", BOTH | {R_: {"shorts": 1.0, "momentum_weight": 1.0}, "cost": 25.0}, R.HOLD_FLAT),
    ("a reading that is not known", {R_: {"momentum_weight": 0.1}, S_: {"momentum": NAN}}, R.REFUSED_WARM_UP),
    ("nor asked for", {S_: {"momentum": NAN, "sentiment": NAN, "oscillator": NAN}}, R.ENTER_EDGE),
    (
        "no prediction before that",
        {R_: {"momentum_weight": 0.1}, S_: {"momentum": NAN}, "edge": NAN},
        R.REFUSED_NO_PREDICTION,
    ),
    # what the specialist looks for in the market
    ("lively enough", {R_: {"least_volatility": 1.2}}, R.ENTER_EDGE),
    ("too quiet", {R_: {"least_volatility": 1.21}}, R.REFUSED_QUIET),
    ("who knows how lively", {R_: {"least_volatility": 1.2}, S_: {"atr_ratio": NAN}}, R.REFUSED_WARM_UP),
    (
        "whatever it is",
        {S_: {"atr_ratio": NAN, "adx": NAN, "stretch": NAN, "width": NAN, "low": NAN, "high": NAN}},
        R.ENTER_EDGE,
    ),
    ("a trend", {R_: {"least_trend": 30.0}}, R.ENTER_EDGE),
    ("none", {R_: {"least_trend": 30.1}}, R.REFUSED_NO_TREND),
    ("who knows", {R_: {"least_trend": 30.0}, S_: {"adx": NAN}}, R.REFUSED_WARM_UP),
    ("a pullback", {R_: {"pullback": 1.0}}, R.ENTER_EDGE),
    ("at its average", {R_: {"pullback": 1.0}, S_: {"stretch": 0.0}}, R.ENTER_EDGE),
    ("above it", {R_: {"pullback": 1.0}, S_: {"stretch": 1e-9}}, R.REFUSED_NO_PULLBACK),
    ("a short waits for a rise", BOTH | {R_: {"shorts": 1.0, "pullback": 1.0}}, R.REFUSED_NO_PULLBACK),
    ("and has it", BOTH | {R_: {"shorts": 1.0, "pullback": 1.0}, S_: {"stretch": 0.01}}, R.ENTER_EDGE),
    ("who knows its average", {R_: {"pullback": 1.0}, S_: {"stretch": NAN}}, R.REFUSED_WARM_UP),
    ("a range", {R_: {"most_width": 0.9}}, R.ENTER_EDGE),
    ("too wide to be one", {R_: {"most_width": 0.89}}, R.REFUSED_NO_RANGE),
    ("who knows how wide", {R_: {"most_width": 0.9}, S_: {"width": NAN}}, R.REFUSED_WARM_UP),
    # 98 * 1.021 = 100.06; 104 * 0.96 = 99.84, 104 * 0.97 = 100.88
    ("near its lower edge", {R_: {"near_edge": 0.021}}, R.ENTER_EDGE),
    ("not near enough", {R_: {"near_edge": 0.02}}, R.REFUSED_INSIDE_RANGE),
    ("a short, near the upper", BOTH | {R_: {"shorts": 1.0, "near_edge": 0.04}}, R.ENTER_EDGE),
    ("not near enough", BOTH | {R_: {"shorts": 1.0, "near_edge": 0.03}}, R.REFUSED_INSIDE_RANGE),
    ("who knows its edge", {R_: {"near_edge": 0.5}, S_: {"low": NAN}}, R.REFUSED_WARM_UP),
    ("the far one does not matter", {R_: {"near_edge": 0.021}, S_: {"high": NAN}}, R.ENTER_EDGE),
    # which comes first
    ("the day's trades before the market", {R_: {"max_entries": 0.0, "least_trend": 99.0}}, R.REFUSED_TRADES),
    ("quiet before the trend", {R_: {"least_volatility": 9.0, "least_trend": 99.0}}, R.REFUSED_QUIET),
    (
        "the trend before the pullback",
        {R_: {"least_trend": 99.0, "pullback": 1.0}, S_: {"stretch": 1.0}},
        R.REFUSED_NO_TREND,
    ),
    (
        "the pullback before the range",
        {R_: {"most_width": 0.1, "pullback": 1.0}, S_: {"stretch": 1.0}},
        R.REFUSED_NO_PULLBACK,
    ),
    ("the range before its edge", {R_: {"most_width": 0.1, "near_edge": 0.0}}, R.REFUSED_NO_RANGE),
]


@pytest.mark.parametrize(("changes", "reason"), [one[1:] for one in ENTRIES], ids=[one[0] for one in ENTRIES])
def test_entry_reason(changes, reason):
    asked = QUIET | {name: value for name, value in changes.items() if name != R_}
    rules = BARE._replace(**({"entry_multiple": 1.0} | changes.get("rules", {})))
    signal = SIGNAL._replace(edge=asked["edge"], gate=int(asked["gate"]), **asked.get("signal", {}))
    figures = (asked["deviation"], asked["entries"], asked["lends"], rules.share)
    assert R(entry_reason(signal, asked["cost"], int(asked["pause"]), *figures, rules)) is reason


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
