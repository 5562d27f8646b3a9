"""What present positions could lose: prepared once a day, asked each second."""

import json
import math

import pytest
from tail_fits_made import made_fit
from tail_markets import made_days

from models.tails import TailSettings, portfolio_tail
from models.types import BadInput
from tasks.session.tails import PreparedRisk, prepare_risk, risk_now

pytestmark = pytest.mark.risk

SETTINGS = TailSettings(window_days=150, least_days=60, refit_days=9, correlation_days=80)


@pytest.fixture(scope="module")
def prepared() -> PreparedRisk:
    days = {"A": made_days(200, 1), "B": made_days(200, 2), "NEW": made_days(30, 3), "C": made_days(200, 4)}
    return prepare_risk(days, SETTINGS, made_fit)


def test_a_symbol_of_which_too_little_is_known_is_left_out(prepared):
    assert prepared.symbols == ("A", "B", "C")
    assert prepared.unknown == ("NEW",)
    assert prepared.as_of == made_days(200).known_at[-1]


def test_every_figure_is_told(prepared):
    report = risk_now(prepared, {"B": -500.0, "A": 1500.0, "NEW": 100.0}, 2000.0, 0.95, at_stops=30.0)
    told = json.loads(json.dumps(report.as_json(), allow_nan=False))
    tail = portfolio_tail(report.tail.shortfall * 0.0 + [1500.0, -500.0, 0.0], prepared.scenarios, 0.95)
    assert told["default"] == "filtered"
    assert list(told["methods"]) == list(tail.tails)
    for name, (var, es) in tail.tails.items():
        expected = {"var": var, "var_share": var / 2000.0, "cvar": es, "cvar_share": es / 2000.0}
        assert told["methods"][name] == expected
    assert [one["symbol"] for one in told["positions"]] == ["B", "A", "NEW"]
    b, a, new = told["positions"]
    assert (b["value"], b["share"]) == (-500.0, -0.25)
    assert b["component_var"] == tail.gaussian.component[1]
    assert a["marginal_var"] == tail.gaussian.marginal[0]
    assert a["component_cvar"] + b["component_cvar"] == pytest.approx(told["methods"]["filtered"]["cvar"])
    assert new["component_var"] is None
    assert told["unknown"] == ["NEW"]
    assert told["leverage"] == pytest.approx(2100.0 / 2000.0)
    assert told["concentration"] == pytest.approx(0.625)
    assert told["effective_positions"] == pytest.approx(1.6)
    assert told["average_correlation"] == pytest.approx(-prepared.scenarios.correlation[0, 1])
    assert told["portfolio_risk"] == 0.015
    assert (told["equity"], told["confidence"]) == (2000.0, 0.95)


def test_nothing_is_held(prepared):
    told = risk_now(prepared, {}, 1000.0, 0.99).as_json()
    assert told["leverage"] == 0.0
    assert told["concentration"] is None
    assert told["portfolio_risk"] is None
    assert all(figure == 0.0 for one in told["methods"].values() for figure in one.values())


def test_nothing_is_known():
    nothing = prepare_risk({"NEW": made_days(30)}, SETTINGS, made_fit)
    told = risk_now(nothing, {"NEW": 500.0}, 1000.0, 0.99).as_json()
    assert (told["methods"], told["unknown"], told["leverage"]) == ({}, ["NEW"], 0.5)
    assert json.dumps(told, allow_nan=False)
    assert prepare_risk({}, SETTINGS, made_fit).scenarios is None


def test_a_short_book_has_the_other_tail(prepared):
    long, short = (risk_now(prepared, {"A": value}, 1000.0, 0.99).tail.tails for value in (1000.0, -1000.0))
    assert long["filtered"].var != pytest.approx(short["filtered"].var, rel=1e-3)
    assert long["shrunk_normal"].var == pytest.approx(short["shrunk_normal"].var)


@pytest.mark.parametrize("equity", [0.0, -1.0, math.nan, math.inf])
def test_risk_is_a_fraction_of_equity(prepared, equity):
    with pytest.raises(BadInput, match="equity"):
        risk_now(prepared, {"A": 1.0}, equity, 0.95)
