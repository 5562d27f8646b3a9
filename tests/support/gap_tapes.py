"""Sessions that went otherwise than the model has it, by as much as a test says: folded bar by bar with the engine, and
written down as tapes.
"""

from dataclasses import dataclass, field, replace

import numpy as np

from models.engine import GivenFill, Panel, Parameters, Run, State, run_backtest
from models.engine.panel import CUT, empty_panel
from models.engine.state import ORDERED, QUANTITY
from models.gap import Done, Moment, Tape
from models.kernels import floor_to_step
from models.types import FloatArray, Leg

ENTERING = (Leg.ENTRY, Leg.ADD)


@dataclass(frozen=True)
class Plant:
    """What goes wrong: fees by a multiple, fills so many basis points worse, entries so many bars late, orders of
    another size (0: none), bars (t, column) that are not there yet, bars on which nobody comes.
    """

    fee: float = 1.0
    worse: float = 0.0
    late: int = 0
    scale: float = 1.0
    hidden: frozenset[tuple[int, int]] = frozenset()
    skipped: frozenset[int] = frozenset()


@dataclass
class Session:
    """A tape, what the account was worth after each bar, and each fill beside the model's."""

    tape: Tape
    values: list[float] = field(default_factory=list)
    pairs: list[tuple[Done, Done]] = field(default_factory=list)
    state: State | None = None


def play(panel: Panel, parameters: Parameters, start: State, plant: Plant) -> Session:
    """One session over the bars of the panel."""
    now = panel._replace(decided=panel.decided.copy())
    for t in plant.skipped:
        # What comes from outside waits for a decision.
        now.decided[t] = bool(panel.events[t].any() or panel.tails[t, :, CUT].any())
    idle = panel.decided & ~now.decided
    then = now._replace(**{name: getattr(now, name).copy() for name in ("prices", "figures", "codes", "finer_rows")})
    nothing = empty_panel(panel.ts[:1], 1, panel.finer)
    for t, column in plant.hidden:
        for name in ("prices", "figures", "codes", "finer_rows"):
            getattr(then, name)[t, column] = getattr(nothing, name)[0, 0]
    tape = Tape(parameters, now, then, idle, np.zeros_like(idle))
    session, state = Session(tape), start.copy()
    waited = dict.fromkeys(range(start.book.shape[0]), 0)
    marks = _marks(panel, parameters, start)
    for t in range(panel.ts.size):
        bar = _row(then, t)
        model = _filled(bar, parameters, state)
        real = _planted(model, plant, waited)
        given = None if real == model else [_given(one) for one in real] + _over(bar, parameters, state, model)
        done = (
            run_backtest(bar, parameters, state)
            if given is None
            else run_backtest(bar, parameters, state, given, simulates=False)
        )
        if real:
            tape.done[t] = real
        session.pairs += [(one, next(other for other in model if _same(one, other))) for one in real]
        before, state = state, done.state
        if bar.decided[0]:
            ordered = frozenset(int(row) for row in done.orders[:, 1])
            _rescale(state, before, ordered, plant, parameters)
            tape.moments[t] = Moment(state.copy(), ordered)
        session.values.append(float(state.accounts[:, 0].sum() + state.book[:, QUANTITY] @ marks[t]))
    session.state = state
    return session


def gained(session: Session) -> float:
    """What it was worth at its end."""
    return session.values[-1]


def _row(panel: Panel, t: int) -> Panel:
    axes = ("ts", "prices", "figures", "codes", "actions", "decided", "finer_rows", "tails", "link_rows", "events")
    return panel._replace(**{name: getattr(panel, name)[t : t + 1].copy() for name in axes})


def _quiet(bar: Panel) -> Panel:
    tails = bar.tails.copy()
    tails[:, :, CUT] = 0.0
    return bar._replace(decided=np.zeros(1, np.bool_), tails=tails, events=np.zeros_like(bar.events))


def _filled(bar: Panel, parameters: Parameters, state: State) -> list[Done]:
    run = run_backtest(_quiet(bar), parameters, state)
    return [Done(int(i), Leg(int(leg)), *figures[:4]) for _, i, leg, *figures in _columns(run)]


def _columns(run: Run) -> list[list[float]]:
    from models.engine.tables import FILL_FEE, FILL_LEG, FILL_PRICE, FILL_QUANTITY, FILL_ROW, FILL_SLIP, FILL_T

    wanted = [FILL_T, FILL_ROW, FILL_LEG, FILL_QUANTITY, FILL_PRICE, FILL_FEE, FILL_SLIP]
    found: list[list[float]] = run.fills[:, wanted].tolist()
    return found


def _planted(model: list[Done], plant: Plant, waited: dict[int, int]) -> list[Done]:
    real = []
    for one in model:
        if one.leg in ENTERING and waited[one.row] < plant.late:
            waited[one.row] += 1
            continue
        if one.leg in ENTERING:
            waited[one.row] = 0
        entered = any(other.row == one.row and other.leg in ENTERING for other in model)
        if entered and one.leg not in ENTERING and not any(other.row == one.row for other in real):
            continue  # what protects an entry that was not filled
        side = 1.0 if one.quantity > 0.0 else -1.0
        price = one.price * (1.0 + side * plant.worse / 1e4)
        fee = one.fee * (price / one.price if plant.worse else 1.0) * plant.fee
        real.append(replace(one, price=price, fee=fee))
    return real


def _over(bar: Panel, parameters: Parameters, state: State, model: list[Done]) -> list[GivenFill]:
    """Orders that the bar ends without a fill."""
    after = run_backtest(_quiet(bar), parameters, state).state.book
    filled = {one.row for one in model if one.leg in (*ENTERING, Leg.EXIT)}
    opens = (state.book[:, ORDERED] != 0.0) & (state.book[:, ORDERED] * state.book[:, QUANTITY] >= 0.0)
    rows = np.flatnonzero(opens & (after[:, ORDERED] == 0.0)).tolist()
    return [GivenFill(0, row, Leg.EXPIRED, 0.0, 0.0, 0.0, 0.0) for row in rows if row not in filled]


def _given(one: Done) -> GivenFill:
    return GivenFill(0, one.row, one.leg, one.quantity, one.price, one.fee, one.slip)


def _same(one: Done, other: Done) -> bool:
    return (one.row, one.leg, one.quantity) == (other.row, other.leg, other.quantity)


def _rescale(state: State, before: State, ordered: frozenset[int], plant: Plant, parameters: Parameters) -> None:
    """Entries of another size than was decided; none takes its levels along."""
    if plant.scale == 1.0:
        return
    for row in ordered:
        position = state.position(row)
        if position.quantity != 0.0:
            continue
        lot = parameters.instruments[row, 1]
        side = 1.0 if position.ordered > 0.0 else -1.0
        units = floor_to_step(abs(position.ordered) * abs(plant.scale), lot)
        state.book[row, ORDERED] = side * units
        for name in ("part",):
            column = position._fields.index(name)
            state.book[row, column] = floor_to_step(position.part * abs(plant.scale), lot)
        if units == 0.0:
            for name in ("stop", "target", "partial", "part", "limit"):
                state.book[row, position._fields.index(name)] = 0.0


def _marks(panel: Panel, parameters: Parameters, start: State) -> FloatArray:
    closes = panel.close[:, parameters.slots[:, 0]].copy()
    last = start.book[:, start.position(0)._fields.index("last")]
    for t in range(closes.shape[0]):
        closes[t] = np.where(np.isfinite(closes[t]), closes[t], last)
        last = closes[t]
    return closes
