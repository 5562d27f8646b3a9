"""What a drill has found, and how it is kept in the audit chain."""

from dataclasses import asdict, dataclass

from data.journal import AuditKind, AuditLog, Entry, Journal
from models.types import iso

WHO = "drill"


@dataclass(frozen=True, slots=True)
class Step:
    """One step: the seconds that it took, and those that it may take; `why` says what was found."""

    name: str
    seconds: float
    limit: float
    passed: bool
    why: str


@dataclass(frozen=True, slots=True)
class Drill:
    """A whole drill; `at` is when it began, UTC microseconds."""

    at: int
    steps: tuple[Step, ...]

    @property
    def passed(self) -> bool:
        """Whether every step did; a drill without steps has shown nothing."""
        return bool(self.steps) and all(one.passed for one in self.steps)

    @property
    def sentence(self) -> str:
        """For people."""
        failed = [f"{one.name} ({one.why})" for one in self.steps if not one.passed]
        if failed:
            return f"failed: {'; '.join(failed)}"
        return f"all {len(self.steps)} steps passed" if self.passed else "nothing was drilled"

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {"at": iso(self.at), "passed": self.passed, "steps": [asdict(one) for one in self.steps]}

    def markdown(self) -> str:
        """A table of the steps."""
        rows = [
            f"| {one.name} | {one.seconds:.1f} | {one.limit:g} | {'yes' if one.passed else '**no**'} | {one.why} |"
            for one in self.steps
        ]
        head = ["| step | seconds | at most | passed | found |", "|---|---:|---:|---|---|"]
        return "\n".join([f"Drill of {iso(self.at)}: {self.sentence}.", "", *head, *rows])


def record(drill: Drill, journal: Journal) -> None:
    """Into the audit chain; one that failed is an alert as well.

    Raises:
        Unavailable: the journal cannot be written.
    """
    detail = {"passed": drill.passed, "steps": [asdict(one) for one in drill.steps]}
    AuditLog(journal.engine).append(Entry(AuditKind.DRILLED, "", WHO, drill.sentence, detail, drill.at))
    if not drill.passed:
        text = f"the drill of the guardian {drill.sentence}; say keel drill again, and trade nothing until it passes"
        journal.raise_alert(f"drill {drill.at}", "critical", text, drill.at)


def last_drill(journal: Journal) -> Drill | None:
    """The newest one in the audit chain, None where there never was one.

    Raises:
        Damaged: the chain is not as it was written.
    """
    entries = AuditLog(journal.engine).entries((AuditKind.DRILLED,))
    return Drill(entries[-1].at, tuple(Step(**one) for one in entries[-1].detail["steps"])) if entries else None
