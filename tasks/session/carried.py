"""The state of a book with every figure under its owner's name: what a decision carries to the next one."""

import math
from collections.abc import Iterable, Iterator, Mapping

import numpy as np

from data.journal import Carried, Decision
from models.engine import State, first_state
from models.meta import RECORD
from models.portfolio import Account, Position
from models.risk import Ladder
from models.types import Damaged, Refused, Regime, iso
from tasks.session.book import Book

SPECIALISTS = tuple(one.name.lower() for one in Regime)


def carried_of(book: Book, state: State) -> Carried:
    """The state by its owners.

    Raises:
        Damaged: a figure of it is not finite.
    """
    carried = Carried(
        accounts=dict(zip(_systems(book), state.accounts.tolist(), strict=True)),
        positions={system: {} for system in _systems(book)},
        records={
            system: dict(zip(SPECIALISTS, rows, strict=True))
            for system, rows in zip(_systems(book), state.records.tolist(), strict=True)
        },
        ladder=dict(zip(Ladder._fields, state.ladder.tolist(), strict=True)),
    )
    for (system, symbol), row in zip(book.rows, state.book.tolist(), strict=True):
        carried.positions[system][symbol] = row
    unsound = ", ".join(_unsound(carried))
    if unsound:
        raise Damaged(
            f"the state of the book {book.name} holds figures that are no numbers ({unsound}); nothing was recorded, "
            "report this"
        )
    return carried


def _unsound(carried: Carried) -> Iterator[str]:
    """Every figure that is not finite, by its owner and name."""
    for system, account in carried.accounts.items():
        yield from _no_numbers(system, Account._fields, account)
        for symbol, position in carried.positions[system].items():
            yield from _no_numbers(f"{system} {symbol}", Position._fields, position)
        for specialist, record in carried.records[system].items():
            yield from _no_numbers(f"{system} {specialist}", range(RECORD), record)
    yield from _no_numbers("ladder", carried.ladder, list(carried.ladder.values()))


def _no_numbers(owner: str, names: Iterable[object], figures: list[float]) -> Iterator[str]:
    for name, figure in zip(names, figures, strict=True):
        if not math.isfinite(figure):
            yield f"{owner} {name}={figure}"


def state_of(book: Book, last: Decision | None) -> State:
    """The state that the book goes on from.

    Raises:
        Refused: its last decision was made by a Keel whose state had another shape, or for other systems and symbols.
    """
    if last is None:
        return first_state(book.parameters.systems)
    kept = last.state_after
    _require_figures(book, last)
    _require_owners(book, last)
    return State(
        ladder=np.array([kept.ladder[name] for name in Ladder._fields], np.float64),
        accounts=np.array([kept.accounts[system] for system in _systems(book)], np.float64),
        book=np.array([kept.positions[system][symbol] for system, symbol in book.rows], np.float64),
        records=np.array([[kept.records[system][one] for one in SPECIALISTS] for system in _systems(book)], np.float64),
    )


def _systems(book: Book) -> list[str]:
    return [one.name for one in book.parameters.systems]


def _require_figures(book: Book, last: Decision) -> None:
    kept = last.state_after
    found = {
        "account": _lengths(kept.accounts),
        "positions": {length for rows in kept.positions.values() for length in _lengths(rows)},
        "specialists": {length for rows in kept.records.values() for length in _lengths(rows)},
    }
    now = {"account": len(Account._fields), "positions": len(Position._fields), "specialists": RECORD}
    if any(found[name] != {length} for name, length in now.items()) or sorted(kept.ladder) != sorted(Ladder._fields):
        shown = ", ".join(f"{name} {sorted(found[name])}, now {length}" for name, length in now.items())
        shown += f", stops {len(kept.ladder)}, now {len(Ladder._fields)}"
        raise Refused(
            f"the book {book.name} last decided for {iso(last.bar)} with a Keel that kept other figures of its "
            f"account, positions, specialists and stops ({shown}), so it cannot go on from there; point KEEL_HOME to a "
            "new folder, where it begins with trading.capital"
        )


def _require_owners(book: Book, last: Decision) -> None:
    kept = last.state_after
    found = [(system, symbol) for system, rows in kept.positions.items() for symbol in rows]
    specialists = [list(one) for one in kept.records.values()]
    if sorted(found) != sorted(book.rows) or specialists != [list(SPECIALISTS)] * len(_systems(book)):
        was, now = (", ".join(" ".join(row) for row in rows) for rows in (found, book.rows))
        raise Refused(
            f"the book {book.name} last decided for {iso(last.bar)} with other systems ({was}; now {now}), so it "
            "cannot go on from there; restore systems and trading.haven as they were, or point KEEL_HOME to a new "
            "folder, where it begins with trading.capital"
        )


def _lengths(rows: Mapping[str, list[float]]) -> set[int]:
    return {len(row) for row in rows.values()}
