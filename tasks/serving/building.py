"""What the API serves, opened as it is now: a configuration that breaks, or a journal that is locked, ends nothing."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from conf import home, load
from conf.schema.api import ApiConfig
from conf.secrets import names_of
from data.journal import Journal, JournalPlace
from models.types import BadInput
from tasks.adapters.clocks import SystemClock
from tasks.adapters.servers import Component
from tasks.bootstrap import build_desk, build_standing_desk, journal_place
from tasks.bootstrap.monitoring import build_metrics
from tasks.bootstrap.news import build_news_sources
from tasks.serving.acts import PersonsActs
from tasks.session.desk import Desk
from tasks.session.overview import Lookout
from tasks.web.parts import Parts
from tasks.web.scopes import Scope, Tokens, tokens_of

# From one look at the configuration's files to the next.
ANEW_S = 2.0
Warn = Callable[[str], None]


@dataclass(slots=True)
class JournalNow:
    """The journal of the home: opened when it is first wanted, and anew where another file stands there."""

    _place: JournalPlace | None = None
    _opened: Journal | None = None
    _file: tuple[int, int] = (0, 0)

    def __call__(self) -> Journal:
        """It.

        Raises:
            Unavailable, Damaged, Refused: see `open_journal`; asked again it is tried again.
        """
        self._place = self._place or journal_place(home())
        known = _identity(self._place.file)
        if self._opened is None or known != self._file:
            self._opened = self._place.open()
            self._file = _identity(self._place.file)
        return self._opened


@dataclass(slots=True)
class DeskNow:
    """The desk by the configuration as it is now; the one before while that is not valid."""

    warn: Warn
    _desk: Desk | None = None
    _looked: float = field(default=-ANEW_S)
    _told: str = ""

    def __call__(self) -> Desk:
        """It.

        Raises:
            BadInput: the configuration is not valid and none was before.
        """
        if self._desk is None:
            self._desk = build_standing_desk(self.warn)
        if time.monotonic() - self._looked >= ANEW_S:
            self._looked = time.monotonic()
            self._look_anew(self._desk)
        return self._desk

    def _look_anew(self, before: Desk) -> None:
        try:
            if load().version != before.loaded.version:
                self._desk = build_desk()
            self._told = ""
        except BadInput as error:
            if str(error) != self._told:
                self.warn(f"{error}; what was read before stays")
            self._told = str(error)


def find_tokens() -> Tokens:
    """The API's tokens, each from the first place that has it: environment, `.env`, keyring, sealed file.

    Raises:
        BadInput: one is missing or too short, or two are the same.
    """
    from tasks.adapters.credentials import Passphrase, find, standard_sources

    found = find(names_of("api"), standard_sources(home(), Passphrase())).values
    of = {scope: found.get(f"api_{scope.value}_token") for scope in Scope}
    return tokens_of({scope: one.get_secret_value() for scope, one in of.items() if one is not None})


def build_parts(tokens: Tokens, config: ApiConfig, desk: DeskNow, servers: Callable[[], list[Component]]) -> Parts:
    """The parts of this home."""
    journal, clock = JournalNow(), SystemClock()
    lookout = Lookout(desk, journal, servers)
    return Parts(
        lookout=lookout,
        desk=desk,
        journal=journal,
        acts=PersonsActs(desk, journal, clock, desk.warn),
        tokens=tokens,
        clock=clock,
        config=config,
        metrics=build_metrics(desk, lookout, journal),
        news_sources=build_news_sources,
    )


def _identity(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return 0, 0
    return found.st_dev, found.st_ino
