"""Names that a scenario may use."""

from collections.abc import Iterable

from conf.scenarios.values import Known
from conf.schema import Settings


def known_names(settings: Settings, symbols: Iterable[str] = ()) -> Known:
    """Everything that the settings name, and `symbols` beside; a file of scenarios may list more itself."""
    trading, venues = settings.trading, settings.venues.values()
    named = {*trading.symbols, trading.haven, *settings.risk.symbols, *symbols}
    for venue in venues:
        named |= {*venue.instruments, *venue.files, venue.leader, venue.index}
    return Known(frozenset(filter(None, named)), frozenset(settings.risk.asset_classes), frozenset(settings.venues))
