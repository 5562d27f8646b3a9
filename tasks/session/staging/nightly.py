"""The nightly look at the book's stage: what it costs by itself is taken, and the dossier is kept."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from data.journal import Journal
from data.journal.stop_flag import stop_file
from models.types import Unavailable, iso
from tasks.ports import PageRecord, Tracker
from tasks.session.desk import Desk
from tasks.session.staging.changing import Changed
from tasks.session.staging.demoting import demote_where_due
from tasks.session.staging.dossier import Dossier, write_dossier
from tasks.session.staging.looking import Look, look
from tasks.session.staging.showing import dossier_of, look_json, standing_text

EXPERIMENT = "stages"


@dataclass(frozen=True, slots=True)
class Nightly:
    """What was found, how it stands after that, and what was taken (None: nothing)."""

    seen: Look
    configured: str
    demoted: Changed | None
    dossier: Dossier
    page: Path | None

    @property
    def verdict(self) -> str:
        """In one sentence."""
        if self.demoted is not None:
            return self.demoted.sentence
        return standing_text(self.seen, self.configured)

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        taken = None if self.demoted is None else self.demoted.as_json()
        page = None if self.page is None else str(self.page)
        return look_json(self.seen, self.configured) | {"demoted": taken, "dossier": page}


def look_nightly(desk: Desk, journal: Journal, tracker: Tracker, say: Callable[[str], None]) -> Nightly:
    """Demote the configured book where it is due, look at it, write the dossier and log it. A tracker that does not
    answer takes nothing away: `say` hears of it.

    Raises:
        Damaged: the record of the line.
        Unavailable: a file cannot be written.
    """
    settings, now = desk.loaded.settings, desk.clock.now()
    taken = demote_where_due(journal, settings, now)
    seen = look(journal, settings, now if taken is None else desk.clock.now())
    dossier, beside = dossier_of(seen), stop_file(journal.engine)
    page = None if beside is None else write_dossier(beside.parent, dossier)
    try:
        tracker.log_page(EXPERIMENT, _record(seen, page))
    except Unavailable as error:
        say(f"{error}; the dossier is not lost: {page}")
    return Nightly(seen, settings.stage, taken, dossier, page)


def _record(seen: Look, page: Path | None) -> PageRecord:
    evidence = seen.found.evidence
    figures = {
        name: float(getattr(evidence, name)) for name in evidence.__slots__ if name not in ("stage", "gap_beyond")
    }
    return PageRecord(
        name=f"{seen.line} {iso(seen.at)[:10]}",
        settings={"line": seen.line, "stage": seen.standing.stage.value, "rung": str(seen.standing.rung)},
        tags={"keel.stage": str(seen.standing), "keel.release": seen.found.window.release},
        metrics={name: figure for name, figure in figures.items() if math.isfinite(figure)},
        pages=() if page is None else (page, page.with_suffix(".md")),
    )
