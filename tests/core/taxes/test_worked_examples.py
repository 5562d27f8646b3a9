"""Worked examples of public guidance, to the whole pound or dollar in which they are published.

HMRC, Cryptoassets Manual, CRYPTO22251 to CRYPTO22257 (pooling examples 1 to 7, in pounds); IRS, Publication 564 (2009),
table 3 (FIFO beside average basis, in dollars).
"""

from datetime import date
from decimal import Decimal

import pytest

from models.taxes import Kind, Match, Matched, Method, Movement, Swap, matched, movements_of

DAY = 86_400_000_000
# The manual's years are 20XX; the opening pool is from long before.
BEFORE = date(2020, 1, 1)
Row = tuple[str, int, str, str]


def moved(number: int, asset: str, row: Row) -> Movement:
    """(`month-day`, hour, units with their sign, money)."""
    when, hour, units, money = row
    day = BEFORE.toordinal() if when == "before" else date.fromisoformat(f"2021-{when}").toordinal()
    at, kind = day * DAY + hour * (DAY // 24), Kind.DISPOSED if units.startswith("-") else Kind.ACQUIRED
    return Movement(str(number), at, day, kind, asset, "v", abs(Decimal(units)), Decimal(money), at)


def gains(done: Matched) -> dict[str, int]:
    """Of each disposal's day, in whole units."""
    found: dict[int, Decimal] = {}
    for part in done.parts:
        assert part.gain is not None
        found[part.movement.day] = found.get(part.movement.day, Decimal(0)) + part.gain
    return {f"{date.fromordinal(day):%m-%d}": round(gain) for day, gain in found.items()}


EXAMPLES: dict[str, tuple[list[Row], dict[str, int], tuple[int, int]]] = {
    "CRYPTO22251, the pool": (
        [("before", 0, "100", "1000"), ("09-18", 0, "50", "125000"), ("12-01", 0, "-50", "300000")],
        {"12-01": 258_000},
        (100, 84_000),
    ),
    "CRYPTO22252, same day": (
        [
            ("before", 0, "5000", "500"),
            ("06-23", 8, "-1000", "800"),
            ("06-23", 14, "1600", "1000"),
            ("06-23", 20, "-500", "600"),
        ],
        {"06-23": 462},
        (5100, 562),
    ),
    "CRYPTO22253, 30 days": (
        [
            ("before", 0, "2000", "1000"),
            ("03-31", 0, "-1000", "400"),
            ("04-20", 0, "-500", "150"),
            ("04-21", 0, "700", "175"),
            ("04-28", 0, "500", "100"),
            ("05-01", 0, "500", "150"),
        ],
        {"03-31": 165, "04-20": 20},
        (2200, 1060),
    ),
    "CRYPTO22254, same day and pool": (
        [
            ("before", 0, "8000", "1000"),
            ("01-31", 1, "-5000", "500"),
            ("01-31", 2, "4000", "320"),
            ("01-31", 3, "1000", "75"),
            ("01-31", 4, "1000", "70"),
            ("01-31", 5, "-2000", "142"),
            ("01-31", 6, "500", "35"),
        ],
        # The manual rounds the cost of 62.50 up to 63 before it subtracts, and has 79 and 937.
        {"01-31": 80},
        (7500, 938),
    ),
    "CRYPTO22255, 30 days and pool": (
        [("before", 0, "14000", "200000"), ("08-30", 0, "-4000", "160000"), ("09-11", 0, "500", "17500")],
        {"08-30": 92_500},
        (10_500, 150_000),
    ),
    "CRYPTO22256, all three": (
        [
            ("before", 0, "100000", "300000"),
            ("07-31", 1, "10000", "45000"),
            ("07-31", 2, "-30000", "150000"),
            ("08-05", 0, "-20000", "100000"),
            ("08-06", 0, "50000", "225000"),
            ("08-07", 0, "-100000", "150000"),
        ],
        {"07-31": 15_000, "08-05": 10_000, "08-07": -163_636},
        (10_000, 31_364),
    ),
}


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_british_pool_as_hmrc_works_it_out(name: str) -> None:
    rows, expected, (units, cost) = EXAMPLES[name]
    done = matched([moved(number, "X", row) for number, row in enumerate(rows)], Method.SHARE_POOL)
    assert gains(done) == expected
    (pool,) = done.lots
    assert pool.cost is not None
    assert (pool.quantity, round(pool.cost)) == (units, cost)


def test_a_swap_of_tokens_moves_two_pools_as_in_crypto22257() -> None:
    """Each side at its own worth there; here both sides of a trade have one, so the example's are fed as movements."""
    token_h = [
        ("08-31", 1, "10000", "3200"),
        ("08-31", 2, "-5000", "1700"),
        ("08-31", 3, "5000", "1650"),
        ("09-04", 0, "-2000", "560"),
        ("09-16", 0, "4000", "1080"),
        ("10-27", 0, "-12000", "2400"),
    ]
    token_g = [
        ("before", 0, "100000", "300000"),
        ("08-31", 1, "-1000", "3200"),
        ("08-31", 2, "600", "1920"),
        ("08-31", 3, "-550", "1760"),
        ("09-04", 0, "180", "558"),
        ("09-16", 0, "-400", "1080"),
        ("10-27", 0, "900", "2430"),
    ]
    rows = [(f"h{n}", "H", row) for n, row in enumerate(token_h)] + [
        (f"g{n}", "G", row) for n, row in enumerate(token_g)
    ]
    movements = [moved(number, asset, row) for number, (_, asset, row) in enumerate(rows)]
    h, g = (gains(matched([one for one in movements if one.asset == asset], Method.SHARE_POOL)) for asset in "HG")
    # 31 August: 1,700 - 4,850/3; 4 September: 560 - 540; 27 October: 2,400 - (4,850 * 2/3 + 540).
    assert h == {"08-31": 83, "09-04": 20, "10-27": -1373}
    # 31 August: 4,960 - 1,920 - 558 - 770 * 3; 16 September: 1,080 - 1,200.
    assert g == {"08-31": 172, "09-16": -120}


@pytest.mark.parametrize(("method", "basis"), [(Method.FIFO, "5000.00"), (Method.AVERAGE, "4660.98")])
def test_shares_of_a_fund_as_in_table_3_of_publication_564(method: Method, basis: str) -> None:
    rows = [
        ("02-06", 0, "160", "4000"),
        ("08-07", 0, "240", "4800"),
        ("12-18", 0, "10", "300"),
        ("12-31", 0, "-210", "6720"),
    ]
    done = matched([moved(number, "FUND", row) for number, row in enumerate(rows)], method)
    cost = sum((part.cost or Decimal(0) for part in done.parts), Decimal(0))
    assert cost.quantize(Decimal("0.01")) == Decimal(basis)
    assert [part.quantity for part in done.parts] == [160, 50], "held as the first bought, by either"
    assert sum(lot.quantity for lot in done.lots) == 200


def test_a_swap_disposes_of_what_was_given_and_of_what_the_fee_took() -> None:
    one = Swap(
        "k",
        1,
        0,
        "v",
        "BTC",
        "USDT",
        True,
        Decimal("0.1"),
        Decimal(60_000),
        Decimal("0.01"),
        "BNB",
        Decimal(5_994),
        Decimal(6),
    )
    bought, paid, fee = movements_of(one, "USD")
    assert (bought.kind, bought.asset, bought.quantity, bought.value) == (Kind.ACQUIRED, "BTC", Decimal("0.1"), 6_000)
    assert (paid.kind, paid.asset, paid.quantity, paid.value) == (Kind.DISPOSED, "USDT", 6_000, 5_994)
    assert (fee.kind, fee.asset, fee.quantity, fee.value) == (Kind.FEE, "BNB", Decimal("0.01"), 6)
    in_dollars = movements_of(
        Swap("k", 1, 0, "v", "BTC", "USD", False, Decimal(1), Decimal(10), Decimal(1), "USD", Decimal(10), Decimal(1)),
        "USD",
    )
    (sold,) = in_dollars
    assert (sold.kind, sold.asset, sold.value) == (Kind.DISPOSED, "BTC", 9), "dollars are money"


def test_a_fee_without_a_price_makes_the_cost_unknown_and_a_rebate_lessens_it() -> None:
    asked = ("k", 1, 0, "v", "BTC", "USDT", True, Decimal(1), Decimal(100))
    bought, paid, _ = movements_of(Swap(*asked, Decimal(1), "BNB", Decimal(100), None), "USD")
    assert (bought.value, paid.value) == (None, 100)
    bought, _, given = movements_of(Swap(*asked, Decimal(-1), "USDT", Decimal(100), Decimal(-1)), "USD")
    assert (bought.value, given.kind, given.quantity, given.value) == (99, Kind.ACQUIRED, 1, 1)


def test_what_is_sold_first_is_closed_by_what_is_bought_later() -> None:
    rows = [("01-01", 0, "-10", "100"), ("02-01", 0, "4", "20"), ("03-01", 0, "10", "70")]
    for method in Method:
        done = matched([moved(number, "X", row) for number, row in enumerate(rows)], method)
        assert [(one.match, one.quantity, one.gain) for one in done.parts] == [
            (Match.SHORT, 4, 20),
            (Match.SHORT, 6, 18),
        ]
        (left,) = done.lots
        assert (left.quantity, left.cost, left.is_short) == (4, 28, False)


def test_a_split_makes_other_units_of_a_lot_and_costs_nothing() -> None:
    for method in Method:
        movements = [
            moved(number, "X", row) for number, row in enumerate([("01-01", 0, "3", "21"), ("05-01", 0, "-7", "70")])
        ]
        day = date(2021, 3, 1).toordinal()
        movements.append(Movement("split", day * DAY, day, Kind.SPLIT, "X", "v", Decimal(7)))
        done = matched(movements, method)
        (part,), (left,) = done.parts, done.lots
        assert (part.quantity, part.cost, part.gain, left.quantity, left.cost) == (7, 7, 63, 14, 14), method


def test_a_pool_with_a_split_that_does_not_divide_keeps_every_unit_and_all_money() -> None:
    """5 of 10 sold; each other one becomes three; one of those is bought within the 30 days: a third of an old one."""
    rows = [("01-01", 0, "10", "100"), ("05-01", 0, "-5", "90"), ("05-12", 0, "1", "7")]
    movements = [moved(number, "X", row) for number, row in enumerate(rows)]
    day = date(2021, 5, 10).toordinal()
    movements.append(Movement("split", day * DAY, day, Kind.SPLIT, "X", "v", Decimal(3)))
    done = matched(movements, Method.SHARE_POOL)
    assert [one.match for one in done.parts] == [Match.THIRTY_DAYS, Match.POOL]
    assert sum(one.quantity for one in done.parts) == 5
    assert done.parts[0].quantity.quantize(Decimal("1e-6")) == Decimal("0.333333")
    (pool,) = done.lots
    assert pool.quantity == 16
    assert sum((one.cost or Decimal(0) for one in done.parts), pool.cost or Decimal(0)) == 107
    assert sum(one.proceeds or 0 for one in done.parts) == 90
