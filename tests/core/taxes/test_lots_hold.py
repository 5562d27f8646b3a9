"""Whatever happens: no unit and no money is lost, the order of the methods holds, and chance decides nothing."""

from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.taxes import Kind, Match, Matched, Method, Movement, is_bought_again, matched, purchases

DAY = 86_400_000_000
UNITS = st.decimals(min_value="0.00000001", max_value=1000, places=8)
MONEY = st.decimals(min_value=0, max_value=100_000, places=10)


@st.composite
def histories(draw: st.DrawFn, short: bool = True, pools: int = 2) -> list[Movement]:
    """Purchases and sales, a few at one moment; without `short` no more is sold than is there."""
    found: list[Movement] = []
    held = dict.fromkeys(range(pools), Decimal(0))
    for number in range(draw(st.integers(1, 12))):
        day, pool = draw(st.integers(0, 60)) if short else number * 3, draw(st.integers(0, pools - 1))
        units, buys = draw(UNITS), draw(st.booleans())
        if not short and not buys:
            units = min(units, held[pool])
            if not units:
                continue
        held[pool] += units if buys else -units
        kind = Kind.ACQUIRED if buys else Kind.DISPOSED
        at = day * DAY
        found.append(Movement(f"m{number}", at, day, kind, "X", f"v{pool}", units, draw(MONEY), at if buys else None))
    return found


@pytest.mark.parametrize("method", Method)
@given(movements=histories())
def test_no_unit_and_no_money_is_lost(method: Method, movements: list[Movement]) -> None:
    done = matched(movements, method)
    bought = [one for one in movements if one.kind is Kind.ACQUIRED]
    sold = [one for one in movements if one.kind is Kind.DISPOSED]
    net = sum((one.quantity for one in bought), Decimal(0)) - sum((one.quantity for one in sold), Decimal(0))
    assert sum((-one.quantity if one.is_short else one.quantity for one in done.lots), Decimal(0)) == net
    longs = [one for one in done.lots if not one.is_short]
    shorts = [one for one in done.lots if one.is_short]
    assert money(one.value for one in bought) == money(part.cost for part in done.parts) + money(
        one.cost for one in longs
    )
    assert money(one.value for one in sold) == money(part.proceeds for part in done.parts) + money(
        one.cost for one in shorts
    )
    assert all(part.quantity > 0 for part in done.parts)


@pytest.mark.parametrize("method", Method)
@given(movements=histories(), data=st.data())
def test_the_order_in_which_fills_are_told_decides_nothing(
    method: Method, movements: list[Movement], data: st.DataObject
) -> None:
    assert matched(data.draw(st.permutations(movements)), method) == matched(movements, method)


@given(movements=histories(short=False, pools=1))
def test_the_first_bought_goes_first_and_the_dearest_costs_most(movements: list[Movement]) -> None:
    by_method = {method: matched(movements, method) for method in Method if method is not Method.SHARE_POOL}
    ages = {one.key: one.at for one in movements}
    for one in movements:
        if one.kind is Kind.DISPOSED:
            assert taken(by_method[Method.FIFO], one) == sorted(
                taken(by_method[Method.FIFO], one), key=ages.__getitem__
            )
            newest = sorted(taken(by_method[Method.LIFO], one), key=ages.__getitem__, reverse=True)
            assert taken(by_method[Method.LIFO], one) == newest
            units = [
                Fraction(p.cost or 0) / Fraction(p.quantity) for p in by_method[Method.HIFO].parts if p.movement == one
            ]
            # A part's cost is rounded to ten places; tiny parts show that.
            slack = [
                Fraction(1, 10**10) / Fraction(p.quantity) for p in by_method[Method.HIFO].parts if p.movement == one
            ]
            assert all(a + s + t >= b for a, b, s, t in zip(units, units[1:], slack, slack[1:], strict=False))


@given(movements=histories(short=False, pools=1))
def test_the_first_sale_gains_least_by_the_dearest_lots_and_the_average_is_the_mean(movements: list[Movement]) -> None:
    """After the first sale the methods hold other lots: from there on they cannot be compared."""
    first = next((one for one in movements if one.kind is Kind.DISPOSED), None)
    if first is None:
        return
    so_far = movements[: movements.index(first) + 1]
    gains = {
        method: money(part.gain for part in matched(so_far, method).parts)
        for method in Method
        if method is not Method.SHARE_POOL
    }
    cents = Decimal("1e-8")
    assert gains[Method.HIFO] <= min(gains.values()) + cents
    bought = [one for one in so_far if one.kind is Kind.ACQUIRED]
    mean = Fraction(money(one.value for one in bought)) / Fraction(sum((one.quantity for one in bought), Decimal(0)))
    cost = Fraction(first.value or 0) - Fraction(gains[Method.AVERAGE])
    assert abs(cost - mean * Fraction(first.quantity)) < Fraction(len(so_far) + 1, 10**10)


def test_what_is_not_known_stays_not_known_and_is_taken_last_by_cost() -> None:
    day = DAY
    movements = [
        Movement("there", 0, 0, Kind.ARRIVED, "X", "v", Decimal(5), None, None),
        Movement("bought", day, 1, Kind.ACQUIRED, "X", "v", Decimal(5), Decimal(50), day),
        Movement("sold", 2 * day, 2, Kind.DISPOSED, "X", "v", Decimal(6), Decimal(66), None),
    ]
    hifo = matched(movements, Method.HIFO)
    assert [(one.lot, one.gain) for one in hifo.parts] == [("bought", Decimal(5)), ("there", None)]
    assert all(one.gain is None for one in matched(movements, Method.AVERAGE).parts)
    assert [one.gain for one in matched(movements, Method.SHARE_POOL).parts] == [None]
    fifo = matched(movements, Method.FIFO)
    assert [(one.lot, one.gain, one.acquired) for one in fifo.parts] == [("there", None, None), ("bought", 1, day)]


def test_what_is_moved_keeps_its_cost_and_its_age() -> None:
    movements = [
        Movement("bought", 0, 0, Kind.ACQUIRED, "X", "a", Decimal(5), Decimal(50), 0),
        Movement("moved", DAY, 1, Kind.MOVED, "X", "a", Decimal(3), to="b"),
        Movement("sold", 2 * DAY, 2, Kind.DISPOSED, "X", "b", Decimal(3), Decimal(33)),
    ]
    done = matched(movements, Method.FIFO)
    assert [(one.lot, one.gain, one.acquired) for one in done.parts] == [("bought", 3, 0)]
    assert [(one.pool, one.quantity, one.cost) for one in done.lots] == [("a", 2, 20)]


def test_thirty_days_and_not_one_more() -> None:
    def sale(day: int) -> Match:
        bought = Movement("old", 0, 0, Kind.ACQUIRED, "X", "v", Decimal(1), Decimal(1), 0)
        sold = Movement("sold", 9 * DAY, 9, Kind.DISPOSED, "X", "v", Decimal(1), Decimal(5))
        again = Movement("again", day * DAY, day, Kind.ACQUIRED, "X", "v", Decimal(1), Decimal(2), day * DAY)
        (part,) = matched([bought, sold, again], Method.SHARE_POOL).parts
        return part.match

    assert [sale(9), sale(10), sale(39), sale(40)] == [Match.SAME_DAY, Match.THIRTY_DAYS, Match.THIRTY_DAYS, Match.POOL]


@pytest.mark.parametrize("day", [9, 19], ids=["same day", "ten days after"])
def test_what_arrives_is_no_purchase(day: int) -> None:
    """Own coins of long ago that are paid in are of the pool: they undo no sale, and do not level a day's purchases."""
    movements = [
        Movement("old", 0, 0, Kind.ACQUIRED, "X", "v", Decimal(1), Decimal(2), 0),
        Movement("sold", 9 * DAY, 9, Kind.DISPOSED, "X", "v", Decimal(1), Decimal(5)),
        Movement("bought", day * DAY + 1, day, Kind.ACQUIRED, "X", "v", Decimal(1), Decimal(4), day * DAY + 1),
        Movement("own", day * DAY + 2, day, Kind.ARRIVED, "X", "v", Decimal(3), Decimal(3), 0),
        Movement("unknown", day * DAY + 2, day, Kind.ARRIVED, "X", "v", Decimal(1), None, None),
    ]
    without = [one for one in movements if one.kind is not Kind.ARRIVED]
    (part,) = matched(movements, Method.SHARE_POOL).parts
    assert (part.lot, part.gain) == ("bought", 1)
    assert matched(without, Method.SHARE_POOL).parts == (part,)
    (part,) = matched([one for one in movements if one.key in ("old", "sold", "own")], Method.SHARE_POOL).parts
    assert (part.match, part.gain) == (Match.POOL, 3)


def test_what_arrives_closes_what_was_sold_beyond_the_pool() -> None:
    movements = [
        Movement("sold", 9 * DAY, 9, Kind.DISPOSED, "X", "v", Decimal(1), Decimal(5)),
        Movement("own", 19 * DAY, 19, Kind.ARRIVED, "X", "v", Decimal(3), Decimal(3), 0),
    ]
    done = matched(movements, Method.SHARE_POOL)
    assert [(one.match, one.gain, one.acquired) for one in done.parts] == [(Match.SHORT, 4, 0)]
    assert [(one.quantity, one.cost) for one in done.lots] == [(2, 2)]


def test_a_name_that_is_there_twice_is_refused() -> None:
    one = Movement("same", 0, 0, Kind.ACQUIRED, "X", "v", Decimal(1), Decimal(1), 0)
    with pytest.raises(ValueError, match="twice"):
        matched([one, one], Method.FIFO)


def taken(done: Matched, sale: Movement) -> list[str]:
    return [part.lot for part in done.parts if part.movement == sale]


def money(figures: Iterable[Decimal | None]) -> Decimal:
    total = Decimal(0)
    for one in figures:
        assert one is not None
        total += one
    return total


@pytest.mark.parametrize(("day", "again"), [(9, False), (10, True), (40, True), (70, True), (71, False)])
def test_a_loss_is_flagged_where_the_same_was_bought_within_thirty_days(day: int, again: bool) -> None:
    movements = [
        Movement("old", 0, 0, Kind.ACQUIRED, "X", "v", Decimal(1), Decimal(9), 0),
        Movement("sold", 40 * DAY, 40, Kind.DISPOSED, "X", "v", Decimal(1), Decimal(5)),
        Movement("other", day * DAY, day, Kind.ACQUIRED, "X", "v", Decimal(1), Decimal(2), day * DAY),
        Movement("else", 40 * DAY, 40, Kind.ACQUIRED, "Y", "v", Decimal(1), Decimal(2), 40 * DAY),
    ]
    (part,) = matched(movements, Method.FIFO).parts
    assert is_bought_again(part, purchases(movements), 30) is again
