"""Every limit that is counted over a whole account or system: what is found of it, and how much room is left."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from models.engine import System
from models.engine.accounts import room_of
from models.engine.state import ORDERED, QUANTITY, account_at
from models.risk import fallen
from tasks.session.book import Book
from tasks.session.riskdesk.marking import Marked


@dataclass(frozen=True, slots=True)
class Gauge:
    """One limit; `system` is empty for the account. Fractions of equity, or counts, as its setting has it.

    Attributes:
        source: layer, file and line that the limit comes from.
    """

    name: str
    system: str
    found: float
    limit: float
    source: str

    @property
    def room(self) -> float:
        """What is left before it binds or trips; negative beyond it."""
        return self.limit - self.found

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "name": self.name,
            "system": self.system,
            "found": self.found,
            "limit": self.limit,
            "room": self.room,
            "source": self.source,
        }


def gauges(marked: Marked) -> tuple[Gauge, ...]:
    """The account's limits in the order of their breakers, then those of each system; unlimited ones are left out."""
    return tuple(one for one in (*_of_account(marked), *_of_systems(marked)) if math.isfinite(one.limit))


def at_stops(marked: Marked) -> float:
    """What all positions and waiting entries would lose at their stops, quote currency; without a stop all of it."""
    return math.fsum(at_risk for _, at_risk in _taken(marked))


def _of_account(marked: Marked) -> Iterator[Gauge]:
    ladder, house, book = marked.after, marked.house, marked.held.book
    equity = marked.equity
    positions = float(((marked.book[:, QUANTITY] != 0.0) | (marked.book[:, ORDERED] != 0.0)).sum())
    value = math.fsum(value for value, _ in _taken(marked))
    for name, key, found, limit in (
        ("entries_drawdown", "entries_drawdown", fallen(equity, ladder.crest), house.entries_drawdown),
        ("daily_loss", "daily_loss", fallen(equity, ladder.day_start), house.daily_loss),
        ("weekly_loss", "weekly_loss", fallen(equity, ladder.week_start), house.weekly_loss),
        ("max_drawdown", "max_drawdown", fallen(equity, ladder.peak), house.max_drawdown),
        ("max_var", "max_var", marked.var / equity, house.max_var),
        ("halt_var", "halt_var", marked.var / equity, house.halt_var),
        ("max_positions", "max_positions", positions, house.max_positions),
        ("max_trades", "max_trades_per_day", ladder.trades, house.max_trades),
        ("max_capital", "max_capital", value, house.max_capital),
    ):
        limits = book.limits.account
        yield Gauge(name, "", found, limit, "" if limits is None else limits.winner(key).text)


def _of_systems(marked: Marked) -> Iterator[Gauge]:
    book = marked.held.book
    for system, (value, at_risk), equity in zip(
        book.parameters.systems, _taken(marked), marked.equities.tolist(), strict=True
    ):
        for name, found, limit in (
            ("max_leverage", value / equity, system.profile.max_leverage),
            ("max_portfolio_risk", at_risk / equity, system.profile.max_portfolio_risk),
        ):
            if name == "max_portfolio_risk" and not _has_stops(system):
                continue
            yield Gauge(name, system.name, found, limit, _system_place(book, system.name, name))


def _has_stops(system: System) -> bool:
    """Whether its positions have stops that a risk is measured to: what is held by its weight has none."""
    return any(math.isinf(rules.weight) for slot in system.slots if not slot.haven for rules in slot.rules)


def _taken(marked: Marked) -> list[tuple[float, float]]:
    """(value, loss at the stops) of what each system holds and waits for."""
    parameters, state = marked.held.book.parameters, marked.held.state
    found = []
    for k, (first, last) in enumerate(pairwise(parameters.firsts)):
        account = account_at(state.accounts, k)
        room = room_of(account, True, parameters.instruments, parameters.slots, marked.book, int(first), int(last))
        found.append((float(room.exposure), float(room.at_risk)))
    return found


def _system_place(book: Book, system: str, name: str) -> str:
    rows = [limits for (owner, _), limits in book.limits.rows.items() if owner == system]
    return rows[0].winner(name).text if rows else ""
