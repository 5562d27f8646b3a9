"""What `keel status` says: is trading stopped, and is each part well."""

from collections.abc import Callable
from dataclasses import asdict, dataclass

from data.journal import Journal
from models.types import Damaged, KeelError
from tasks.adapters.servers import Component
from tasks.session.desk import Desk


@dataclass(frozen=True, slots=True)
class Health:
    """`stopped` with its `reason` by the journal's flag; an unreadable journal counts as stopped."""

    stopped: bool
    reason: str | None
    stage: str
    components: tuple[Component, ...]

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return asdict(self)


def health_of(desk: Desk, open_journal: Callable[[], Journal], servers: list[Component]) -> Health:
    """Ask journal and lake, and put everything together."""
    try:
        stopped = open_journal().stop_reason()
        journal = Component("journal", True, "opens and passes its check")
    except KeelError as error:
        stopped = str(error)
        journal = Component("journal", False, stopped)
    damaged = [f"{path}: {why}" for path, why in _damaged(desk)]
    lake = Component("lake", not damaged, "; ".join(damaged) or f"{len(list(desk.lake.series()))} series, all sound")
    return Health(stopped is not None, stopped, desk.loaded.settings.stage, (*servers, journal, lake))


def _damaged(desk: Desk) -> list[tuple[object, str]]:
    try:
        return list(desk.bars.damaged())
    except Damaged as error:
        return [("manifest", str(error))]
