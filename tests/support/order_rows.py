"""What a row of the table of orders and fills is, and how it becomes inputs of the fold."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from single import single

from models.engine import Parameters, State, SymbolInputs, System, first_state, parameters_of
from models.engine.panel import FIGURES
from models.portfolio import Position
from models.risk import Ladder, RiskProfile, no_house
from models.specialists import plain_rules
from models.types import Bars, Fill, Instrument, IntArray, Leg, Reason, Regime, parse_time
from models.types.timeframes import HOUR

# Row 0 is the bar that decided; the bars of a row follow it.
DECIDED = parse_time("2024-03-04")
STEP = HOUR
# Of the ladder.
DAY = Ladder._fields.index("day")
FINER_STEP = HOUR // 4
SYMBOL = "BTC/USDT"
# 10 units of 100 cost 1.00 as a taker and 0.50 as a maker; of a bar's volume of 1000 an order gets 100.
VENUE = Instrument(tick=0.01, lot=1.0, min_notional=10.0, taker_fee=0.001, maker_fee=0.0005, volume_share=0.1)
REGIME = Regime.TRENDING
# Nobody decides on the rows' bars; these would leave every position after one.
RULES = (plain_rules(1.0, 0.1, 1.0, 0.02, 0.04)._replace(max_bars=1.0),) * len(Regime)
PROFILE = RiskProfile(0.1, 0.1, 0.5, 1.0, 0.5, 0.5, 1.0, 6.0)
# What sums of floats of a row's size are off by at most.
DUST = 1e-9


@dataclass(frozen=True)
class Expected:
    """One fill: `bar` counts from 1, the first after the decision; `quantity` is the change of the position."""

    bar: int
    leg: Leg
    quantity: float
    price: float
    fee: float


@dataclass(frozen=True)
class Row:
    """An order or a position, what the market does, and what becomes of it.

    Attributes:
        name: what the row shows.
        before: after the decision.
        bars: open high low close [volume, or 1000], one bar between two `|`; `nan` where a figure is not there.
        fills: bar leg quantity `at` price `fee` fee, one fill between two `|`.
        ends: quantity, ordered, stop after the last bar.
        venue: where it deviates from VENUE.
        cash: after the decision.
        finer: high and low of quarters of a bar, by the bar's number, one quarter between two `|`.
        actions: (split, dividend) by the number of the bar that goes ex.
        received: dividends and cash in lieu.
    """

    name: str
    before: Position
    bars: str
    fills: str
    ends: tuple[float, float, float] = (0.0, 0.0, 0.0)
    venue: dict[str, float] = field(default_factory=dict)
    cash: float = 10_000.0
    finer: dict[int, str] = field(default_factory=dict)
    actions: dict[int, tuple[float, float]] = field(default_factory=dict)
    received: float = 0.0

    @property
    def systems(self) -> tuple[System, ...]:
        return single(PROFILE, RULES, (VENUE._replace(**self.venue),), self.cash, (SYMBOL,))

    @property
    def parameters(self) -> Parameters:
        return parameters_of(self.systems, no_house())

    @property
    def expected(self) -> list[Expected]:
        found = []
        for words in (one.split() for one in self.fills.split("|") if one.strip()):
            bar, leg, quantity, at, price, word, fee = words
            assert (at, word) == ("at", "fee"), self.name
            found.append(Expected(int(bar), Leg[leg.upper()], float(quantity), float(price), float(fee)))
        return found

    @property
    def state(self) -> State:
        """After the decision: the account is valued at the last close."""
        state = first_state(self.systems)
        state.book[0] = self.before
        state.accounts[0, 1:3] = self.cash + self.before.quantity * self.before.last
        state.accounts[0, 3] = state.ladder[DAY] = float(DECIDED // (24 * HOUR))
        return state

    @property
    def inputs(self) -> SymbolInputs:
        """Of the bar that decided, and of those that follow; nobody predicts anything."""
        rows = np.array([[100.0, 100.0, 100.0, 100.0, 1000.0], *numbers(self.bars, 5, 1000.0)])
        ts = DECIDED + STEP * np.arange(len(rows), dtype=np.int64)
        unknown = np.full(ts.size, np.nan)
        happened = [self.actions.get(k, (1.0, 0.0)) for k in range(ts.size)]
        return SymbolInputs(
            ts=ts,
            ends=ts + STEP,
            **dict(zip(("open", "high", "low", "close", "volume"), np.ascontiguousarray(rows.T), strict=True)),
            edge=unknown,
            **dict.fromkeys(FIGURES[1:], unknown),
            regime=np.full(ts.size, int(REGIME)),
            gate=gates(rows[:, 0]),
            split=np.array([split for split, _ in happened]),
            dividend=np.array([dividend for _, dividend in happened]),
            finer=self.finer_bars(ts),
            tails=None,
        )

    def finer_bars(self, ts: IntArray) -> Bars | None:
        """Four quarters at most of each bar that has some."""
        if not self.finer:
            return None
        quarters = {k: numbers(text, 2, 0.0) for k, text in self.finer.items()}
        opens = [ts[k] + FINER_STEP * q for k in sorted(quarters) for q in range(len(quarters[k]))]
        high, low = np.array([pair for k in sorted(quarters) for pair in quarters[k]]).T
        return Bars(np.array(opens, np.int64), low, high, low, low, np.ones(high.size))


def assert_row(row: Row, fills: list[Fill], after: State) -> None:
    """The fills, what is left, and every cent of cash are those of the row; fees and cash up to rounding."""
    found = [((fill.ts - DECIDED) // STEP, fill.leg, fill.quantity, fill.price) for fill in fills]
    assert found == [(one.bar, one.leg, one.quantity, one.price) for one in row.expected]
    assert [fill.fee for fill in fills] == pytest.approx([one.fee for one in row.expected], abs=DUST)
    left, money = after.position(0), after.account(0)
    assert (left.quantity, left.ordered, left.stop) == row.ends
    spent = sum(one.quantity * one.price + one.fee for one in row.expected)
    assert money.cash == pytest.approx(row.cash - spent + row.received, abs=DUST)
    assert money.fees == pytest.approx(sum(one.fee for one in row.expected), abs=DUST)
    assert {fill.regime for fill in fills} <= {REGIME}


def numbers(text: str, count: int, otherwise: float) -> list[list[float]]:
    """The figures between the bars, each `count` long, filled up with `otherwise`."""
    rows = [[float(one) for one in part.split()] for part in text.split("|") if part.strip()]
    assert all(count - 1 <= len(row) <= count for row in rows), text
    return [row + [otherwise] * (count - len(row)) for row in rows]


def gates(opens: np.ndarray) -> IntArray:
    """Bars without an open are those that may not be traded on."""
    return np.where(np.isnan(opens), int(Reason.REFUSED_DATA), 0)


def order(
    units: float, limit: float = 0.0, stop: float = 0.0, target: float = 0.0, partial: float = 0.0, part: float = 0.0
) -> Position:
    """An entry that waits, decided at 100."""
    return Position(
        quantity=0.0,
        cost=0.0,
        entry=0.0,
        last=100.0,
        best=0.0,
        atr=0.0,
        age=0.0,
        stop=stop,
        target=target,
        partial=partial,
        part=part,
        ordered=units,
        limit=limit,
        regime=float(REGIME),
        owner=float(REGIME),
        entries=0.0,
        charge=float(REGIME),
        mandate=float(REGIME),
        earned=0.0,
        spent=0.0,
    )


def held(units: float, stop: float = 0.0, target: float = 0.0, partial: float = 0.0, part: float = 0.0) -> Position:
    """A position bought (sold short where negative) at 100 without a fee."""
    return order(0.0, 0.0, stop, target, partial, part)._replace(
        quantity=units, cost=units * 100.0, entry=100.0, best=100.0, age=1.0, entries=1.0, spent=abs(units) * 100.0
    )


def leaving(units: float, stop: float = 0.0, target: float = 0.0, partial: float = 0.0, part: float = 0.0) -> Position:
    """The same with all of it ordered away at market."""
    return held(units, stop, target, partial, part)._replace(ordered=-units)


def adding(units: float, more: float, stop: float = 0.0, target: float = 0.0) -> Position:
    """A position to which some is to be added at market."""
    return held(units, stop, target)._replace(ordered=more)


def reducing(
    units: float, less: float, stop: float = 0.0, target: float = 0.0, partial: float = 0.0, part: float = 0.0
) -> Position:
    """A position of which some is ordered away at market."""
    return held(units, stop, target, partial, part)._replace(ordered=-less)
