"""Rows of a journal that earn a line its stages: what each asks for, on the pages where the product looks for it."""

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import Connection, insert

from conf import Settings, load
from data.journal import (
    AuditKind,
    AuditLog,
    Carried,
    Entry,
    Holder,
    Journal,
    SessionEvent,
    SessionKind,
    SessionLog,
    SessionRun,
    open_journal,
)
from data.journal.tables import config_versions, decisions, fills, intents, orders
from models.portfolio import Account, Position
from models.stages import Standing
from models.types import Stage
from models.types.timeframes import DAY, HOUR, bar_micros
from tasks.session.book import book_name, line_of
from tasks.session.deciding import decision_id
from tasks.session.release import release_id
from tasks.session.staging import look, phrase_of, promote

EQUITY, CASH = (Account._fields.index(name) for name in ("equity", "cash"))
SECOND = 1_000_000
VERSION = "made"
SYSTEM = "swing"
WON, LOST = 0.006, -0.003
SLACK_DAYS = 2
EARNED_AT = 1_749_500_000_000_000
HOLDER = Holder("here", "boot", 1, 1)
PLAIN = Carried({SYSTEM: [0.0] * len(Account._fields)}, {SYSTEM: {}}, {SYSTEM: {}}, {})


@dataclass(frozen=True, slots=True)
class Shown:
    """What a book of `stage` shows in `days` days from `first` (UTC microseconds) on, two decisions and a trade a day.

    Attributes:
        lost_every: so many trades and one is a loss.
        release: under which it was decided; None: nobody put their name to it.
        gap_bps: of the gap report at its end; None: there is none.
    """

    stage: Stage
    first: int
    days: int
    capital: float = 1000.0
    lost_every: int = 3
    won: float = WON
    lost: float = LOST
    release: str | None = ""
    gap_bps: float | None = 1.0
    carried: Carried = PLAIN


def settings_with(**changed: object) -> Settings:
    """Of a book of one symbol at Binance."""
    flags = {
        "stage": "paper",
        "trading.venue": "binance",
        "trading.symbols": ["BTC/USDT"],
        "trading.haven": None,
        "trading.timeframe": "1h",
        "trading.capital": 1000.0,
    }
    return load(flags | {name.replace("__", "."): value for name, value in changed.items()}).settings


def earned_journal(folder: Path, goal: Standing, rungs: tuple[float, ...] | None = None) -> Journal:
    """A journal below the new folder, in which the line of `settings_with` has earned the goal at EARNED_AT, by the
    shipped rungs or by `rungs`.
    """
    shutil.copytree(_earned_once(goal.stage, goal.rung, rungs).name, folder)
    return open_journal(folder / "journal.sqlite")


@cache
def _earned_once(stage: Stage, rung: int, rungs: tuple[float, ...] | None) -> "TemporaryDirectory[str]":
    folder = TemporaryDirectory()
    journal = open_journal(Path(folder.name) / "journal.sqlite")
    changed = {} if rungs is None else {"risk__ladder__rungs": list(rungs)}
    earn(journal, settings_with(**changed), Standing(stage, rung), EARNED_AT)
    journal.engine.dispose()
    return folder


def earn(journal: Journal, settings: Settings, goal: Standing, now: int, carried: Carried = PLAIN) -> None:
    """The configured line earns the goal just before `now` (UTC microseconds), by promotions of the product itself."""
    spans = [_days(settings, Stage(stage), rung) for stage, rung in _below(goal)]
    at = now - sum(spans) * DAY - HOUR
    for (stage, _), days in zip(_below(goal), spans, strict=True):
        show(journal, settings, Shown(stage, at, days - SLACK_DAYS // 2, carried=carried))
        at += days * DAY
        promote_now(journal, settings, at)


def promote_now(journal: Journal, settings: Settings, at: int) -> None:
    """A person promotes the configured line one step."""
    seen = look(journal, settings, at)
    assert seen.following is not None, [one.text for one in seen.verdicts if not one.passed]
    promote(journal, settings, "anna", "it is earned", phrase_of(seen.line, seen.following), at)


def show(journal: Journal, settings: Settings, shown: Shown) -> None:
    """Write what the book shows."""
    line, book = line_of(settings), book_name(shown.stage.value, line_of(settings))
    step = bar_micros(settings.trading.timeframe)
    symbol = settings.trading.symbols[0]
    equity, moments = shown.capital, []
    with journal.engine.begin() as connection:
        _write_version(connection)
        for day in range(shown.days):
            start = (shown.first + day * DAY) // step * step + step
            grown = equity * (1.0 + (shown.lost if day % shown.lost_every == shown.lost_every - 1 else shown.won))
            entered = Made(book, symbol, start, shown.carried, equity, equity)
            left = Made(book, symbol, start + 2 * step, shown.carried, equity, grown)
            entered.write(connection, "ENTRY", 0.0)
            left.write(connection, "EXIT", grown - equity)
            equity = grown
            moments += [entered, left]
    if shown.release is not None:
        _witness(journal, settings, shown, moments)
    if shown.gap_bps is not None:
        write_gap(journal, line, book, shown.gap_bps, moments[-1].decided_at + SECOND)


@dataclass(frozen=True, slots=True)
class Made:
    """A decision for one bar, with an order for one trade and its fill on that bar."""

    book: str
    symbol: str
    bar: int
    carried: Carried
    before: float
    after: float

    @property
    def decided_at(self) -> int:
        return self.bar + bar_micros(self.book.split("|")[2]) + SECOND

    @property
    def id(self) -> str:
        return decision_id(self.book, self.bar)

    def write(self, connection: Connection, leg: str, profit: float) -> None:
        outcome = {"regimes": {}, "refused": [], "held": {}}
        row = {
            "id": self.id,
            "book": self.book,
            "bar": self.bar,
            "decided_at": self.decided_at,
            "config_version": VERSION,
            "models": "{}",
            "inputs": "{}",
            "outcome": json.dumps(outcome),
            "state_before": json.dumps(asdict(worth(self.carried, self.before))),
            "state_after": json.dumps(asdict(worth(self.carried, self.after))),
        }
        connection.execute(insert(decisions), row)
        self._write_trade(connection, leg, profit)

    def _write_trade(self, connection: Connection, leg: str, profit: float) -> None:
        cid, side = f"{self.id}-0", 1.0 if leg == "ENTRY" else -1.0
        common = {"system": SYSTEM, "specialist": "trending", "symbol": self.symbol, "regime": "TRENDING"}
        reason = "ENTER_EDGE" if leg == "ENTRY" else "EXIT_EDGE"
        connection.execute(
            insert(intents),
            common
            | {"cid": cid, "decision_id": self.id, "position": 0, "bar": self.bar, "quantity": repr(side)}
            | {"price": "100.0", "reason": reason, "bound": "KELLY", "edge_bps": "10.0", "part": "1.0"},
        )
        connection.execute(
            insert(orders), {"cid": cid, "broker": "paper", "status": "filled", "placed_at": self.decided_at}
        )
        connection.execute(
            insert(fills),
            common
            | {"cid": cid, "broker": "paper", "trade_id": f"paper-{cid}", "filled_at": self.bar, "quantity": repr(side)}
            | {"price": repr(100.0 + max(profit, 0.0)), "fee": "0.0", "leg": leg, "model": "", "slip": "0.0"}
            | {"realised": repr(profit)},
        )


def worth(carried: Carried, equity: float) -> Carried:
    """The same with an account of so much."""
    (first, *others) = carried.accounts
    figures = list(carried.accounts[first])
    figures[EQUITY], figures[CASH] = equity, equity
    nothing = {name: _emptied(carried.accounts[name]) for name in others}
    return replace(carried, accounts={first: figures, **nothing})


def show_one_position(journal: Journal, settings: Settings) -> None:
    """The configured book holds one unit that an order of it opened, and nothing of it stands at a venue."""
    book, symbol = book_name(settings.stage, line_of(settings)), settings.trading.symbols[0]
    held = [0.0] * len(Position._fields)
    held[Position._fields.index("quantity")] = 1.0
    carried = replace(PLAIN, positions={SYSTEM: {symbol: held}})
    with journal.engine.begin() as connection:
        _write_version(connection)
        Made(book, symbol, EARNED_AT // HOUR * HOUR, carried, 1000.0, 1000.0).write(connection, "ENTRY", 0.0)


def write_gap(journal: Journal, line: str, book: str, bps: float, at: int, beyond: bool = False) -> None:
    """What the nightly gap report leaves."""
    parts = dict.fromkeys(("traded", "total", "data", "signal", "timing", "fill", "fee"), 0.0)
    detail = {"book": book, "first": 0, "last": 0, "bps": bps, "limit_bps": 50.0, "beyond": beyond, **parts}
    AuditLog(journal.engine).append(Entry(AuditKind.GAP, line, "keel", "nightly", detail, at))


def _emptied(figures: list[float]) -> list[float]:
    changed = list(figures)
    changed[EQUITY] = changed[CASH] = 0.0
    return changed


def _witness(journal: Journal, settings: Settings, shown: Shown, moments: list[Made]) -> None:
    log, release = SessionLog(journal.engine), shown.release or release_id()
    began = moments[0].decided_at
    run = SessionRun("scheduled", moments[0].book, shown.stage.value, "1000.0", release, HOLDER, began, began)
    session = log.begin(run)
    log.end(session, "scheduled cycles", began)
    log.note_all([SessionEvent(session, one.decided_at + 1, SessionKind.DECIDED, "cycle", one.bar) for one in moments])


def _write_version(connection: Connection) -> None:
    row: Mapping[str, object] = {"version": VERSION, "tree": "{}", "first_seen": 0}
    connection.execute(insert(config_versions).prefix_with("OR IGNORE"), dict(row))


def _below(goal: Standing) -> list[tuple[Stage, int]]:
    steps = [(one, 0) for one in Stage if one is not Stage.LIVE and one.rank < goal.stage.rank]
    return steps + [(Stage.LIVE, rung) for rung in range(1, goal.rung)]


def _days(settings: Settings, stage: Stage, rung: int) -> int:
    if stage is Stage.LIVE:
        days = settings.stages.money.rung_days
        return int(days[min(rung, len(days)) - 1]) + SLACK_DAYS
    asked = getattr(settings.stages, stage.value)
    return int(max(asked.least_days, asked.least_trades)) + SLACK_DAYS
