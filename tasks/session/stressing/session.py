"""A stress test from end to end: run, act where that is asked for, keep."""

from collections.abc import Callable
from dataclasses import dataclass

from data.journal import Journal
from models.types import BadInput
from tasks.ports import Tracker
from tasks.session.desk import Desk
from tasks.session.stressing.acting import Response, act_on_breach
from tasks.session.stressing.publishing import Published, publish, together
from tasks.session.stressing.report import StressReport
from tasks.session.stressing.running import Advance, Request, stress


@dataclass(frozen=True, slots=True)
class StressRun:
    """What was found, what was done about it (None: nobody asked for that), and where it is kept."""

    report: StressReport
    response: Response | None
    files: Published

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        kept = {"page": str(self.files.page), "figures": str(self.files.figures)}
        return together(self.report, self.response) | kept


def run_stress_test(
    desk: Desk,
    journal: Journal | None,
    tracker: Tracker,
    request: Request,
    act: bool,
    advance: Advance,
    say: Callable[[str], None],
) -> StressRun:
    """Run what is asked for; with `act` (which wants a journal) a breach is acted on before anything is kept.

    Raises:
        BadInput: see `stress`; or less than two scenarios were to be run together.
        Refused, Damaged: see `stress`.
        Unavailable: a file cannot be written.
    """
    if request.together and len(request.scenarios) < 2:
        raise BadInput(f"found --together with {len(request.scenarios)} scenarios; name two or more with --scenario")
    report = stress(desk, journal, request, advance)
    response = act_on_breach(desk, journal, report, say) if act and journal is not None else None
    return StressRun(report, response, publish(desk, tracker, report, response, say))
