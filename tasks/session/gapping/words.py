"""What the models say about the bars of a window now: by the versions that were routed then."""

import numpy as np

from data.journal import Decision
from models.risk.routing import speakers
from models.types import IntArray
from models.types.speakers import MODELS
from tasks.session.desk import Desk
from tasks.session.edges import Edges, edges_of
from tasks.session.gapping.then import hidden_then
from tasks.session.learning.speaking import Spoken, parents_said
from tasks.session.learning.versions import versions_in
from tasks.session.market import MarketView


def window_edges(desk: Desk, view: MarketView, decisions: list[Decision], first: int) -> Edges:
    """Edges of the view's bars from the one that opened at `first` on, nobody's before and after the decisions.

    A bar that was decided on is read by the versions that were routed for it; one that was not there, or on which
    nobody decided, by those of the decision before it.
    """
    ts, found = view.bars.ts, Edges.none(len(view.bars))
    texts = _texts(ts, view.series.symbol, decisions, first)
    for text in set(texts.values()) - {""}:
        versions = versions_in(text)
        rows = np.isin(ts, [bar for bar, one in texts.items() if one == text])
        spoken = Spoken({}, parents_said(desk, view, versions), {})
        made = edges_of(desk, view, spoken, np.broadcast_to(speakers(versions), (ts.size, len(MODELS))))
        for name in Edges.__slots__:
            getattr(found, name)[rows] = getattr(made, name)[rows]
    return found


def _texts(ts: IntArray, symbol: str, decisions: list[Decision], first: int) -> dict[int, str]:
    """The versions by bar, empty for nobody."""
    by_bar = {one.bar: one for one in decisions}
    before = next((one.models[symbol] for one in decisions if symbol in one.models), "")
    found = {}
    for bar in ts[(ts >= first) & (ts <= decisions[-1].bar)].tolist():
        decision = by_bar.get(bar)
        if decision is not None and not hidden_then(decision, symbol):
            before = decision.models.get(symbol, "")
            found[bar] = before
        else:
            found[bar] = decision.models.get(symbol, before) if decision is not None else before
    return found
