"""Corporate actions come in, and bars are adjusted for them as of a moment."""

from collections.abc import Iterable
from dataclasses import dataclass

from models.actions import CorporateAction, adjust, combined, forward_adjusted
from models.types import Bars, Series, iso
from tasks.ports import ActionFeed
from tasks.session.desk import Desk


@dataclass(frozen=True, slots=True)
class ActionIntake:
    """What an intake of actions did at `venue`.

    Attributes:
        given: actions that came in, one a symbol, kind and ex-date.
        added: of them new.
        conflicts: of them in disagreement with another source; both are kept.
    """

    venue: str
    given: int
    added: int
    conflicts: tuple[CorporateAction, ...]

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "venue": self.venue,
            "given": self.given,
            "added": self.added,
            "conflicts": [{"action": str(one), "known_at": iso(one.known_at)} for one in self.conflicts],
        }


def take_in_actions(desk: Desk, venue: str, actions: Iterable[CorporateAction]) -> ActionIntake:
    """Bring the actions of one source into the lake; the same ones again change nothing.

    Raises:
        BadInput: the venue is not configured.
        Damaged: a symbol's stored actions do not match their checksum.
    """
    desk.venue(venue)
    whole = combined(actions)
    merge = desk.actions.merge(venue, whole)
    return ActionIntake(venue, len(whole), merge.added, merge.conflicts)


def ingest_actions(desk: Desk, series: Series, feed: ActionFeed | None) -> ActionIntake | None:
    """Bring the actions of the series' symbol up to date; None where nobody publishes any.

    All of them are asked for each time: a correction may concern any year.

    Raises:
        Unavailable: the source did not answer.
    """
    return None if feed is None else take_in_actions(desk, series.venue, feed.actions(series.symbol, None))


def adjusted_bars(desk: Desk, series: Series, as_of: int) -> Bars:
    """Bars of the series known at `as_of` (UTC microseconds), back-adjusted by what was known then: for display.

    Raises:
        BadInput: the lake has no such series.
        Damaged: stored data does not match its checksum.
    """
    bars = desk.bars.read(series, as_of)
    return adjust(bars, desk.closes(series, bars.ts), actions_of(desk, series), as_of)


def bars_for_features(desk: Desk, series: Series, bars: Bars) -> Bars:
    """Bars of the series as traded, forward-adjusted: total returns, and never another past.

    Raises:
        Damaged: stored actions do not match their checksum.
    """
    actions = actions_of(desk, series)
    # Most series have none, and a million bars times one take their time.
    return forward_adjusted(bars, desk.closes(series, bars.ts), actions) if actions else bars


def actions_of(desk: Desk, series: Series) -> tuple[CorporateAction, ...]:
    """Every version of every action of the series' symbol at its venue."""
    return desk.actions.read(series.venue, series.symbol)
