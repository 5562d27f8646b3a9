"""A market folded bar by bar, the state carried as the journal keeps it."""

import json
from collections.abc import Iterator

import numpy as np
from drawn_markets import Books, Market
from panel_rows import rows_of

from models.engine import Panel, Run, State, run_backtest


def bar_by_bar(market: Market | Books) -> Iterator[Run]:
    """One run for each row of the panel, each with the state at its close."""
    state, packed = market.start(), market.parameters()
    for t in range(len(market.panel.ts)):
        run = run_backtest(row_of(market.panel, t), packed, state)
        state = stored(run.state.copy())
        yield run


def row_of(panel: Panel, t: int) -> Panel:
    """One moment; finer bars stand where they stood."""
    return rows_of(panel, slice(t, t + 1))


def stored(state: State) -> State:
    """There and back through the text of a journal, which has no NaN."""
    arrays = [getattr(state, name).tolist() for name in State.__slots__]
    return State(*(np.array(one) for one in json.loads(json.dumps(arrays, allow_nan=False))))
