"""What became of one thing that was to be in Grafana."""

from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """`KEPT`: it is another one than ours, and was left as it is."""

    MADE = "made"
    CHANGED = "changed"
    UNCHANGED = "unchanged"
    KEPT = "kept"


@dataclass(frozen=True, slots=True)
class Done:
    """`of`: folder, data source or dashboard. `why`: of what was kept. `url`: where a person opens a dashboard."""

    of: str
    uid: str
    title: str
    outcome: Outcome
    why: str | None = None
    url: str | None = None
