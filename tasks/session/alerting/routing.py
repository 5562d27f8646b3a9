"""Who is told of an alert, and when at the earliest: by severity, quiet hours, and what was told lately. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from conf.schema.alerts import AlertsConfig
from data.journal import Delivery, LoggedAlert, Planned
from models.types.alerts import PROMETHEUS, Severity, subject_of
from models.types.timeframes import HOUR, MINUTE
from tasks.session.alerting.quiet import quiet_until

Topic = tuple[str, str, str]
FIRST = 0
# Of quiet hours: nearly a day, which may be an hour longer.
LONGEST_QUIET = 26 * HOUR


@dataclass(frozen=True, slots=True)
class Told:
    """When a channel heard of a topic last, or will: UTC microseconds; and how urgent that was."""

    at: int
    severity: Severity


def severity_of(name: str) -> Severity:
    """By its name; one that nobody knows is an error: rather told too loudly than not at all."""
    return Severity[name.upper()] if name.upper() in Severity.__members__ else Severity.ERROR


def topic_of(channel: str, alert: LoggedAlert) -> Topic:
    """What is told once within a while: alerts of one kind about one thing, for one channel."""
    return channel, alert.kind.name, subject_of(alert.key)


def told_lately(deliveries: Iterable[Delivery], now: int, repeat: int) -> dict[Topic, Told]:
    """From first turns that were sent within `repeat` microseconds or wait, the oldest first; a later and louder one
    counts. What was sent or planned by a clock that was put back since holds nothing up, nor does what a person has
    acknowledged: what comes after that is new.
    """
    found: dict[Topic, Told] = {}
    for one in deliveries:
        at = one.due_at if one.sent_at is None else one.sent_at
        if at > now + (longest_wait(repeat) if one.sent_at is None else 0) or _is_looked_after(one.alert):
            continue
        topic, severity = topic_of(one.channel, one.alert), severity_of(one.alert.severity)
        before = found.get(topic)
        if before is None or severity > before.severity or one.sent_at is not None:
            found[topic] = Told(at, severity if before is None else max(severity, before.severity))
    return found


def longest_wait(repeat: int) -> int:
    """That anything is planned ahead, microseconds."""
    return max(repeat, LONGEST_QUIET)


def routed(alerts: Sequence[LoggedAlert], settings: AlertsConfig, told: dict[Topic, Told], now: int) -> list[Planned]:
    """The first turn of each alert for each channel that is to hear of it; `now` in UTC microseconds.

    What is of one topic with something that a channel was told within repeat_minutes waits until they are over, and is
    told then with all that came meanwhile; what is more urgent than that goes at once. `told` knows of these too then.
    """
    until = quiet_until(settings.quiet_hours, now)
    repeat = round(settings.repeat_minutes * MINUTE)
    planned = []
    for alert in alerts:
        severity = severity_of(alert.severity)
        for channel in hearing(settings, severity):
            due = now if until is None or not _keeps_quiet(settings, channel, severity) else until
            topic = topic_of(channel, alert)
            before = told.get(topic)
            if before is not None and severity <= before.severity and now < before.at + repeat:
                due = max(due, before.at if before.at > now else before.at + repeat)
            else:
                told[topic] = Told(due, severity)
            planned.append(Planned(alert.key, channel, FIRST, due))
    return planned


def hearing(settings: AlertsConfig, severity: Severity) -> list[str]:
    """Channels that hear of an alert at once."""
    channels = settings.channels.items()
    return [name for name, one in channels if not one.escalation and severity >= severity_of(one.least)]


def _keeps_quiet(settings: AlertsConfig, channel: str, severity: Severity) -> bool:
    return settings.channels[channel].quiet and severity < Severity.CRITICAL  # type: ignore[index]


def _is_looked_after(alert: LoggedAlert) -> bool:
    """By a person: what is over by itself may only flap."""
    return not alert.is_open and alert.acknowledged_by != PROMETHEUS
