"""Paper trading over a stretch of the past: one ordinary cycle per bar, each with the clock at that bar's close."""

from collections.abc import Callable

from structlog.contextvars import bound_contextvars

from data.journal import Journal
from models.types import BadInput
from tasks.ports import Checkpoint
from tasks.session.book import configured_book
from tasks.session.cycle import Cycle, run_cycle
from tasks.session.desk import Desk
from tasks.session.ordering.broker import Broker
from tasks.session.parity import Parity, hold_against_backtest
from tasks.session.predicting.awaiting import complete_words
from tasks.session.remembered import remembering, remembering_regimes


def run_stretch(
    desk: Desk,
    journal: Journal,
    broker_at: Callable[[Desk], Broker],
    checkpoint: Checkpoint,
    as_of: int,
    bars: int,
) -> list[Cycle]:
    """The last `bars` bars that had closed by `as_of` (UTC microseconds), bar by bar.

    `broker_at` gives the broker that works by a desk's clock. Run again after an interruption it goes on with the
    newest bar that was decided.

    Raises:
        BadInput: the lake has no bar that old.
        Refused: the book has already decided for a bar after the last of them.
    """
    moments = decision_moments(desk, as_of, bars)
    last = journal.last_decision(configured_book(desk).name)
    left = [moment for moment, bar in moments.items() if last is None or bar >= last.bar]
    complete_words(desk.at(as_of))
    desks = [desk.at(moment) for moment in left or list(moments)[-1:]]
    return [run_cycle(one, journal, broker_at(one), checkpoint) for one in desks]


def replay(
    desk: Desk, journal: Journal, broker_at: Callable[[Desk], Broker], bars: int, advance: Callable[[int, int], None]
) -> Parity:
    """Paper trading over the book's last `bars` bars in an empty `journal`, held against the backtest.

    `advance` is told how many of how many bars are done.

    Raises:
        BadInput: `bars` is below 1, or the lake has fewer.
    """
    if bars < 1:
        raise BadInput(f"found {bars} bars to replay; give 1 or more")
    moments = list(decision_moments(desk, desk.clock.now(), bars))
    if len(moments) < bars:
        raise BadInput(f"found {bars} bars to replay, the lake has {len(moments)} of the book; give that or fewer")
    complete_words(desk)
    reader = remembering_regimes(remembering(desk), configured_book(desk))
    for done, moment in enumerate(moments):
        advance(done, bars)
        at = reader.at(moment)
        with bound_contextvars(replayed=True):
            run_cycle(at, journal, broker_at(at), lambda _: None)
    advance(bars, bars)
    return hold_against_backtest(desk, journal)


def decision_moments(desk: Desk, as_of: int, bars: int) -> dict[int, int]:
    """Closes of the last `bars` bars of the book that had closed by `as_of`, each with the open of its newest bar;
    UTC microseconds, ascending.
    """
    found: dict[int, int] = {}
    for one in configured_book(desk).series:
        opens = desk.bars.read(one, known_by=as_of).ts[-bars:]
        for moment, ts in zip(desk.closes(one, opens).tolist(), opens.tolist(), strict=True):
            found[moment] = max(ts, found.get(moment, ts))
    if not found:
        raise BadInput("the lake has no bar that had closed by then; give a later --as-of or import older bars")
    return {moment: found[moment] for moment in sorted(found)[-bars:]}
