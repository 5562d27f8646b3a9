"""Desks and journals, as they are and as copies that are thrown away."""

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from conf import Loaded, home, load
from conf.limits import loosened
from data.actions import ActionStore
from data.arrays import ArrayCache
from data.bars import BarStore, Grading
from data.coverage import CoverageStore
from data.journal import Journal, JournalPlace, ParameterLog, open_journal
from data.journal.copying import closing_engine, copy_journal
from data.journal.stop_flag import read_stop_file, write_stop_file
from data.lake import Lake
from data.model_files import ModelFiles
from data.predictions import PredictionStore
from models.quality import CONTEXT, Flaw, spikes
from models.types import BadInput, Bars, IntArray
from tasks.adapters.clocks import FixedClock, SystemClock
from tasks.adapters.logs import log_into
from tasks.adapters.redaction import protect
from tasks.bootstrap.journals import journal_place
from tasks.bootstrap.lakes import build_lake
from tasks.ports import Clock
from tasks.session.desk import Desk
from tasks.session.labels import RegimeLabels
from tasks.session.parameters import load_or_last
from tasks.session.remembered import UnkeptPredictions
from tasks.session.speakers import Speakers
from tasks.session.tails import recorded_tails


def no_checkpoint(label: str) -> None:
    """Production goes on at every checkpoint."""


def build_desk(flags: Mapping[str, Any] | None = None, as_of: int | None = None, folder: Path | None = None) -> Desk:
    """A desk by the configuration with `flags` on top; `as_of` (UTC microseconds) stops its clock there, `folder` is
    used instead of KEEL_HOME.

    Raises:
        BadInput: the configuration is wrong.
    """
    clock = SystemClock() if as_of is None else FixedClock(as_of)
    return _desk(load(flags), home() if folder is None else folder, clock)


def build_trading_desk(
    flags: Mapping[str, Any], warn: Callable[[str], None], as_of: int | None = None
) -> tuple[Desk, Journal]:
    """A desk as `desk_in_force` gives it, and its journal, created where there is none.

    Raises:
        BadInput: the configuration is not valid, and none was adopted before with these flags.
    """
    if not journal_place(home()).exists():
        load(flags)  # before anything is made
    journal = journal_place(home()).open()
    return desk_in_force(journal, flags, warn, as_of), journal


def build_standing_desk(warn: Callable[[str], None]) -> Desk:
    """A desk to look by: that of the configuration, or of the one adopted last while it is not valid.

    Raises:
        BadInput: the configuration is not valid, and none was adopted before.
    """
    try:
        return build_desk()
    except BadInput:
        if not journal_place(home()).exists():
            raise
        return desk_in_force(journal_place(home()).open(), {}, warn)


def stress_desk(flags: Mapping[str, Any], act: bool, warn: Callable[[str], None]) -> tuple[Desk, Journal | None]:
    """A desk and its journal, None where there is none. Who acts does so by the parameters in force, see
    `build_trading_desk`; who only looks makes nothing and adopts nothing.

    Raises:
        BadInput: the configuration is not valid.
    """
    if act:
        return build_trading_desk(flags, warn)
    desk = build_desk(flags)
    return desk, build_journal(desk) if journal_place(desk.home).exists() else None


def desk_in_force(
    journal: Journal, flags: Mapping[str, Any], warn: Callable[[str], None], as_of: int | None = None
) -> Desk:
    """A desk by the parameters in force; their adoption is written into the journal. While the configuration is not
    valid the one that was adopted last stays in force, with an alert, and `warn` is told. `as_of`: see `build_desk`.

    Raises:
        BadInput: the configuration is not valid, and none was adopted before with these flags.
    """
    loaded = load_or_last(journal, lambda: load(flags), SystemClock().now(), loosened, flags, warn)
    return _desk(loaded, home(), SystemClock() if as_of is None else FixedClock(as_of))


def _desk(loaded: Loaded, where: Path, clock: Clock) -> Desk:
    if where == home():  # not where a copy is only tried out
        log_into(where, loaded.settings.logs)
    protect()
    lake, models = build_lake(loaded.settings.lake, where), ModelFiles(where / "state" / "models")
    return Desk(
        loaded=loaded,
        home=where,
        lake=lake,
        bars=build_bars(lake),
        coverage=CoverageStore(lake),
        actions=ActionStore(lake),
        predictions=PredictionStore(lake),
        models=models,
        speakers=Speakers(models),
        clock=clock,
        regimes=RegimeLabels(),
        tails=recorded_tails(lake),
    )


def build_bars(lake: Lake) -> BarStore:
    """The lake's bars, graded by the rules on neighbours."""
    return BarStore(lake, ArrayCache(lake), Grading(_suspects, CONTEXT))


def _suspects(bars: Bars) -> IntArray:
    return np.where(spikes(bars), int(Flaw.SPIKE), 0)


def build_journal(desk: Desk) -> Journal:
    """The desk's journal, created where there is none."""
    return journal_place(desk.home).open()


def build_parameter_log() -> ParameterLog:
    """The journal's page on parameters; it asks for no valid configuration."""
    return ParameterLog(journal_place(home()).open().engine)


@contextmanager
def scratch_journal(where: Path) -> Iterator[Journal]:
    """A copy of the journal in the home `where` that is thrown away: a dry run goes the real way, on this."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "journal.sqlite"
        place = journal_place(where)
        if place.exists():
            copy_journal(place, copy)
        flag = read_stop_file(place.stop_file)
        if flag is not None:
            write_stop_file(JournalPlace(copy.parent).stop_file, flag)
        journal = open_journal(copy)
        with closing_engine(journal.engine):
            yield journal


@contextmanager
def scratch_desk(
    flags: Mapping[str, Any], warn: Callable[[str], None], as_of: int | None = None
) -> Iterator[tuple[Desk, Journal]]:
    """As `build_trading_desk`, on a scratch journal: what is adopted, said and decided there is thrown away."""
    with scratch_journal(home()) as journal:
        desk = desk_in_force(journal, flags, warn, as_of)
        yield replace(desk, predictions=UnkeptPredictions(desk.lake)), journal
