"""Lots held against a calculation of another kind: single units in a list, their costs as fractions."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.taxes import Kind, Match, Method, Movement, matched

DAY = 86_400_000_000
# Of money, what roundings to ten places may come to.
SLACK = Fraction(1, 10**7)
IN_LOTS = (Method.FIFO, Method.LIFO, Method.HIFO, Method.AVERAGE)
TINY = Decimal("1e-18")


@st.composite
def histories(draw: st.DrawFn) -> list[Movement]:
    """Whole units that are bought, sold (also through zero) and split in two, one thing a day."""
    found = []
    for day in range(draw(st.integers(1, 25))):
        what = draw(st.sampled_from(("buy", "buy", "sell", "sell", "split")))
        kind = {"buy": Kind.ACQUIRED, "sell": Kind.DISPOSED, "split": Kind.SPLIT}[what]
        units = Decimal(2 if kind is Kind.SPLIT else draw(st.integers(1, 9)))
        value = None if kind is Kind.SPLIT else Decimal(draw(st.integers(0, 10_000)))
        found.append(Movement(f"{day:02}", day * DAY, day, kind, "X", "v", units, value, day * DAY))
    return found


def by_hand(movements: list[Movement], method: Method) -> dict[str, Fraction]:
    """Gain of everything that closes something, by its key."""
    longs: list[Fraction] = []  # cost of each unit, the oldest first
    shorts: list[Fraction] = []  # what each brought
    gains: dict[str, Fraction] = {}
    for one in movements:
        if one.kind is Kind.SPLIT:
            longs = [cost / 2 for cost in longs for _ in range(2)]
            shorts = [brought / 2 for brought in shorts for _ in range(2)]
            continue
        each = Fraction(one.value or 0) / int(one.quantity)
        for _ in range(int(one.quantity)):
            if one.kind is Kind.ACQUIRED and shorts:
                gains[one.key] = gains.get(one.key, Fraction(0)) + shorts.pop(0) - each
            elif one.kind is Kind.ACQUIRED:
                longs.append(each)
            elif longs:
                if method is Method.AVERAGE:
                    longs = [sum(longs, Fraction(0)) / len(longs)] * len(longs)
                place = {Method.LIFO: -1, Method.HIFO: longs.index(max(longs))}.get(method, 0)
                gains[one.key] = gains.get(one.key, Fraction(0)) + each - longs.pop(place)
            else:
                shorts.append(each)
    return gains


@pytest.mark.parametrize("method", IN_LOTS)
@given(movements=histories())
def test_gains_are_those_of_single_units(method: Method, movements: list[Movement]) -> None:
    found: dict[str, Fraction] = {}
    for part in matched(movements, method).parts:
        assert part.gain is not None
        key = part.movement.key
        found[key] = found.get(key, Fraction(0)) + Fraction(part.gain)
    expected = by_hand(movements, method)
    assert found.keys() == expected.keys()
    assert all(abs(found[key] - expected[key]) < SLACK for key in expected)


@pytest.mark.parametrize("method", Method)
def test_nothing_is_too_small(method: Method) -> None:
    bought = Movement("b", 0, 0, Kind.ACQUIRED, "X", "v", 3 * TINY, Decimal("0.0000000001"), 0)
    sold = Movement("s", DAY, 1, Kind.DISPOSED, "X", "v", TINY, Decimal(0))
    again = replace(sold, key="t", quantity=5 * TINY, at=2 * DAY, day=2)
    done = matched([bought, sold, again], method)
    assert [part.quantity for part in done.parts] == [TINY, 2 * TINY]
    assert sum(part.cost or 0 for part in done.parts) == bought.value
    (owed,) = done.lots
    assert (owed.quantity, owed.is_short) == (3 * TINY, True)


@pytest.mark.parametrize("method", Method)
def test_a_short_position_is_closed_and_a_long_one_opened_by_one_purchase(method: Method) -> None:
    movements = [
        Movement("s", 0, 0, Kind.DISPOSED, "X", "v", Decimal(2), Decimal(30)),
        Movement("b", 90 * DAY, 90, Kind.ACQUIRED, "X", "v", Decimal(3), Decimal(10), 90 * DAY),
    ]
    done = matched(movements, method)
    (part,), (left,) = done.parts, done.lots
    assert (part.match, part.quantity, part.cost) == (Match.SHORT, 2, Decimal("6.6666666667"))
    assert (left.quantity, left.cost) == (1, Decimal("3.3333333333"))


@pytest.mark.timeout(120)  # seconds by lots that are found; hours by lots that are all looked at each time
@pytest.mark.parametrize("method", Method)
def test_twenty_thousand_purchases_and_sales_are_no_more_than_that(method: Method) -> None:
    many = 10_000
    movements = [Movement(f"b{n}", n, 0, Kind.ACQUIRED, "X", "v", Decimal(2), Decimal(n % 97), n) for n in range(many)]
    movements += [Movement(f"s{n}", many + n, 1, Kind.DISPOSED, "X", "v", Decimal(1), Decimal(1)) for n in range(many)]
    done = matched(movements, method)
    assert len({part.movement.key for part in done.parts}) == many
    assert sum(lot.quantity for lot in done.lots) == many
