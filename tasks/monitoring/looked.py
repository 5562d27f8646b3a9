"""Samples from one look at the running system."""

from collections.abc import Iterator

from models.types import Level, Regime
from tasks.monitoring.samples import Sample
from tasks.session.overview import Overview, StopNow

# Specialists have the names of their regimes.
REGIMES = tuple(one.name.lower() for one in Regime)
# Above every level that a breaker knows: nothing but a person's release ends it.
EMERGENCY = len(Level)
NEWS = "news/"
PERCENT = 100.0


def looked(view: Overview) -> Iterator[Sample]:
    """What is not known has no sample: Prometheus then shows a gap, never a zero."""
    yield from _account(view)
    yield from _symbols(view)
    yield from _holdings(view)
    yield from _earned(view)
    yield from _parts(view)
    yield from _sources(view)
    yield from _models(view)


def stop_level(stopped: bool, stops: tuple[StopNow, ...]) -> int:
    """The highest stop in force: that of a level, or above them all the emergency stop."""
    levels = [EMERGENCY if one.breaker.lower() == "emergency" else _level(one.level) for one in stops]
    return max([int(stopped), *levels])


def _level(name: str) -> int:
    """One that this Keel does not know stops as well."""
    return int(Level.__members__.get(name.upper(), Level.PAUSE))


def _account(view: Overview) -> Iterator[Sample]:
    book = (view.book,)
    known = {
        "keel_equity_usd": view.equity,
        "keel_drawdown_ratio": view.drawdown,
        "keel_account_var_pct": _percent(view.var, view.equity),
        "keel_stopped": float(view.stopped),
        "keel_stop_level": float(stop_level(view.stopped, view.stops)),
    }
    yield from (Sample(name, book, value) for name, value in known.items() if value is not None)
    stage = view.stage if view.standing is None else view.standing.in_force
    yield Sample("keel_stage_info", (view.book, stage, view.stage), 1.0)
    for one in view.limits:
        if one.used is not None:
            yield Sample("keel_limit_used_ratio", (view.book, one.system, one.name), one.used)


def _symbols(view: Overview) -> Iterator[Sample]:
    for one in view.regimes:
        for name in REGIMES:
            yield Sample("keel_regime", (view.book, one.symbol, name), float(one.regime.lower() == name))
        if one.confidence is not None:
            yield Sample("keel_regime_confidence", (view.book, one.symbol), one.confidence)
    for seat in view.in_charge:
        for name in REGIMES if seat.specialist is None else dict.fromkeys((*REGIMES, seat.specialist)):
            labels = (view.book, seat.system, seat.symbol, name)
            yield Sample("keel_in_charge", labels, float(seat.specialist == name))
    for symbol, edge in edges(view).items():
        yield Sample("edge_blended_bps", (view.book, symbol), edge)


def edges(view: Overview) -> dict[str, float]:
    """The newest decision's blended edge by symbol, basis points; without those for which nobody spoke."""
    said: dict[str, float | None] = {one.symbol: one.edge_bps for one in view.in_charge}
    if view.decisions:
        said |= view.decisions[0].edges_bps
    return {symbol: edge for symbol, edge in said.items() if edge is not None}


def _holdings(view: Overview) -> Iterator[Sample]:
    risks: dict[str, float] = {}
    for one in view.holdings:
        yield Sample("position_size_usd", (view.book, one.system, one.symbol), one.value)
        share = _percent(one.var, view.equity)
        if share is not None:
            risks[one.symbol] = risks.get(one.symbol, 0.0) + share
    yield from (Sample("var_pct", (view.book, symbol), share) for symbol, share in risks.items())


def _earned(view: Overview) -> Iterator[Sample]:
    if view.profit is not None:
        yield Sample("keel_profit_usd", (view.book, "book", view.book), view.profit)
    if view.earned:
        closed = sum(one.trades for one in view.earned if one.of == "system")
        yield Sample("keel_trades_total", (view.book,), float(closed))
    for one in view.earned:
        yield Sample("keel_profit_usd", (view.book, one.of, one.name), one.profit)
        if one.of == "regime" and one.win_rate is not None:
            yield Sample("keel_win_ratio", (view.book, one.name), one.win_rate)


def _parts(view: Overview) -> Iterator[Sample]:
    parts = {one.name: (one.required, one.ok) for one in view.parts}
    for name in view.missing:
        parts.setdefault(name, (False, False))
    for name, (required, well) in parts.items():
        yield Sample("keel_component_up", (name, "yes" if required else "no"), float(well))
    yield Sample("keel_available", (), float(all(well for required, well in parts.values() if required)))


def _sources(view: Overview) -> Iterator[Sample]:
    for one in view.feeds:
        if one.feed.startswith(NEWS):
            yield Sample("keel_news_source_up", (one.feed.removeprefix(NEWS),), float(one.ok))
            continue
        yield Sample("keel_feed_up", (one.feed,), float(one.ok))
        if one.age_seconds is not None:
            yield Sample("keel_feed_age_seconds", (one.feed,), one.age_seconds)
    for bars in view.bars:
        if bars.age_seconds is not None:
            yield Sample("keel_bar_age_seconds", (bars.venue, bars.symbol, bars.timeframe), bars.age_seconds)


def _models(view: Overview) -> Iterator[Sample]:
    for one in view.models:
        if one.age_days is not None:
            yield Sample("keel_model_age_days", (one.series, one.model), one.age_days)
        yield Sample("keel_model_stale", (one.series, one.model), float(one.why is not None))


def _percent(part: float | None, whole: float | None) -> float | None:
    return None if part is None or whole is None or whole <= 0.0 else PERCENT * part / whole
