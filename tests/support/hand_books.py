"""Several symbols that stand at 100 with regimes written out by hand, and specialists without costs or limits."""

from collections.abc import Sequence

import numpy as np
from drawn_markets import CAPITAL, GENEROUS
from hand_panels import FIFTH, FREE, NOON

from models.engine import Panel, Run, Slot, System, first_state, parameters_of, run_backtest
from models.engine.panel import CLOSE, EDGE, GATE, HIGH, LOW, OPEN, REGIME, empty_panel
from models.engine.tables import FILL_LEG, FILL_OWNER, FILL_PRICE, FILL_QUANTITY, FILL_ROW, FILL_T
from models.meta import Controller, plain_controller
from models.risk import House, RiskProfile, no_house
from models.specialists import Rules
from models.types import Instrument, Leg, Reason, Regime
from models.types.timeframes import HOUR

V, T, R, C = Regime
LETTERS = {"V": V, "T": T, "R": R, "C": C}
# An account that takes what it is told, levered where it has to.
OPEN_HANDED = GENEROUS._replace(max_position=2.0, max_leverage=9.0, max_portfolio_risk=9.0, max_position_risk=9.0)


def closes(regimes: str, *columns: Sequence[float], step: int = HOUR) -> Panel:
    """A bar for each letter of `regimes`, the same for all symbols; each opens where the one before closed, and the
    last close given stays. An edge of 50 basis points at the first bar alone.
    """
    n, columns = len(regimes), columns or ((100.0,),)
    panel = empty_panel(NOON + np.arange(n, dtype=np.int64) * step, len(columns), np.empty((0, 2)))
    for i, column in enumerate(columns):
        close = np.array([*column, *[column[-1]] * n][:n], dtype=np.float64)
        opens = np.append(close[:1], close[:-1])
        panel.prices[:, i, OPEN], panel.prices[:, i, CLOSE] = opens, close
        panel.prices[:, i, HIGH], panel.prices[:, i, LOW] = np.maximum(opens, close), np.minimum(opens, close)
    panel.figures[:] = 0.0
    panel.figures[0, :, EDGE] = 50.0
    panel.figures[:, :, 1:5] = 0.005, 0.01, 0.97, 1.03
    panel.codes[:, :, REGIME] = np.array([LETTERS[one] for one in regimes])[:, None]
    panel.codes[:, :, GATE] = 0
    return panel


def by_regime(rules: Rules = FIFTH, **changes: dict[str, float]) -> tuple[Rules, ...]:
    """The rules of each regime, where `changes` has what is otherwise in those of V, T, R or C."""
    return tuple(rules._replace(**changes.get(name, {})) for name in LETTERS)


def slot(
    rules: tuple[Rules, ...], column: int = 0, guide: int | None = None, haven: bool = False, venue: Instrument = FREE
) -> Slot:
    return Slot("ABC"[column], column, column if guide is None else guide, haven, venue, rules)


def folded(
    panel: Panel,
    *slots: Slot,
    controller: Controller | None = None,
    profile: RiskProfile = OPEN_HANDED,
    others: tuple[System, ...] = (),
    house: House | None = None,
) -> Run:
    """The fold of one system, and of `others` beside it."""
    systems = (System("swing", CAPITAL, profile, controller or plain_controller(), slots), *others)
    return run_backtest(panel, parameters_of(systems, house or no_house()), first_state(systems))


def said(run: Run, row: int = 0) -> list[Reason]:
    return [Reason(code) for code in run.reasons[:, row]]


def filled(run: Run) -> list[tuple[int, int, Leg, float, float]]:
    """Bar, row, leg, quantity and price of each fill."""
    return [
        (int(one[FILL_T]), int(one[FILL_ROW]), Leg(int(one[FILL_LEG])), one[FILL_QUANTITY], one[FILL_PRICE])
        for one in run.fills
    ]


def owners(run: Run) -> list[Regime]:
    return [Regime(int(one[FILL_OWNER])) for one in run.fills]


__all__ = [
    "CAPITAL",
    "OPEN_HANDED",
    "by_regime",
    "closes",
    "filled",
    "folded",
    "owners",
    "plain_controller",
    "said",
    "slot",
]
