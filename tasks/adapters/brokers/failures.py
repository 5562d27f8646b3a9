"""What became of a request that failed, by what was heard of it: a table, and what holds where it has no row."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from models.types.failures import Ambiguous, NotSent, OrderFailed, Rejected

BANNED = 418
TURNED_AWAY = (BANNED, 429)


class Verdict(Enum):
    """What a venue's code says of the order.

    TURNED_AWAY: not looked at. CLOCK: signed with a time that the venue does not accept. HALTS: keys or address are
    refused, and will be until a person has looked.
    """

    REJECTED = "rejected"
    AMBIGUOUS = "ambiguous"
    TURNED_AWAY = "turned away"
    CLOCK = "clock"
    HALTS = "halts"


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of a request that did not end in an answer.

    Attributes:
        kind: class of what was raised, never its text: that holds addresses, and in them signatures.
        status: of HTTP, 0 where no answer came.
        code: the venue's own, empty where it gave none.
        left: whether a byte of the request went out.
        ours: whether we stopped it ourselves: a ban in force, a host that is not the venue's, too late.
        retry_after: for how long to leave the venue alone, microseconds.
        clock_again: whether the venue refused the request's time before, and nothing worked since.
    """

    kind: str
    status: int = 0
    code: str = ""
    left: bool = False
    ours: bool = False
    retry_after: int = 0
    clock_again: bool = False

    def __str__(self) -> str:
        told = [self.kind, f"code {self.code}" if self.code else "", f"HTTP {self.status}" if self.status else ""]
        return ", ".join(part for part in told if part)


def verdict_on(heard: Heard, verdicts: Mapping[str, Verdict]) -> Verdict | None:
    """What it means for the order; None: it never left.

    A code of the table goes before its HTTP status; a status of 400 to 499 with another code is a no; the rest, half
    an answer and silence among it, may be an order.
    """
    if not heard.left:
        return None
    if heard.status in TURNED_AWAY:
        return Verdict.TURNED_AWAY
    if heard.code in verdicts:
        return verdicts[heard.code]
    return Verdict.REJECTED if heard.code and 400 <= heard.status < 500 else Verdict.AMBIGUOUS


def failure_of(venue: str, what: str, heard: Heard, verdicts: Mapping[str, Verdict]) -> OrderFailed:
    """The failure as a value; `what` is what was asked for, such as "order a1-0"."""
    verdict = verdict_on(heard, verdicts)
    if verdict is None:
        return NotSent(f"{what} was not sent to {venue} ({heard}); decide anew", heard.code, heard.retry_after)
    if verdict is Verdict.REJECTED:
        return Rejected(f"{venue} refuses {what} ({heard}); the same one would be refused again", heard.code)
    if verdict is Verdict.AMBIGUOUS:
        return Ambiguous(f"{venue} did not say what became of {what} ({heard}); ask for it, never resend", heard.code)
    if verdict is Verdict.CLOCK:
        return _wrong_clock(venue, what, heard)
    return _turned_away(venue, what, heard, verdict is Verdict.HALTS)


def _wrong_clock(venue: str, what: str, heard: Heard) -> NotSent:
    then = "again after asking for its time; correct the machine's clock" if heard.clock_again else "decide anew"
    return NotSent(
        f"{venue} refuses the time that {what} was signed with ({heard}); {then}", heard.code, halts=heard.clock_again
    )


def _turned_away(venue: str, what: str, heard: Heard, keys: bool) -> NotSent:
    halts = keys or heard.status == BANNED
    then = "look at keys, address and request rate before going on" if halts else "leave it alone for a while"
    return NotSent(f"{venue} turns {what} away unseen ({heard}); {then}", heard.code, heard.retry_after, halts)
