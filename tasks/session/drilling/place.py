"""A home that is there for a drill only, seen by its journal."""

from dataclasses import dataclass
from pathlib import Path

from data.journal import GUARDIAN, AuditKind, AuditLog, Entry, Heartbeats, Journal, JournalPlace, OrderLog, StopFlag
from models.types import Unavailable
from models.types.wire import OrderState
from tasks.adapters.clocks import SystemClock
from tasks.session.drilling.processes import Child, Processes, until

# That a process may take to begin, on a machine that has other things to do.
BEGINS_S = 90.0


@dataclass(frozen=True, slots=True)
class Place:
    """One home of a drill."""

    home: Path
    journal: Journal
    processes: Processes

    @property
    def stop(self) -> StopFlag | None:
        """The emergency stop."""
        return self.journal.stop()

    def entries_in_chain(self, kind: AuditKind) -> list[Entry]:
        """Rows of the audit chain, which is as it was written."""
        return AuditLog(self.journal.engine).entries((kind,))

    def is_cancelled(self, cids: list[str]) -> bool:
        """Whether each of the orders is over without a fill, and the chain has it."""
        log = OrderLog(self.journal.engine)
        orders = [log.order(cid) for cid in cids]
        told = {cid for one in self.entries_in_chain(AuditKind.CANCELLED) for cid in one.detail["cancelled"]}
        return told >= set(cids) and all(one is not None and one.state is OrderState.CANCELED for one in orders)

    def watched(self) -> Child:
        """A guardian that has given its first sign of life.

        Raises:
            Unavailable: there is none.
        """
        child = self.processes.begin(self.home, "tasks.guardian")
        until(lambda: self._is_heard(child), BEGINS_S, "the guardian's first sign of life")
        return child

    def _is_heard(self, guardian: Child) -> bool:
        if guardian.process.poll() is not None:
            raise Unavailable(f"the guardian ended with {guardian.process.returncode}: {guardian.trouble()}")
        beat = Heartbeats(self.journal.engine).last(GUARDIAN)
        is_its = beat is not None and beat.holder.pid == guardian.process.pid
        return is_its and beat is not None and not beat.is_late(SystemClock().now())


def place_at(home: Path, processes: Processes) -> Place:
    """The home, whose journal is made where there is none."""
    return Place(home, JournalPlace(home / "state").open(), processes)
