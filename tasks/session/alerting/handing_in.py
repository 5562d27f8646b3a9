"""Alerts that Alertmanager hands in: into the outbox, as any other; its watchdog is a sign of life."""

import json
from collections.abc import Mapping
from typing import Any

from data.journal import AlertLog, Beat, Heartbeats, Holder, Journal
from data.journal.alert_log import id_of
from models.types import BadInput, parse_time
from models.types.alerts import BY_NAME, PROMETHEUS, RESOLVED
from models.types.timeframes import MINUTE, SECOND
from tasks.session.alerting.messages import harmless
from tasks.session.alerting.routing import severity_of

WATCHDOG = "watchdog"
# So long after it was heard last somebody is told: it is handed in every minute.
SILENCE = 5 * MINUTE
# Of one payload; a server that says more at once says the rest again.
LARGEST = 500
LABEL_LENGTH, TEXT_LENGTH = 120, 600
# Of an alert its name, its other labels, its text, when it began, and whether it fires.
Handed = tuple[str, dict[str, str], str, str, bool]
NOBODY = Holder(PROMETHEUS, "", 0, 0)


def hand_in(journal: Journal, payload: object, now: int) -> int:
    """Put the firing alerts of Alertmanager's webhook into the outbox; how many alerts it had, resolved ones too.

    The same alert handed in again is the same one. One that is resolved is told of as information. Repeated, or cut off
    in the middle and repeated, it has no second effect.

    Raises:
        BadInput: the payload is none of Alertmanager's (version 4).
    """
    alerts, log = [_alert(one) for one in _listed(payload)], AlertLog(journal.engine)
    _tell_left_out(journal, payload, alerts, now)
    for name, labels, text, began, firing in alerts:
        if name == BY_NAME[WATCHDOG].camel:
            if firing:
                Heartbeats(journal.engine).beat(Beat(WATCHDOG, NOBODY, now, now + SILENCE, "handed in"))
            continue
        said = " ".join(f"{key}={value}" for key, value in sorted(labels.items()))
        key = f"{PROMETHEUS} {name} {said} {began}".replace("  ", " ")
        severity = severity_of(labels.get("severity", "error")).text
        if firing:
            journal.raise_alert(key, severity, text, now)
        elif log.knows(key):
            # What is over needs nobody who looks after it; it stays in the log.
            log.acknowledge(id_of(key), PROMETHEUS, "over by itself", now)
            journal.raise_alert(f"{key} {RESOLVED}", "info", f"over: {text}", now)
    return len(alerts)


def check_watchdog(journal: Journal, now: int, silence: int = SILENCE) -> None:
    """Raise an alert where the watchdog was ever heard and has been silent for `silence` (microseconds), once for each
    silence.
    """
    beat = Heartbeats(journal.engine).last(WATCHDOG)
    if beat is not None and now > beat.at + silence:
        text = f"the watchdog was not handed in for {silence / SECOND:g} s: Prometheus, Alertmanager or their way here"
        text += " is down"
        if not AlertLog(journal.engine).knows(f"watchdog silent {beat.at}"):
            journal.raise_alert(f"watchdog silent {beat.at}", BY_NAME[WATCHDOG].severity.text, text, now)


def _tell_left_out(journal: Journal, payload: object, alerts: list[Handed], now: int) -> None:
    """Alertmanager leaves out what is more than `max_alerts`: that there is more is an alert of its own."""
    left_out = payload.get("truncatedAlerts", 0) if isinstance(payload, Mapping) else 0
    firing = [one for one in alerts if one[-1]]
    if not isinstance(left_out, int) or left_out <= 0 or not firing:
        return
    name, labels, _, began, _ = firing[0]
    text = f"{left_out} more alerts {name} than Alertmanager hands in at once; all of them stand at Alertmanager"
    severity = severity_of(labels.get("severity", "error")).text
    journal.raise_alert(f"{PROMETHEUS} {name} left_out {began}", severity, text, now)


def _listed(payload: object) -> list[Mapping[str, Any]]:
    alerts = payload.get("alerts") if isinstance(payload, Mapping) else None
    if not isinstance(alerts, list) or not all(isinstance(one, Mapping) for one in alerts):
        raise BadInput("found no list `alerts` of objects; allowed is what Alertmanager's webhook sends, version 4")
    if len(alerts) > LARGEST:
        raise BadInput(f"found {len(alerts)} alerts, allowed are {LARGEST}; set max_alerts of the webhook")
    return alerts


def _alert(one: Mapping[str, Any]) -> Handed:
    labels, annotations = _texts(one, "labels"), _texts(one, "annotations")
    name, status, began = labels.pop("alertname", ""), one.get("status"), one.get("startsAt")
    if not name or status not in ("firing", "resolved") or not isinstance(began, str):
        found = json.dumps({"alertname": name, "status": status, "startsAt": began}, default=str)[:200]
        raise BadInput(f"found {found}; an alert has labels.alertname, status firing or resolved, and startsAt")
    parse_time(began)
    text = annotations.get("summary") or annotations.get("description") or name
    return _word(name), labels, harmless(text, TEXT_LENGTH), _word(began), status == "firing"


def _texts(one: Mapping[str, Any], field: str) -> dict[str, str]:
    found = one.get(field, {})
    if not isinstance(found, Mapping):
        raise BadInput(f"found {field} that is no object; allowed are names and texts")
    return {_word(str(key)): _word(str(value)) if field == "labels" else str(value) for key, value in found.items()}


def _word(text: str) -> str:
    return "_".join(harmless(text, LABEL_LENGTH).split())
