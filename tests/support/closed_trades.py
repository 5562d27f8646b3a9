"""Closed trades of which a test names only what matters to it."""

from dataclasses import replace

from models.portfolio.trades import Trade

PLAIN = Trade(
    symbol="BTC/USDT",
    entered=0,
    exited=3_600_000_000,
    quantity=1.0,
    entry_price=100.0,
    exit_price=101.0,
    profit=1.0,
    costs=0.25,
    leg="exit",
    reason="exit_edge",
    system="blend",
    specialist="trend",
    regime="trending",
    model="a1",
)


def closed(profit, **changes):
    return replace(PLAIN, profit=profit, **changes)


def closed_with(profits):
    return tuple(closed(float(profit), entered=n) for n, profit in enumerate(profits))
