"""Routes that flap: what is let through in any window, and when a person hears of it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.risk.damping import Attempt, Choice, Damping, Held, choose, choose_all
from models.types.routes import Rule

pytestmark = pytest.mark.risk

MINUTE = 60_000_000
WINDOW = 5 * MINUTE
SEED = Damping(15, 20, WINDOW)
ONE, TWO = Rule("one", ("momentum",)), Rule("two", ("momentum", "xgboost"))
HELD = Held("one", ("momentum",))


def attempts(passed, damped=0, at=0):
    return [Attempt(at, True)] * passed + [Attempt(at, False)] * damped


def test_a_first_route_is_no_switch():
    assert choose(TWO, None, attempts(99), 0, SEED) == Choice("two", TWO.models, None, False, False, False)


def test_the_same_models_by_another_rule_are_no_switch():
    other = Rule("other", ("xgboost", "momentum"))
    found = choose(other, Held("two", TWO.models), attempts(99), 0, SEED)
    assert found == Choice("other", other.models, TWO.models, False, False, False)


# switches and damped ones in the window -> whether the next is damped, and alerts
TABLE = [
    (0, 0, False, False),
    (14, 0, False, False),
    (15, 0, True, False),
    (15, 4, True, False),
    (15, 5, True, True),
    (14, 6, False, True),
    (16, 0, True, False),
]


@pytest.mark.parametrize(("passed", "damped", "is_damped", "alert"), TABLE)
def test_fifteen_pass_and_the_twenty_first_attempt_alerts(passed, damped, is_damped, alert):
    found = choose(TWO, HELD, attempts(passed, damped), WINDOW, SEED)
    assert (found.damped, found.switched, found.alert) == (is_damped, not is_damped, alert)
    assert found.before == ONE.models
    assert (found.rule, found.models) == (("one", ONE.models) if is_damped else ("two", TWO.models))


def test_what_is_older_than_the_window_no_longer_counts():
    assert choose(TWO, HELD, attempts(15), WINDOW, SEED).damped
    assert choose(TWO, HELD, attempts(15), WINDOW + 1, SEED).switched


def test_a_clock_that_was_set_back_lets_nothing_more_through():
    assert choose(TWO, HELD, attempts(15, at=10 * WINDOW), 0, SEED).damped


def test_symbols_of_one_decision_count_one_after_the_other():
    symbols = [f"S{k}" for k in range(23)]
    found = choose_all(dict.fromkeys(symbols, TWO), dict.fromkeys(symbols, HELD), (), 0, SEED)
    assert [one.switched for one in found.values()] == [True] * 15 + [False] * 8
    assert [one.damped for one in found.values()] == [False] * 15 + [True] * 8
    assert [one.alert for one in found.values()] == [False] * 20 + [True] * 3


@settings(max_examples=150)
@given(
    steps=st.lists(st.integers(0, 2 * MINUTE), min_size=1, max_size=40),
    wishes=st.data(),
    most=st.integers(1, 6),
    more=st.integers(0, 4),
)
def test_no_window_sees_more_switches_than_allowed(steps, wishes, most, more):
    """A book of three symbols whose rules change their mind; each decision knows what the ones before recorded."""
    damping, symbols = Damping(most, most + more, WINDOW), ("A", "B", "C")
    held, made, now = {}, [], 0
    for step in steps:
        now += step
        wanted = {one: wishes.draw(st.sampled_from((ONE, TWO))) for one in symbols}
        found = choose_all(wanted, held, made, now, damping)
        for symbol, choice in found.items():
            before = held.get(symbol)
            moves = before is not None and before.models != wanted[symbol].models
            assert (choice.switched or choice.damped) == moves
            if moves:
                recent = sum(one.at >= now - WINDOW for one in made)
                assert choice.alert == (recent + 1 > most + more)
                made.append(Attempt(now, choice.switched))
            assert choice.models == (before.models if choice.damped else wanted[symbol].models)
            held[symbol] = Held(choice.rule, choice.models)
    switches = [one.at for one in made if one.passed]
    assert all(sum(at <= one <= at + WINDOW for one in switches) <= most for at in switches)
    refused = [one.at for one in made if not one.passed]
    assert all(sum(at - WINDOW <= one <= at for one in switches) == most for at in refused)
