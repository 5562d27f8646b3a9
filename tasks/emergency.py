"""The rest of `keel stop` and `keel flatten`, after the file: journal and audit chain, entries, positions.

Each part is tried, and says so where it cannot be done; none of them ends the others.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from conf import home, stage_said
from data.journal import Journal, OrderLog, RiskEvent, RiskKind, RiskLog
from models.types import BadInput, Breaker, Damaged, KeelError, Level, Unavailable
from tasks.bootstrap import build_writing, desk_in_force, emergency_desk, journal_place
from tasks.session.book import book_name, line_of
from tasks.session.desk import Desk
from tasks.session.emergency import (
    Flattened,
    Part,
    Withdrawn,
    at_work,
    books_at_risk,
    cover_positions,
    flatten_positions,
    told_covered,
    told_flattened,
    told_withdrawn,
    venue_of,
    withdraw_entries,
)
from tasks.session.emergency.books import places_held
from tasks.session.ordering.desk import OrderDesk
from tasks.session.parameters import is_live
from tasks.stopping import FirstAct

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was done, part by part; what is not known is None."""

    stage: str | None
    parts: tuple[Part, ...]
    withdrawn: Withdrawn | None = None
    flattened: Flattened | None = None


def go_on(act: FirstAct, warn: Warn) -> Outcome:
    """Write the flag's row, take back every entry, and where the flag says so sell what the configured book holds and
    every other book of real money.
    """
    said = Part("file", act.stands is not None, act.trouble or f"{act.file} is written")
    journal, row = _set_row(act)
    if journal is None:
        return Outcome(_stage(), (said, row, Part("entries", row.ok, row.why)))
    level = Level[act.asked.level]
    try:
        desk = None if _has_nothing_to_do(journal, level) else desk_in_force(journal, {}, warn)
    except (KeelError, OSError) as error:
        trouble = Part("entries", False, f"the venues cannot be asked by this configuration: {error}")
        return Outcome(_stage(), (said, row, trouble))
    if desk is None:
        return Outcome(_stage(), (said, row, told_withdrawn(Withdrawn())), Withdrawn())
    return _at_venues(act, desk, journal, (said, row), level)


def _set_row(act: FirstAct) -> tuple[Journal | None, Part]:
    """(the journal, None where there is none or it cannot be used; whether the flag is in it)."""
    try:
        place = journal_place(home())
        if not place.exists():
            return None, Part("journal", False, _no_journal(act))
        journal = place.open()
        journal.set_stop(act.asked.reason, act.asked.at, Level[act.asked.level], act.asked.who)
    except KeelError as error:
        return None, Part("journal", False, f"{error}; the file stops trading by itself")
    return journal, Part("journal", True, "the flag is in the journal and its audit chain")


def _no_journal(act: FirstAct) -> str:
    named = f"KEEL_HOME is {os.environ['KEEL_HOME']}" if os.environ.get("KEEL_HOME") else "KEEL_HOME is not set"
    return (
        f"there is no journal in {act.file.parent}: {named}, and only a trader of {home()} heeds this stop. One with "
        "another home goes on: set KEEL_HOME to that and say it again"
    )


def _has_nothing_to_do(journal: Journal, level: Level) -> bool:
    log = OrderLog(journal.engine)
    is_waiting = any(one.role.opens for one in log.live_orders())
    return level < Level.FLATTEN and not is_waiting and not places_held(journal, log)


def _at_venues(act: FirstAct, desk: Desk, journal: Journal, before: tuple[Part, ...], level: Level) -> Outcome:
    stage: str = desk.loaded.settings.stage
    try:
        with at_work(emergency_desk(desk, journal), build_writing(desk.loaded.settings.execution, journal)) as orders:
            if level < Level.FLATTEN:
                withdrawn = withdraw_entries(orders)
                parts = *before, told_withdrawn(withdrawn), *_stops(orders, journal)
                return Outcome(stage, parts, withdrawn)
            told, found = _sell_out(act, desk, journal, orders)
            withdrawn = _joined(found) if found else withdraw_entries(orders)
        parts = (*before, told_withdrawn(withdrawn), *told)
        sold, left = [one for each in found for one in each.sold], [one for each in found for one in each.left]
        return Outcome(stage, parts, withdrawn, Flattened(withdrawn, tuple(sold), tuple(left)) if found else None)
    except KeelError as error:
        name = "entries" if level < Level.FLATTEN else "positions"
        return Outcome(stage, (*before, Part(name, False, f"{error}; whoever has the orders acts on the flag itself")))


def _stops(orders: OrderDesk, journal: Journal) -> list[Part]:
    """Of what is held with real money: what was filled of an entry has no stop yet."""
    found = cover_positions(orders, journal)
    return [told_covered(found)] if found.protections or not found.is_done else []


def _sell_out(act: FirstAct, desk: Desk, journal: Journal, orders: OrderDesk) -> tuple[list[Part], list[Flattened]]:
    """The configured book and every other of real money that is not flat; of each its part, and what was sold of it.

    The next decision of each sells as well. On paper that is all: nobody sells between two bars.
    """
    mine, is_real = _book(desk), is_live(desk.loaded)
    homes = {mine: desk.loaded.settings.trading.venue} if is_real else {}
    homes |= {one.book: venue_of(one.book) for one in books_at_risk(orders, journal, mine)}
    told: list[Part] = []
    found: list[Flattened] = []
    for book in dict.fromkeys([mine, *homes]):
        name = "positions" if book == mine else f"positions of {book}"
        asked = act.asked
        held = RiskEvent(book, asked.at, RiskKind.FORCED, asked.who, asked.reason, Level.FLATTEN, Breaker.EMERGENCY)
        RiskLog(journal.engine).hold(held)
        if book not in homes:
            told.append(Part(name, True, "a paper account is sold by the book's next decision"))
            continue
        try:
            found.append(flatten_positions(orders, journal, book, homes[book], asked.who, asked.reason))
        except (BadInput, Damaged, Unavailable) as error:
            told.append(Part(name, False, f"not sold: {error}"))
        else:
            told.append(replace(told_flattened(found[-1]), name=name))
    return told, found


def _joined(found: Sequence[Flattened]) -> Withdrawn:
    """Entries of all books are taken back with each: what is left is what the last one left."""
    cancelled = tuple(one for each in found for one in each.withdrawn.cancelled)
    return replace(found[-1].withdrawn, cancelled=cancelled)


def _book(desk: Desk) -> str:
    return book_name(desk.loaded.settings.stage, line_of(desk.loaded.settings))


def _stage() -> str | None:
    try:
        said = stage_said()
    except KeelError:
        return None
    return None if said is None else str(said)
