"""Looking: what depends on the journal anew when that has changed, the rest when it has become old."""

import logging
import math
import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from data.journal import Decision, Glance, Journal
from models.types import KeelError, iso
from tasks.adapters.servers import Component
from tasks.session.book import book_name, configured_book, line_of
from tasks.session.desk import Desk
from tasks.session.health import Health
from tasks.session.learning.listing import listed_models
from tasks.session.overview.alerting import alerts_now
from tasks.session.overview.deciding import BAND, LISTED, decided, in_charge_of, recent, regimes_of
from tasks.session.overview.money import EMPTY, CurveKeeper, EarnedKeeper, holdings_of, profit_now
from tasks.session.overview.ordering import orders_now
from tasks.session.overview.parts import LakeWatch, parts_now
from tasks.session.overview.risking import limits_now, stage_now, stops_now
from tasks.session.overview.supplying import bars_now, confidences, feeds_now, models_now
from tasks.session.overview.views import ModelNow, Overview, Part, StageNow
from tasks.session.riskdesk import Marked, RiskMonitor
from tasks.session.riskdesk.gauges import gauges
from tasks.session.staging import look as look_at_stage

Value = TypeVar("Value")
logger = logging.getLogger(__name__)
# That a figure may be old whatever the journal says, seconds: prices and ages, what asks servers, what reads much.
QUICK, MIDDLING, SLOW, FOREVER = 1.0, 5.0, 60.0, math.inf
UNKNOWN = "the journal cannot be read"


@dataclass(slots=True)
class Lookout:
    """Of one home, for all threads of a process. `desk` and `journal` open it as it is now; `servers` asks the parts
    that `keel up` starts.
    """

    desk: Callable[[], Desk]
    journal: Callable[[], Journal]
    servers: Callable[[], list[Component]]
    _kept: dict[str, tuple[Hashable, float, Any]] = field(default_factory=dict)
    _missing: dict[str, str] = field(default_factory=dict)
    _lake: LakeWatch = field(default_factory=LakeWatch)
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def look(self) -> Overview:
        """All of it now; cheap while nothing has changed. What cannot be known is empty, and says so in `missing`.

        Raises:
            BadInput: there is no valid configuration, and never was one.
        """
        with self._lock:
            desk = self._of("desk", "", MIDDLING, self.desk)
            return self._of("overview", self._revision(desk), QUICK, lambda: self._looked(desk))

    def revision(self) -> str:
        """Of the journal as it is now; that it cannot be read is a revision too."""
        with self._lock:
            return self._revision(self._of("desk", "", MIDDLING, self.desk))

    def _revision(self, desk: Desk) -> str:
        try:
            return Glance(self.journal().engine).revision(_name(desk))
        except KeelError as error:
            return f"unreadable: {error}"

    def _looked(self, desk: Desk) -> Overview:
        self._missing = {}
        revision = self._revision(desk)
        parts, health = self._of("parts", revision, MIDDLING, lambda: self._asked(desk))
        blind = _blind(desk, revision, parts, health.reason)
        journal = self._try("journal", self.journal)
        seen = blind if journal is None else self._seen(blind, desk, journal, health)
        return replace(seen, missing=dict(self._missing))

    def _seen(self, blind: Overview, desk: Desk, journal: Journal, health: Health) -> Overview:
        """With everything that the journal has."""
        name, glance = blind.book, Glance(journal.engine)
        band = self._try("decisions", lambda: self._band(journal, blind))
        keeper = self._of("curve", (name, journal.engine), FOREVER, lambda: CurveKeeper(name))
        seen = replace(
            blind,
            stopped=health.stopped,
            reason=health.reason,
            stops=stops_now(health.breakers),
            curve=self._try("equity", lambda: keeper.read(journal)) or EMPTY,
            orders=self._try("orders", lambda: orders_now(journal, name)) or (),
            order_states=self._try("orders", lambda: glance.order_states(name)) or {},
            feeds=self._try("feeds", lambda: feeds_now(desk, journal)) or (),
            bars=self._try("bars", lambda: bars_now(desk)) or (),
            models=self._try("models", lambda: self._models(desk)) or (),
            standing=self._try("stage", lambda: self._standing(desk, journal)),
            alerts=self._try("alerts", lambda: alerts_now(journal)) or (),
        )
        return self._decided(self._valued(seen, desk, journal), desk, journal, band or [])

    def _valued(self, seen: Overview, desk: Desk, journal: Journal) -> Overview:
        """With what is held, earned and at risk."""
        marked = self._try("risk", lambda: self._marked(desk, journal))
        held = () if marked is None else holdings_of(marked)
        key = seen.book, journal.engine
        keeper = self._of("earned", key, FOREVER, lambda: EarnedKeeper(seen.book))
        earned = self._try("earned", lambda: keeper.read(journal, held)) or ()
        if marked is None:
            return replace(seen, earned=earned)
        limits = limits_now(gauges(marked))
        fallen = next((one.found for one in limits if (one.system, one.name) == ("", "max_drawdown")), None)
        return replace(
            seen,
            equity=marked.equity,
            drawdown=fallen,
            var=marked.var,
            profit=profit_now(marked),
            holdings=held,
            earned=earned,
            limits=limits,
        )

    def _decided(self, seen: Overview, desk: Desk, journal: Journal, band: list[Decision]) -> Overview:
        """With what was decided, why and why not."""
        if not band:
            return seen
        sure = self._try("regime", lambda: self._sure(desk, band[-1].bar)) or {}
        return replace(
            seen,
            regimes=regimes_of(band, sure),
            in_charge=in_charge_of(band[-1]),
            decisions=self._try("decisions", lambda: decided(journal, band[-LISTED:])) or (),
        )

    def _asked(self, desk: Desk) -> tuple[tuple[Part, ...], Health]:
        return parts_now(desk, self.journal, self.servers(), self._lake.known(desk))

    def _marked(self, desk: Desk, journal: Journal) -> Marked:
        monitor = self._of("monitor", (desk.loaded.version, journal.engine), FOREVER, lambda: _Monitor(desk, journal))
        return monitor.of(desk)

    def _sure(self, desk: Desk, bar: int) -> dict[str, float | None]:
        key = (bar, desk.loaded.version)
        return self._of("sure", key, FOREVER, lambda: confidences(desk, configured_book(desk), bar))

    def _band(self, journal: Journal, seen: Overview) -> list[Decision]:
        return self._of("band", seen.revision, SLOW, lambda: recent(journal, seen.book, BAND))

    def _models(self, desk: Desk) -> tuple[ModelNow, ...]:
        return self._of("models", "", SLOW, lambda: models_now(listed_models(desk, desk.universe())))

    def _standing(self, desk: Desk, journal: Journal) -> StageNow:
        settings, now = desk.loaded.settings, desk.clock.now()
        return self._of(
            "stage", desk.loaded.version, SLOW, lambda: stage_now(look_at_stage(journal, settings, now), settings.stage)
        )

    def _of(self, name: str, key: Hashable, seconds: float, make: Callable[[], Value]) -> Value:
        """What is kept under the name, made anew for another key and after so many seconds."""
        found = self._kept.get(name)
        if found is not None and found[0] == key and time.monotonic() - found[1] < seconds:
            value: Value = found[2]
            return value
        made = make()
        self._kept[name] = key, time.monotonic(), made
        return made

    def _try(self, part: str, make: Callable[[], Value]) -> Value | None:
        """A part; None where it cannot be known, and then why is kept."""
        try:
            return make()
        except (KeelError, OSError) as error:
            self._missing[part] = str(error)
        except Exception as error:
            # One part that nobody foresaw hides no other, and no stop button.
            logger.exception("%s cannot be looked at", part)
            self._missing[part] = f"this failed unforeseen ({type(error).__name__}: {error}); the log says where"
        return None


class _Monitor:
    """The risk desk's, by the desk of the moment."""

    def __init__(self, desk: Desk, journal: Journal) -> None:
        self._desk = desk
        self._monitor = RiskMonitor(lambda: self._desk, journal)

    def of(self, desk: Desk) -> Marked:
        self._desk = desk
        return self._monitor.look()


def _name(desk: Desk) -> str:
    return book_name(desk.loaded.settings.stage, line_of(desk.loaded.settings))


def _blind(desk: Desk, revision: str, parts: tuple[Part, ...], reason: str | None) -> Overview:
    """What is left to see without a journal: that counts as stopped."""
    return Overview(
        at=iso(desk.clock.now()),
        revision=revision,
        book=_name(desk),
        stage=desk.loaded.settings.stage,
        stopped=True,
        reason=reason or UNKNOWN,
        equity=None,
        drawdown=None,
        var=None,
        profit=None,
        parts=parts,
        stops=(),
        regimes=(),
        in_charge=(),
        holdings=(),
        earned=(),
        limits=(),
        curve=EMPTY,
        decisions=(),
        orders=(),
        order_states={},
        feeds=(),
        bars=(),
        models=(),
        standing=None,
        alerts=(),
        missing={},
    )
