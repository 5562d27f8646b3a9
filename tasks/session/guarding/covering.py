"""Whether what is held has its stops, looked at now and then for as long as trading is stopped."""

from data.journal import Journal, OrderLog
from models.types.timeframes import MINUTE, SECOND
from tasks.session.emergency import cover_positions, places_held
from tasks.session.guarding.facts import Demand
from tasks.session.ordering.desk import Monotonic, OrderDesk

# Between two looks: where each stop rests, and where one is missing.
COVERED, BARE = MINUTE, 5 * SECOND


class Cover:
    """Remembers the last look; `bare` is what has no stop, by source."""

    def __init__(self, journal: Journal, monotonic: Monotonic) -> None:
        self._journal = journal
        self._monotonic = monotonic
        self._last: int | None = None
        self.bare: dict[str, str] = {}

    def is_due(self, demand: Demand) -> bool:
        """Whether it is time to look. Where nobody demands it a trader sees to its stops itself: that ends it.

        Raises:
            Damaged, Unavailable: the journal could not be read.
        """
        if not demand.protect:
            self._last, self.bare = None, {}
            return False
        if self._last is not None and self._monotonic() - self._last < (BARE if self.bare else COVERED):
            return False
        return bool(self.bare) or bool(places_held(self._journal, OrderLog(self._journal.engine)))

    def see_to(self, desk: OrderDesk) -> None:
        """Give each position its stop.

        Raises:
            Refused: this process is no longer the writer.
        """
        found = cover_positions(desk, self._journal)
        self._last = self._monotonic()
        self.bare = {f"stops of {book}": why for book, why in found.troubles.items()}
        self.bare |= {f"stop of {one.symbol} at {one.venue}": one.text for one in found.bare}
