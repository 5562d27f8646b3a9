"""Ten positions of two systems drawn from a seed, and bars after now for them: what stress tests are held against."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from models.engine import Panel, Parameters, Slot, State, System, first_state, parameters_of
from models.engine.panel import CLOSE, GATE, REGIME, empty_panel
from models.execution import liquidation_price
from models.kernels import ceil_to_step, floor_to_step
from models.meta import plain_controller
from models.portfolio import Account, Position
from models.risk import House, RiskProfile, first_ladder, no_house
from models.scenarios import Candles, Shock, bars_from, shocked
from models.specialists import NEVER, OFF, Rules, held_rules, plain_rules
from models.types import Bars, Instrument, Reason, Regime
from models.types.timeframes import DAY, HOUR

FIRST_DAY = 18_000
BEGIN = FIRST_DAY * DAY + 13 * HOUR
ROWS = 72
WORTH = 100_000.0
# The highest mark before, over the equity now.
OLDER_PEAK = 1.03
SYMBOLS = ("AAA", "BBB", "CCC", "DDD", "EEE", "FFF", "GGG", "HHH", "III")
PLAIN = Instrument(0.01, 0.001, 5.0, 0.001, 0.0004, 0.0004, 0.05, 0.1)
LENT = PLAIN._replace(shorts=1.0, margin=0.5, maintenance=0.1, liquidation_fee=0.005, short_carry=0.0006)
LEVERED = PLAIN._replace(margin=0.2, maintenance=0.05, liquidation_fee=0.01, long_carry=0.0003, tick=0.05, lot=0.01)
VENUES = {
    "AAA": PLAIN,
    "BBB": LENT,
    "CCC": LEVERED,
    "DDD": PLAIN._replace(tick=0.5, lot=1.0, volume_share=0.02),
    "EEE": PLAIN._replace(through=2.0),
    "FFF": LENT._replace(margin=0.25, short_carry=-0.0002, lot=0.1),
    "GGG": PLAIN._replace(taker_fee=0.0, impact=0.0),
    "HHH": PLAIN._replace(volume_share=0.01),
    "III": PLAIN._replace(half_spread=0.0, long_carry=0.0001),
}
# System, symbol, side, and how far the levels are at least and at most from the last close; 0.0 for none.
PLAN = (
    ("swing", "AAA", 1.0, 0.12, 0.25),
    ("swing", "BBB", -1.0, 0.10, 0.20),
    ("swing", "CCC", 1.0, 0.0, 0.30),
    ("swing", "DDD", 1.0, 0.15, 0.0),
    ("swing", "EEE", 1.0, 0.20, 0.08),
    ("swing", "FFF", -1.0, 0.0, 0.0),
    ("long", "AAA", 1.0, 0.0, 0.0),
    ("long", "GGG", 1.0, 0.0, 0.0),
    ("long", "HHH", 1.0, 0.0, 0.0),
    ("long", "III", 1.0, 0.0, 0.0),
)
SWING = plain_rules(0.0, 1.0, 1.0, OFF, OFF, shorts=1.0)._replace(exit_edge=NEVER)
# A weight so far from which is rebalanced that nothing ever is.
LONG = held_rules(0.2, 1e9)
LOOSE = RiskProfile(9.0, 9.0, 9.0, 9.0, 0.99, 1.0, 0.0, 1.0)


class Held(NamedTuple):
    """A position before the bars; levels 0.0 where there is none, the stop never behind the liquidation."""

    system: str
    symbol: str
    units: float
    entry: float
    last: float
    stop: float
    target: float
    partial: float
    part: float


@dataclass(frozen=True, eq=False)
class SeededBook:
    """An account worth WORTH in quote currency."""

    positions: tuple[Held, ...]
    cash: dict[str, float]
    usual: dict[str, float]
    seed: int

    @property
    def last(self) -> dict[str, float]:
        return {one.symbol: one.last for one in self.positions}


def seeded_book(seed: int) -> SeededBook:
    """Sizes of 4 % to 9 % of the account, of which one usual bar gives from a third to all."""
    rng = np.random.default_rng(seed)
    last = {one: float(np.round(rng.uniform(40.0, 400.0), 0)) for one in SYMBOLS}
    positions = tuple(_held(rng, last, *plan) for plan in PLAN)
    usual = {one.symbol: abs(one.units) / VENUES[one.symbol].volume_share for one in positions}
    usual = {name: units * float(rng.uniform(0.35, 1.1)) for name, units in usual.items()}
    value = {name: sum(one.units * one.last for one in positions if one.system == name) for name in ("swing", "long")}
    cash = {"swing": 0.6 * WORTH - value["swing"], "long": 0.4 * WORTH - value["long"]}
    return SeededBook(positions, cash, usual, seed)


def _held(
    rng: np.random.Generator, lasts: dict[str, float], system: str, symbol: str, side: float, stop: float, target: float
) -> Held:
    venue, last = VENUES[symbol], lasts[symbol]
    units = side * floor_to_step(rng.uniform(0.04, 0.09) * WORTH / last, venue.lot)
    entry = floor_to_step(last * rng.uniform(0.97, 1.03), venue.tick)
    stop_at = _grid(last * (1.0 - side * stop * rng.uniform(0.8, 1.2)), side, venue) if stop else 0.0
    forced = liquidation_price(units, entry, venue)
    target_at = _grid(last * (1.0 + side * target * rng.uniform(0.8, 1.2)), side, venue) if target else 0.0
    nearest = max if side > 0.0 else min
    stop_at = nearest((one for one in (stop_at, forced) if one > 0.0), default=0.0)
    partial = _grid(0.5 * (last + target_at), side, venue) if symbol == "EEE" else 0.0
    part = floor_to_step(units / 3.0, venue.lot) if partial else 0.0
    return Held(system, symbol, units, entry, last, stop_at, target_at, partial, part)


def _grid(level: float, side: float, venue: Instrument) -> float:
    return floor_to_step(level, venue.tick) if side > 0.0 else ceil_to_step(level, venue.tick)


def state_of(book: SeededBook, parameters: Parameters) -> State:
    """What the step carries when it holds the book, the day's first bar behind it."""
    state = first_state(parameters.systems)
    for k, (system, cash) in enumerate(book.cash.items()):
        value = sum(one.units * one.last for one in book.positions if one.system == system)
        account = Account(*state.accounts[k])._replace(
            cash=cash, equity=cash + value, peak=cash + value, day=float(FIRST_DAY)
        )
        state.accounts[k] = account
    for row, one in enumerate(book.positions):
        state.book[row] = position_of(one)
    ladder = first_ladder(WORTH)._replace(day=float(FIRST_DAY), peak=WORTH * OLDER_PEAK)
    return State(np.array(ladder), state.accounts, state.book, state.records)


def position_of(one: Held) -> Position:
    """As the step keeps it, opened some bars ago by the specialist that is in charge."""
    nothing = Position(*[0.0] * len(Position._fields))
    return nothing._replace(
        quantity=one.units, cost=one.units * one.entry, entry=one.entry, last=one.last, best=one.last, age=5.0,
        stop=one.stop, target=one.target, partial=one.partial, part=one.part, regime=float(Regime.TRENDING),
        owner=float(Regime.TRENDING), charge=float(Regime.TRENDING), mandate=float(Regime.TRENDING),
        spent=abs(one.units) * one.entry,
    )  # fmt: skip


def parameters_for(book: SeededBook, house: House | None = None, **changes: dict[str, float]) -> Parameters:
    """Systems that only hold; `changes` are figures of the instrument of a symbol, "every" of all."""
    systems = []
    for name, capital in (("swing", 0.6 * WORTH), ("long", 0.4 * WORTH)):
        rules: Rules = SWING if name == "swing" else LONG
        slots = tuple(
            _slot(
                one.symbol,
                rules,
                VENUES[one.symbol]._replace(**changes.get("every", {}), **changes.get(one.symbol, {})),
            )
            for one in book.positions
            if one.system == name
        )
        systems.append(System(name, capital, LOOSE, plain_controller(), slots))
    return parameters_of(tuple(systems), house or no_house())


def _slot(symbol: str, rules: Rules, venue: Instrument) -> Slot:
    column = SYMBOLS.index(symbol)
    return Slot(symbol, column, column, False, venue, (rules,) * len(Regime))


def bars_after(book: SeededBook, shock: Shock, days: int = 1, quiet: float = 1.0) -> dict[str, Bars]:
    """ROWS hourly bars of every symbol that follow its last close, the first `days` of them shocked; `quiet` times as
    lively as usual. Its own name, or "all", says how far a symbol moves.
    """
    rng = np.random.default_rng([book.seed, 1])
    base = [_lately(rng, quiet) for _ in SYMBOLS]
    moves = dict(shock.moves)
    wanted = np.array([moves.get(one, moves.get("all", 0.0)) for one in SYMBOLS])
    after = shocked(base, wanted, shock, 24 * days)
    ts = BEGIN + np.arange(ROWS, dtype=np.int64) * HOUR
    return {
        name: bars_from(candles, ts, book.last[name], book.usual[name])
        for name, candles in zip(SYMBOLS, after, strict=True)
    }


def _lately(rng: np.random.Generator, quiet: float) -> Candles:
    return Candles(
        gap=rng.normal(0.0, 0.0005, ROWS) * quiet,
        body=rng.normal(0.0, 0.004, ROWS) * quiet,
        up=np.abs(rng.normal(0.0, 0.002, ROWS)) * quiet,
        down=np.abs(rng.normal(0.0, 0.002, ROWS)) * quiet,
        volume=rng.lognormal(0.0, 0.4, ROWS),
    )


def panel_of(bars: dict[str, Bars], halted: dict[str, slice] | None = None) -> Panel:
    """Nothing is predicted in it; `halted` symbols have no bar in these rows."""
    first = next(iter(bars.values()))
    panel = empty_panel(first.ts, len(bars), np.empty((0, 2)))
    for column, one in enumerate(bars.values()):
        panel.prices[:, column] = np.column_stack([one.open, one.high, one.low, one.close, one.volume])
    for name, rows in (halted or {}).items():
        panel.prices[rows, SYMBOLS.index(name)] = np.nan
    panel.codes[:, :, REGIME] = int(Regime.TRENDING)
    panel.codes[:, :, GATE] = np.where(np.isnan(panel.prices[:, :, CLOSE]), int(Reason.REFUSED_NO_BAR), 0)
    return panel
