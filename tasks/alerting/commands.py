"""What `keel alerts` does: look, acknowledge, test."""

from collections.abc import Callable, Sequence

from data.journal import AlertLog, LoggedAlert
from models.types import BadInput, iso
from models.types.timeframes import SECOND
from tasks.adapters.clocks import SystemClock
from tasks.bootstrap import build_journal, build_standing_desk
from tasks.bootstrap.alerting import build_alerting
from tasks.session.alerting import Tested, try_channels
from tasks.session.news.showing import readable

# Of an alert's text: the command shows all of it that a message does.
TEXT_LENGTH = 800


def list_alerts(say: Callable[[str], None], only_open: bool, limit: int) -> list[dict[str, object]]:
    """The newest alerts as fields for scripts, the newest first.

    Raises:
        BadInput, Damaged, Unavailable: see `build_standing_desk` and `build_journal`.
    """
    journal = build_journal(build_standing_desk(say))
    return [shown(one) for one in AlertLog(journal.engine).alerts(limit, only_open)]


def acknowledge_alerts(
    say: Callable[[str], None], alerts: Sequence[str], who: str, why: str
) -> list[dict[str, object]]:
    """Acknowledge each of these, by id; what was acknowledged before stays as it was.

    Raises:
        BadInput: no alert has one of the ids, or `why` is empty; those named before it are acknowledged.
        Damaged, Unavailable: see `build_journal`.
    """
    if not why.strip():
        raise BadInput("found no reason; say --why what is being done about it")
    log, now = AlertLog(build_journal(build_standing_desk(say)).engine), SystemClock().now()
    return [shown(log.acknowledge(one, who, why, now)) for one in alerts]


def send_tests(say: Callable[[str], None], channels: Sequence[str]) -> list[Tested]:
    """A message through every channel now, or through these.

    Raises:
        BadInput: a channel is not configured.
        Damaged, Unavailable: see `build_alerting`.
    """
    alerting = build_alerting(say)
    return try_channels(alerting.sends, alerting.place, channels)


def shown(alert: LoggedAlert) -> dict[str, object]:
    """Its fields, moments as text; the text of others on one line."""
    return {
        "id": alert.id,
        "kind": alert.kind.name,
        "severity": alert.severity,
        "text": readable(alert.text, TEXT_LENGTH),
        "runbook": alert.kind.runbook,
        "raised_at": _moment(alert.raised_at),
        "delivered_at": _moment(alert.delivered_at),
        "acknowledged_at": _moment(alert.acknowledged_at),
        "acknowledged_by": alert.acknowledged_by,
        "note": readable(alert.note, TEXT_LENGTH),
    }


def _moment(at: int | None) -> str | None:
    return None if at is None else iso(at // SECOND * SECOND)
