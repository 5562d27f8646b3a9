"""What follows when a scenario breaks the limit of the held book: an alert always, and the cuts by setting."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from data.journal import Alert, Journal, RiskEvent, RiskKind, RiskLog
from models.types import Breaker, Level, iso
from tasks.session.book import configured_book
from tasks.session.cycle import is_stale
from tasks.session.desk import Desk
from tasks.session.parameters import is_live
from tasks.session.stops import released_by
from tasks.session.stressing.report import Cut, Proposal, StressReport
from tasks.session.stressing.showing import beyond_text, proposal_sentence

WHO = "stress"
# What a person types to act on a proposal where the setting does not.
BY_HAND = "KEEL_STRESS__ON_BREACH=act"


class Deed(StrEnum):
    """What was done."""

    NOTHING = "nothing"
    PROPOSED = "proposed"
    ACTED = "acted"
    STANDS = "stands"
    ALERTED = "alerted"


@dataclass(frozen=True, slots=True)
class Response:
    """What was done about a breach, and why.

    Attributes:
        deed: NOTHING: no scenario breaks the limit; PROPOSED: a person has to act; ACTED: `events` were journaled, and
            the book's next decision acts on them; STANDS: all of it was journaled before; ALERTED: no sale helps.
    """

    deed: Deed
    why: str
    events: tuple[RiskEvent, ...] = ()

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "deed": self.deed.value,
            "why": self.why,
            "events": [
                {"kind": one.kind.value, "level": one.level.name.lower(), "symbol": one.symbol, "value": one.value}
                for one in self.events
            ],
        }


def act_on_breach(desk: Desk, journal: Journal, report: StressReport, say: Callable[[str], None]) -> Response:
    """Raise the alert of a report whose held book is beyond its limit, and journal its cuts or propose them.

    Level, cuts and alert are one transaction; what waits, holds or is on its way to the venue already is not journaled
    again. `say` hears what was done.
    """
    proposal = report.proposal
    if proposal is None:
        return Response(Deed.NOTHING, proposal_sentence(report))
    response = _respond(desk, journal, report, proposal)
    say(response.why)
    return response


def acts(desk: Desk) -> bool:
    """Whether a breach is acted on without a person: stress.on_breach, whose `auto` leaves live to a person."""
    chosen = desk.loaded.settings.stress.on_breach
    return chosen == "act" or (chosen == "auto" and not is_live(desk.loaded))


def breach_text(report: StressReport, proposal: Proposal) -> str:
    """Scenario, drawdown, limit, and what is to be sold."""
    others = len(proposal.scenarios) - 1
    beside = f" (and {others} more scenario{'s' if others > 1 else ''})" if others else ""
    said = (
        f"stress of {report.book}: {proposal.scenarios[0]}{beside} would bring a drawdown of {proposal.drawdown:.2%} "
        f"with {proposal.limit:.2%} allowed"
    )
    if proposal.beyond_selling:
        said += f"; {beyond_text(proposal)}"
    if not proposal.cuts:
        return said
    sold = "; ".join(cut_text(report, one) for one in proposal.cuts)
    return f"{said}; sell {sold}; {'with' if proposal.enough else 'even with'} that it would be {proposal.after:.2%}"


def cut_text(report: StressReport, cut: Cut) -> str:
    """One position, what to sell of it and what that is worth."""
    units = abs(cut.quantity) * cut.part
    side = "" if cut.quantity > 0.0 else " short"
    return (
        f"{units:.8g} of {abs(cut.quantity):.8g}{side} {cut.symbol} in {cut.system} ({cut.part:.1%}, "
        f"{cut.money:,.2f} {report.currency})"
    )


def command_that_acts(report: StressReport) -> str:
    """For a shell: whatever the setting, it acts on the same scenarios."""
    acting = "" if "--act" in report.command.split() else " --act"
    return f"{BY_HAND} {report.command}{acting}"


def _respond(desk: Desk, journal: Journal, report: StressReport, proposal: Proposal) -> Response:
    found, now = breach_text(report, proposal), desk.clock.now()
    key = f"stress {report.book} {iso(now)[:10]} {proposal.scenarios[0]}"
    if not proposal.cuts:
        journal.raise_alert(key, "critical", found, now)
        return Response(Deed.ALERTED, found)
    if is_stale(desk, configured_book(desk), report.as_of):
        why = f"{found}. Nothing was done: the newest bar is {iso(report.as_of)}, too old to act on; ingest newer ones"
        journal.raise_alert(key, "critical", why, now)
        return Response(Deed.PROPOSED, why)
    if not acts(desk):
        why = f"{found}. Nothing was done: stress.on_breach leaves it to a person. To act: {command_that_acts(report)}"
        journal.raise_alert(key, "critical", why, now)
        return Response(Deed.PROPOSED, why)
    ends = released_by(configured_book(desk), Level.REDUCE)
    why = f"{found}. The next decision does it: {Level.REDUCE.text}; released by {ends}"
    forced, cuts = _events(report, proposal, now)
    events = RiskLog(journal.engine).cut(forced, cuts, report.as_of, Alert(key, "critical", why, now))
    if events:
        return Response(Deed.ACTED, why, events)
    return Response(Deed.STANDS, f"{found}. This was journaled before: nothing more was done")


def _events(report: StressReport, proposal: Proposal, now: int) -> tuple[RiskEvent, list[RiskEvent]]:
    """The level, and of each symbol the largest part."""
    why = f"{Breaker.STRESS.text}: {proposal.scenarios[0]}"
    forced = RiskEvent(
        *(report.book, now, RiskKind.FORCED, WHO, why),
        level=Level.REDUCE,
        breaker=Breaker.STRESS,
        value=proposal.drawdown,
        limit=proposal.limit,
    )
    parts: dict[str, float] = {}
    for one in proposal.cuts:
        parts[one.symbol] = max(one.part, parts.get(one.symbol, 0.0))
    cuts = [
        RiskEvent(report.book, now, RiskKind.CUT, WHO, why, breaker=Breaker.STRESS, value=part, symbol=symbol)
        for symbol, part in parts.items()
    ]
    return forced, cuts
