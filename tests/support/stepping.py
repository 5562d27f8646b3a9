"""A market folded bar by bar, the state carried as the journal keeps it."""

import json
from collections.abc import Iterator

import numpy as np
from drawn_markets import Books, Market

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
    columns = {name: getattr(panel, name)[t : t + 1] for name in Panel._fields if name != "finer"}
    return Panel(finer=panel.finer, **columns)


def stored(state: State) -> State:
    """There and back through the text of a journal, which has no NaN."""
    arrays = [state.accounts.tolist(), state.book.tolist(), state.records.tolist()]
    return State(*(np.array(one) for one in json.loads(json.dumps(arrays, allow_nan=False))))
