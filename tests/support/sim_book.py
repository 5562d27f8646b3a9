"""A book that decides by dice, and books what happened by the product's own arithmetic: a simulation's."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sim_world import HEAD, HOUR, START

from data.journal import Carried, Decision
from models.engine import GivenFill
from models.execution.booking import booked
from models.execution.executions import Execution
from models.orders import floored
from models.portfolio import Position, with_order
from models.types import Bound, Fill, Instrument, Intent, Leg, Reason, Regime
from tasks.session.ordering.booking import Row

BOOK = "sim"
ROWS = (("swing", "BTC/USDT"), ("swing", "ETH/USDT"), ("long", "BTC/USDT"))
LOTS = {"BTC/USDT": Decimal("0.00001"), "ETH/USDT": Decimal("0.0001")}
FLAT = Position(*[0.0] * len(Position._fields))


@dataclass(frozen=True, slots=True)
class Chosen:
    """What tasks.session.settlement asks of a book's parameters: by row the system, and the slot with its lot."""

    rows: tuple[tuple[str, "Slot"], ...]


@dataclass(frozen=True, slots=True)
class Slot:
    symbol: str
    instrument: Instrument


def instrument_of(symbol: str) -> Instrument:
    return Instrument(tick=0.01, lot=float(LOTS[symbol]), min_notional=5.0, taker_fee=0.001, maker_fee=0.001)


@dataclass(frozen=True, slots=True)
class SimBook:
    """As much of tasks.session.book.Book as settling looks at."""

    name: str = BOOK
    rows: tuple[tuple[str, str], ...] = ROWS
    parameters: Chosen = Chosen(tuple((system, Slot(symbol, instrument_of(symbol))) for system, symbol in ROWS))


@dataclass(frozen=True, slots=True)
class SimState:
    """As much of models.engine.State."""

    positions: tuple[Position, ...]

    def position(self, row: int) -> Position:
        return self.positions[row]

    def carried(self) -> Carried:
        found: dict[str, dict[str, list[float]]] = {}
        for (system, symbol), position in zip(ROWS, self.positions, strict=True):
            found.setdefault(system, {})[symbol] = list(position)
        return Carried({system: [0.0] for system, _ in ROWS}, found, {}, {})


@dataclass(frozen=True, slots=True)
class SimRun:
    """As much of models.engine.Run."""

    state: SimState
    done: tuple[Fill, ...]
    wanted: tuple[Intent, ...]

    def executions(self) -> list[Fill]:
        return list(self.done)

    def intents(self) -> list[Intent]:
        return list(self.wanted)


def state_of(last: Decision | None) -> SimState:
    """As the newest decision left it."""
    if last is None:
        return SimState((FLAT,) * len(ROWS))
    return SimState(tuple(Position(*last.state_after.positions[system][symbol]) for system, symbol in ROWS))


def rows_of(state: SimState) -> list[Row]:
    """As tasks.session.ordering.rows has them."""
    return [
        Row(
            number=number,
            system=system,
            symbol=symbol,
            base=symbol[:3],
            quote="USDT",
            lot=LOTS[symbol],
            taker_fee=Decimal("0.001"),
            held=state.position(number).quantity,
            ordered=state.position(number).ordered,
        )
        for number, (system, symbol) in enumerate(ROWS)
    ]


def opens_at(bar: int) -> int:
    """UTC microseconds."""
    return START + bar * HOUR


def decided(
    bar: int,
    before: SimState,
    fills: Sequence[GivenFill],
    prices: dict[str, float],
    dice: random.Random,
    frozen: set[str],
) -> SimRun:
    """The state after the fills and the decision of that bar, and what it wants."""
    positions, done = list(before.positions), []
    for one in fills:
        system, symbol = ROWS[one.row]
        execution = Execution(int(one.leg), one.quantity, one.price, one.fee, one.slip, 0.0)
        had = positions[one.row]
        positions[one.row], _, after = booked(had, 1e6, execution, instrument_of(symbol))
        if one.leg is not Leg.EXPIRED:
            done.append(
                Fill(symbol, opens_at(bar), one.quantity, one.price, one.fee, one.leg, Regime.TRENDING,
                     after.realised, one.slip, system)
            )  # fmt: skip
    wanted: list[Intent] = []
    for row, (system, symbol) in enumerate(ROWS):
        price = prices[symbol.replace("/", "")]
        position = positions[row]._replace(last=price)
        if symbol not in frozen:
            position, intent = _decide(opens_at(bar), system, symbol, position, price, dice)
            wanted += [] if intent is None else [intent]
        positions[row] = position
    return SimRun(SimState(tuple(positions)), tuple(done), tuple(wanted))


def decision_of(bar: int, run: SimRun, before: SimState, now: int) -> Decision:
    return Decision(
        id=f"{HEAD}-20240801T{bar:04}",
        book=BOOK,
        bar=opens_at(bar),
        decided_at=now,
        config_version="v1",
        models={},
        regimes={},
        inputs={},
        switches=(),
        intents=run.wanted,
        refused=(),
        held={},
        state_before=before.carried(),
        state_after=run.state.carried(),
    )


def _decide(
    bar: int, system: str, symbol: str, position: Position, price: float, dice: random.Random
) -> tuple[Position, Intent | None]:
    """What it wants of a row; the same dice decide the same."""
    luck, size, far = dice.random(), dice.uniform(60, 3500), dice.uniform(0.004, 0.05)
    if position.ordered != 0.0:
        return position, None
    if position.quantity == 0.0:
        return _enter(bar, system, symbol, position, price, size, far, dice) if luck < 0.65 else (position, None)
    if luck < 0.25:
        return _leave(bar, system, symbol, position, price, position.quantity, Reason.EXIT_EDGE)
    if luck < 0.35:
        return _leave(bar, system, symbol, position, price, position.quantity * dice.random(), Reason.REDUCE_RISK)
    if luck < 0.5 and system == "long":
        units = _units(symbol, size / price)
        intent = _intent(bar, system, symbol, units, price, Reason.ADD_WEIGHT)
        return with_order(position, units, position.stop), intent
    stop = max(position.stop, round(price * (1 - far), 3)) if position.stop else 0.0
    return position._replace(stop=stop), None


def _enter(
    bar: int, system: str, symbol: str, position: Position, price: float, size: float, far: float, dice: random.Random
) -> tuple[Position, Intent | None]:
    units = _units(symbol, size / price)
    if units <= 0.0:
        return position, None
    has_rules = system == "swing"
    stop = round(price * (1 - far), 3) if has_rules else 0.0
    target = round(price * (1 + 2 * far), 3) if has_rules and dice.random() < 0.5 else 0.0
    partial = round(price * (1 + far), 3) if has_rules and dice.random() < 0.4 else 0.0
    part = _units(symbol, 0.4 * size / price) if partial else 0.0
    limit = round(price * (1 + dice.uniform(-0.002, 0.002)), 2) if dice.random() < 0.3 else None
    intent = _intent(bar, system, symbol, units, price, Reason.ENTER_EDGE, limit)
    levels = {"stop": stop, "target": target, "partial": partial if part else 0.0, "part": part}
    return position._replace(ordered=units, **levels), intent


def _leave(
    bar: int, system: str, symbol: str, position: Position, price: float, quantity: float, reason: Reason
) -> tuple[Position, Intent | None]:
    units = min(_units(symbol, quantity + 1e-12), position.quantity)
    if units <= 0.0:
        return position, None
    return with_order(position, -units, position.stop), _intent(bar, system, symbol, -units, price, reason)


def _intent(
    bar: int, system: str, symbol: str, units: float, price: float, reason: Reason, limit: float | None = None
) -> Intent:
    return Intent(bar, symbol, units, price, reason, Bound.KELLY, 0.0, Regime.TRENDING, limit, system=system)


def _units(symbol: str, quantity: float) -> float:
    return float(floored(Decimal(repr(quantity)), LOTS[symbol]))
