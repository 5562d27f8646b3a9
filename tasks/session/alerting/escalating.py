"""Who is told again of what nobody has acknowledged. Pure."""

from collections.abc import Iterable

from conf.schema.alerts import AlertsConfig
from data.journal import LoggedAlert, Planned
from models.types.alerts import Severity
from models.types.timeframes import DAY, MINUTE
from tasks.session.alerting.quiet import quiet_until
from tasks.session.alerting.routing import hearing, severity_of

# What is escalated at all; the last one is told again and again.
URGENT = (Severity.ERROR, Severity.CRITICAL)


def escalated(found: Iterable[tuple[LoggedAlert, int, int]], settings: AlertsConfig, now: int) -> list[Planned]:
    """The next turn of each (alert, when it was routed, its newest turn) that nobody has acknowledged in time.

    An error is told once more, escalate_minutes after it was routed; a critical alert then, and again after twice, four
    times, eight times as long, at most a day apart, until somebody acknowledges it. It goes to the channels of
    escalation, or, where there are none, to those that heard of it at first.
    """
    planned = []
    until = quiet_until(settings.quiet_hours, now)
    for alert, at, turn in found:
        severity = severity_of(alert.severity)
        if (severity is Severity.CRITICAL or turn == 0) and now >= turn_at(settings, at, turn + 1):
            for channel in _listening(settings, severity):
                waits = until is not None and settings.channels[channel].quiet and severity < Severity.CRITICAL  # type: ignore[index]
                planned.append(Planned(alert.key, channel, turn + 1, until if waits and until is not None else now))
    return planned


def turn_at(settings: AlertsConfig, routed_at: int, turn: int) -> int:
    """When a turn is due, of an alert that was routed then; the first one after it is turn 1."""
    first = round(settings.escalate_minutes * MINUTE)
    at, pause = routed_at, first
    for _ in range(turn):
        at, pause = at + pause, min(2 * pause, max(DAY, first))
    return at


def _listening(settings: AlertsConfig, severity: Severity) -> list[str]:
    channels = settings.channels.items()
    wanted = [name for name, one in channels if one.escalation and severity >= severity_of(one.least)]
    return [*wanted] or hearing(settings, severity)
