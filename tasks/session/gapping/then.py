"""The bars of a recorded session as the lake has them now, and as its decisions read them."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from data.journal import Decision, RiskEvent
from models.engine import Panel
from models.engine.panel import ACTIONS, CODES, FIGURES, GATE, PRICES, TAILS, empty_panel
from models.types import IntArray, Reason
from tasks.session.deciding import read_figures
from tasks.session.stops import act_on

NO_BAR, STOPPED = int(Reason.REFUSED_NO_BAR), int(Reason.REFUSED_STOPPED)
# What a person, or what a venue holds, forbids: a backtest that knew nothing of it would be another session.
UNGUARDED = int(Reason.REFUSED_UNGUARDED)
OUTSIDE = (STOPPED, UNGUARDED, int(Reason.REFUSED_EXTERNAL))
COLUMNS = (("prices", PRICES), ("figures", FIGURES), ("tails", TAILS), ("actions", ACTIONS), ("codes", CODES))
HIDDEN = ("prices", "figures", "codes", "actions", "finer_rows")


@dataclass(frozen=True, slots=True, eq=False)
class Panels:
    """Two panels with the same rows."""

    now: Panel
    then: Panel


def both_panels(
    lake: Panel, symbols: Sequence[str], decisions: Sequence[Decision], events: Mapping[int, list[RiskEvent]]
) -> Panels:
    """`lake` is the book's panel of the bars now, with a row for every decision; its columns are `symbols`."""
    now = lake._replace(codes=lake.codes.copy(), events=lake.events.copy(), tails=lake.tails.copy())
    now.decided[:] = np.isin(now.ts, [one.bar for one in decisions])
    _keep_stops(now, symbols, decisions)
    then = now._replace(**{name: getattr(now, name).copy() for name in (*dict(COLUMNS), "finer_rows", "events")})
    for one in decisions:
        t = int(np.searchsorted(now.ts, one.bar))
        for i, symbol in enumerate(symbols):
            _write(then, t, i, one.inputs[symbol], read_figures(now, t, i))
        for panel in (now, then):
            act_on(panel, t, symbols, events.get(one.bar, []))
    return Panels(now, then)


def with_rows(panel: Panel, ts: Sequence[int]) -> Panel:
    """The panel with an empty row for each of the moments that it lacks."""
    every: IntArray = np.union1d(panel.ts, np.array(ts, np.int64))
    if every.size == panel.ts.size:
        return panel
    wider, rows = empty_panel(every, panel.prices.shape[1], panel.finer), np.searchsorted(every, panel.ts)
    for name in ("prices", "figures", "codes", "actions", "decided", "finer_rows", "tails", "events"):
        getattr(wider, name)[rows] = getattr(panel, name)
    known = np.maximum(np.searchsorted(panel.ts, every, side="right") - 1, 0)
    links = panel.link_rows[known] if panel.ts.size else np.zeros(every.size, np.int64)
    return wider._replace(links=panel.links, link_rows=links)


def hidden_then(decision: Decision, symbol: str) -> bool:
    """Whether the symbol's bar was not there when the decision was made."""
    return decision.inputs[symbol]["gate"] == NO_BAR


def _keep_stops(now: Panel, symbols: Sequence[str], decisions: Sequence[Decision]) -> None:
    """Write what persons and venues forbade into the gates; bars on which nobody decided keep the stop before them."""
    by_bar = {one.bar: one for one in decisions}
    whole = 0
    for t, ts in enumerate(now.ts.tolist()):
        if ts in by_bar:
            gates = [by_bar[ts].inputs[symbol]["gate"] for symbol in symbols]
            whole = next((one for one in (STOPPED, UNGUARDED) if one in gates), 0)
            for i, gate in enumerate(gates):
                if gate in OUTSIDE and now.gate[t, i] == 0:
                    now.codes[t, i, GATE] = int(gate or 0)
        row = now.codes[t, :, GATE]
        row[row == 0] = whole


def _write(then: Panel, t: int, i: int, read: Mapping[str, float | None], now: Mapping[str, float | None]) -> None:
    """What was read of a symbol, where it is not what the lake has now."""
    if read["gate"] == NO_BAR and now["gate"] != NO_BAR:
        nothing = empty_panel(then.ts[t : t + 1], 1, then.finer)
        for name in HIDDEN:
            getattr(then, name)[t, i] = getattr(nothing, name)[0, 0]
    for name, names in COLUMNS:
        for k, figure in enumerate(names):
            if figure in read and repr(read[figure]) != repr(now[figure]):
                said = read[figure]
                getattr(then, name)[t, i, k] = math.nan if said is None else said
