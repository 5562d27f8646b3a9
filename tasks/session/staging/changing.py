"""What a promotion or demotion did, as a value."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from data.journal import Entry
from models.stages import Demoted, Standing, Step, replayed
from models.types import iso


@dataclass(frozen=True, slots=True)
class Changed:
    """A step that was written.

    Attributes:
        number: of its row in the audit chain.
        cause: of a demotion, else empty.
        dossier: its file, None for a journal that is no file.
    """

    line: str
    before: Standing
    after: Standing
    cause: str
    who: str
    why: str
    at: int
    number: int
    dossier: Path | None

    @property
    def sentence(self) -> str:
        """For people."""
        is_down = self.after.height < self.before.height
        verb = "demoted" if is_down else "promoted"
        because = f" for {self.cause}" if self.cause else ""
        return f"{self.line} was {verb} from {self.before} to {self.after}{because} by {self.who}: {self.why}"

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "line": self.line,
            "from": str(self.before),
            "to": str(self.after),
            "cause": self.cause or None,
            "who": self.who,
            "why": self.why,
            "at": iso(self.at),
            "audit": self.number,
            "dossier": None if self.dossier is None else str(self.dossier),
        }


def changed_by(written: Entry, step: Step, dossier: Path | None) -> Changed:
    """Of the row of the audit chain that says so."""
    cause = step.cause.value if isinstance(step, Demoted) else ""
    number = 0 if written.id is None else written.id
    return Changed(step.line, step.before, step.after, cause, step.who, step.why, step.at, number, dossier)


def require_replayed(line: str, steps: Sequence[Step]) -> None:
    """What is about to be written is what will be believed.

    Raises:
        Damaged: it is not.
    """
    replayed(steps, line)
