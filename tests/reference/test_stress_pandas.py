"""A book of ten positions through stresses, recomputed with pandas from what the docstrings say: the same losses, of
each position and of the account, to the cent.

Each position is walked by itself: what is ordered at a close fills at the next open, then the levels act; a bar gives
no more than its share of the volume, and what a stop could not close is ordered at the next open. Nothing is entered.
What the account adds is put together after that: fees in what each position made, carry for each midnight at the last
closes, equity at every close, and the stop for the drawdown, which is one more walk with everything ordered away from
the close at which it trips.
"""

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from seeded_books import (
    BEGIN,
    OLDER_PEAK,
    ROWS,
    SYMBOLS,
    VENUES,
    WORTH,
    Held,
    SeededBook,
    bars_after,
    panel_of,
    parameters_for,
    seeded_book,
    state_of,
)

from models.engine.tables import FILL_LEG
from models.risk import no_house
from models.scenarios import Shock
from models.stress import Outcome, run_stress
from models.types import Bars, Breaker, Instrument, Leg

pytestmark = pytest.mark.risk
CENT = 0.01
SEEDS = (1, 2, 3)
NEVER = pd.Timestamp.max


@dataclass(frozen=True)
class Case:
    """A stress: the shock, what it makes of every instrument, who has no bars, what the currency is worth at the end,
    and the drawdown at which everything is sold.
    """

    shock: Shock
    venue: dict[str, float]
    halted: tuple[str, ...] = ()
    worth: float = 1.0
    drawdown: float = math.inf


FALL = (("all", -0.35), ("BBB", 0.30))
HALT = slice(5, 29)
CASES = {
    "gap": Case(Shock(moves=FALL, gap=True), {}),
    "a day": Case(Shock(moves=FALL), {}),
    "rally": Case(Shock(moves=(("all", 0.4), ("EEE", 0.7))), {}),
    "rally gap": Case(Shock(moves=(("all", 0.4),), gap=True), {}),
    "flash crash": Case(Shock(moves=FALL, recovers=1.0), {}),
    "liquidity": Case(Shock(moves=FALL, liquidity=0.1), {}),
    "spread": Case(Shock(moves=FALL, spread=10.0), {"half_spread": 10.0}),
    "halt": Case(Shock(moves=FALL), {}, halted=("AAA", "CCC", "FFF")),
    "funding": Case(Shock(volatility=2.0), {"carry": 0.01}),
    "depeg": Case(Shock(moves=(("all", -0.1),)), {}, worth=0.85),
    "breaker": Case(Shock(moves=FALL), {}, drawdown=0.15),
    "breaker without volume": Case(Shock(moves=FALL, liquidity=0.1), {}, halted=("AAA", "CCC"), drawdown=0.1),
}


# What the product says


def stressed(book: SeededBook, case: Case) -> tuple[Outcome, dict[str, Bars], np.ndarray]:
    bars = bars_after(book, case.shock)
    rates = np.linspace(1.0, case.worth, ROWS + 1)[1:]
    parameters = parameters_for(
        book, no_house()._replace(max_drawdown=case.drawdown), **{name: changed(name, case) for name in SYMBOLS}
    )
    panel = panel_of(bars, dict.fromkeys(case.halted, HALT))
    return run_stress(panel, parameters, state_of(book, parameters), rates), bars, rates


def changed(name: str, case: Case) -> dict[str, float]:
    venue, carry = VENUES[name], case.venue.get("carry", 0.0)
    return {
        "half_spread": venue.half_spread * case.venue.get("half_spread", 1.0),
        "long_carry": venue.long_carry + carry,
        "short_carry": venue.short_carry + carry,
    }


# What pandas says


@dataclass(frozen=True)
class Recomputed:
    """Equity from before on, what each position made, carry paid, and how many positions their levels closed."""

    equity: pd.Series
    made: list[float]
    carry: float
    stops: int
    liquidations: int
    drawdown: float
    tripped: pd.Timestamp


def recomputed(book: SeededBook, case: Case, bars: dict[str, Bars], rates: np.ndarray) -> Recomputed:
    frames = {name: frame(one) for name, one in bars.items()}
    for name in case.halted:
        frames[name].iloc[HALT] = np.nan
    venues = {name: VENUES[name]._replace(**changed(name, case)) for name in SYMBOLS}
    account = accounted(book, frames, venues, rates, NEVER)
    peaks = account.equity.cummax().clip(lower=WORTH * OLDER_PEAK)
    beyond = account.equity[account.equity <= peaks * (1.0 - case.drawdown)]
    if len(beyond):
        account = accounted(book, frames, venues, rates, beyond.index[0])
    return account


def accounted(
    book: SeededBook,
    frames: dict[str, pd.DataFrame],
    venues: dict[str, Instrument],
    rates: np.ndarray,
    sold_from: pd.Timestamp,
) -> Recomputed:
    index = frames["AAA"].index
    equity, carry = pd.Series(sum(book.cash.values()), index), 0.0
    made, legs = [], []
    for held in book.positions:
        venue, bar = venues[held.symbol], frames[held.symbol]
        fills = walked(held, bar, venue, sold_from)
        legs += fills["leg"].tolist()
        units = held.units + fills.groupby("time")["units"].sum().reindex(index, fill_value=0.0).cumsum()
        paid = (fills["units"] * fills["price"] + fills["fee"]).groupby(fills["time"]).sum()
        paid = paid.reindex(index, fill_value=0.0).cumsum()
        close = bar["close"].ffill().fillna(held.last)
        midnights = (units.abs() * close * (venue.long_carry if held.units > 0 else venue.short_carry))[
            index.hour == 23
        ][: -1 if index[-1].hour == 23 else None]
        charged = midnights.reindex(index, fill_value=0.0).shift(fill_value=0.0).cumsum()
        value = units * close
        equity += value - paid - charged
        made.append((value.iloc[-1] - held.units * held.last - paid.iloc[-1]) * rates[-1])
        carry += charged.iloc[-1] * rates[-1]
    whole = pd.concat([pd.Series(WORTH, [index[0] - pd.Timedelta(hours=1)]), equity * rates])
    peaks = whole.cummax().clip(lower=WORTH * OLDER_PEAK)
    counts = pd.Series(legs, dtype=object).value_counts()
    return Recomputed(
        equity=whole,
        made=made,
        carry=carry,
        stops=int(counts.get("stop", 0)),
        liquidations=int(counts.get("liquidation", 0)),
        drawdown=float((1.0 - whole / peaks).max()),
        tripped=sold_from,
    )


def frame(bars: Bars) -> pd.DataFrame:
    columns = {name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume")}
    return pd.DataFrame(columns, index=pd.to_datetime(bars.ts, unit="us"))


def walked(held: Held, bars: pd.DataFrame, venue: Instrument, sold_from: pd.Timestamp) -> pd.DataFrame:
    """Fills of one position: time, leg, units, price, fee."""
    side = math.copysign(1.0, held.units)
    own = held.entry * (1.0 - side * (venue.margin - venue.maintenance))
    forced = (down(own, venue.tick) if side > 0 else up(own, venue.tick)) * side >= held.stop * side
    left, waiting, partial, fills = abs(held.units), 0.0, held.partial, []

    def fill(time: pd.Timestamp, leg: str, size: float, price: float, rate: float) -> None:
        fills.append((time, leg, -side * size, price, size * price * rate))

    for time, bar in bars[bars["close"].notna()].iterrows():
        given = down(bar["volume"] * venue.volume_share, venue.lot)
        size = min(waiting, given)
        if size > 0.0:
            fill(time, "exit", size, taken(bar["open"], waiting, side, bar["volume"], venue), venue.taker_fee)
            left, waiting, given = lots(left - size, venue), lots(waiting - size, venue), lots(given - size, venue)
        for leg, level in acting(bar, side, held.stop, held.target, partial, venue):
            size = min(left, given, held.part if leg == "partial" else math.inf)
            if leg == "stop":
                worse = bar["open"] if (bar["open"] - level) * side < 0.0 else level
                rate = venue.taker_fee + (venue.liquidation_fee if forced else 0.0)
                if size > 0.0:
                    leg = "liquidation" if forced else "stop"
                    fill(time, leg, size, taken(worse, size, side, bar["volume"], venue), rate)
                waiting = lots(left - size, venue)
            elif size > 0.0:
                opened = down(bar["open"], venue.tick) if side > 0 else up(bar["open"], venue.tick)
                fill(time, leg, size, max(level * side, opened * side) * side, venue.maker_fee)
                partial = 0.0 if leg == "partial" else partial
            left, given = lots(left - size, venue), lots(given - size, venue)
        if time >= sold_from:
            waiting = left
        if left == 0.0:
            break
    table = pd.DataFrame(fills, columns=["time", "leg", "units", "price", "fee"])
    return table.astype({"time": "datetime64[us]", "units": float, "price": float, "fee": float})


def acting(
    bar: pd.Series, side: float, stop: float, target: float, partial: float, venue: Instrument
) -> list[tuple[str, float]]:
    """Levels that a bar executes, in their order."""
    best, worst = ("high", "low") if side > 0 else ("low", "high")

    def gains(level: float, price: float) -> bool:
        return level > 0.0 and (price - level) * side >= venue.through * venue.tick - 1e-9

    def loses(price: float) -> bool:
        return stop > 0.0 and (price - stop) * side <= 0.0

    profits = [("partial", partial), ("target", target)]
    reached = [one for one in profits if gains(one[1], bar[best])]
    if not loses(bar[worst]):
        return reached
    if loses(bar["open"]):
        return [("stop", stop)]
    at_open = [one for one in profits if gains(one[1], bar["open"])]
    return at_open if ("target", target) in at_open else [*at_open, ("stop", stop)]


def taken(reference: float, size: float, side: float, volume: float, venue: Instrument) -> float:
    """What a taker gets who orders `size` of a position on `side` away: half the spread and the square root of the
    order's share in the volume, against the order, on the grid.
    """
    rate = venue.half_spread + venue.impact * min(venue.volume_share, size / volume) ** 0.5
    return down(reference * (1.0 - rate), venue.tick) if side > 0 else up(reference * (1.0 + rate), venue.tick)


def down(value: float, step: float) -> float:
    return round(math.floor(round(value / step, 8)) * step, 9)


def up(value: float, step: float) -> float:
    return round(math.ceil(round(value / step, 8)) * step, 9)


def lots(value: float, venue: Instrument) -> float:
    return round(round(value / venue.lot) * venue.lot, 9)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("name", CASES)
def test_losses_are_the_same_to_the_cent(name: str, seed: int) -> None:
    book, case = seeded_book(seed), CASES[name]
    found, bars, rates = stressed(book, case)
    again = recomputed(book, case, bars, rates)
    assert found.equity[0] == pytest.approx(WORTH, abs=1e-6)
    np.testing.assert_allclose(found.equity, again.equity, rtol=0.0, atol=CENT)
    np.testing.assert_allclose(found.contributions, again.made, rtol=0.0, atol=CENT)
    assert found.money == pytest.approx(WORTH - again.equity.iloc[-1], abs=CENT)
    assert found.carry == pytest.approx(-again.carry, abs=CENT)
    assert found.loss == pytest.approx(1.0 - again.equity.iloc[-1] / WORTH, abs=CENT / WORTH)
    assert found.drawdown == pytest.approx(again.drawdown, abs=CENT / WORTH)
    assert (found.stops_hit, found.margin_calls) == (again.stops, again.liquidations)
    assert found.currency == pytest.approx(WORTH * (case.worth - 1.0), abs=1e-6)


def test_the_cases_are_about_something() -> None:
    """Each of them has what it is there for, in at least one of the books."""
    legs = {}
    for name, case in CASES.items():
        runs = [stressed(seeded_book(seed), case)[0] for seed in SEEDS]
        legs[name] = {Leg(int(leg)) for one in runs for leg in one.run.fills[:, FILL_LEG]}
        tripped = {event.breaker for one in runs for event in one.run.ladder_events()}
        assert tripped == ({Breaker.DRAWDOWN} if case.drawdown < 1.0 else set()), name
    assert all(Leg.STOP in one for name, one in legs.items() if name not in ("funding", "rally", "rally gap", "depeg"))
    assert all(Leg.LIQUIDATION in legs[name] for name in ("gap", "rally", "rally gap", "flash crash", "halt"))
    assert {Leg.TARGET, Leg.PARTIAL} <= legs["rally"] & legs["rally gap"]
    assert all(Leg.EXIT in legs[name] for name in ("gap", "liquidity", "breaker", "breaker without volume"))


def test_the_books_are_ten_positions_on_both_sides_worth_a_hundred_thousand() -> None:
    for seed in SEEDS:
        book = seeded_book(seed)
        assert len(book.positions) == 10
        assert {math.copysign(1.0, one.units) for one in book.positions} == {1.0, -1.0}
        value = sum(one.units * one.last for one in book.positions)
        assert sum(book.cash.values()) + value == pytest.approx(WORTH)
    assert pd.to_datetime(BEGIN, unit="us").hour == 13
