"""Whose a stored dashboard is: ours carries our mark as the message of its newest version.

Grafana may write a dashboard otherwise than it was sent (it adds fields and lifts old schemas), so that a comparison of
texts alone cannot say whether a person has changed it. A person's save and a restored version are versions with another
message.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

SAID = "keel grafana import"
# Numbers that Grafana gives.
ITS_OWN = ("id", "version")


def mark_of(dashboard: Mapping[str, Any]) -> str:
    """The message of a version that holds exactly this dashboard.

    >>> mark_of({"uid": "a", "version": 1}) == mark_of({"uid": "a", "version": 2, "id": 7})
    True
    """
    return f"{SAID} {hashlib.sha256(_text(dashboard).encode()).hexdigest()[:16]}"


def is_ours(message: str) -> bool:
    """Whether an import has written that version, this one or an older one."""
    return message.startswith(f"{SAID} ")


def same(stored: Mapping[str, Any], dashboard: Mapping[str, Any]) -> bool:
    """Whether they differ in nothing but the numbers that Grafana gives."""
    return _text(stored) == _text(dashboard)


def _text(dashboard: Mapping[str, Any]) -> str:
    return json.dumps({key: dashboard[key] for key in dashboard if key not in ITS_OWN}, sort_keys=True)
