"""A whole drill: homes of its own, scene by scene, and nothing left behind."""

import shutil
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from models.types import KeelError
from tasks.ports import Clock
from tasks.session.drilling.found import Drill, Step
from tasks.session.drilling.place import Place, place_at
from tasks.session.drilling.processes import PATIENCE_S, Processes, processes
from tasks.session.drilling.scenes import CHILD, Act, NobodyWatches, SilentTrader, ToldToSell

SILENCE_S = 2.0
BEAT_S = 0.2
# A paper account at a venue that nobody asks, whatever the real one's settings are.
SETTINGS = {
    "KEEL_STAGE": "paper",
    "KEEL_TRADING__VENUE": "binance",
    "KEEL_TRADING__SYMBOLS": "[BTC/USDT]",
    "KEEL_TRADING__TIMEFRAME": "1h",
    "KEEL_TRADING__CAPITAL": "10000.0",
    "KEEL_VENUES__BINANCE__FEED": "none",
    "KEEL_SYSTEMS__LONG__SHARE": "0.4",
    "KEEL_SYSTEMS__SWING__SHARE": "0.6",
    "KEEL_GUARDIAN__REQUIRED": "always",
    "KEEL_GUARDIAN__ON_SILENCE": "cancel",
    "KEEL_GUARDIAN__BEAT_SECONDS": str(BEAT_S),
    "KEEL_GUARDIAN__SILENCE_SECONDS": str(SILENCE_S),
    "KEEL_GUARDIAN__FEED_MINUTES": "10080.0",
}
SCENES = ("sale", "silence", "unwatched")
NOT_REACHED = "not reached: a step before it failed"


def run_drill(clock: Clock, report: Callable[[str], None], scenes: Sequence[str] = SCENES) -> Drill:
    """Every step with its seconds; `report` is told each. Processes and files are gone when it returns, or is
    interrupted. The real account's journal is not touched.
    """
    at = clock.now()
    folder = Path(tempfile.mkdtemp(prefix="keel-drill-"))
    try:
        with processes(folder, SETTINGS) as running:
            return Drill(at, tuple(_played(folder, running, scenes, report)))
    finally:
        shutil.rmtree(folder)


def _played(folder: Path, running: Processes, scenes: Sequence[str], report: Callable[[str], None]) -> Iterable[Step]:
    lake = folder / "lake"
    acts = [
        Act("a market is made", PATIENCE_S, lambda: _made(running, lake)),
        Act("a first decision, which compiles what is computed with", PATIENCE_S, lambda: _warmed(running, lake)),
    ]
    prepared = list(_steps(acts, report))
    yield from prepared
    if not prepared[-1].passed:
        return
    for name in scenes:
        shutil.copytree(lake, folder / name)
        place = place_at(folder / name, running)
        try:
            yield from _steps(_scene(name, place), report)
        finally:
            place.journal.engine.dispose()
            running.end()


def _made(running: Processes, home: Path) -> str:
    return f"{running.done(home, CHILD, 'bars').word('bars')} bars"


def _warmed(running: Processes, lake: Path) -> str:
    home = Path(shutil.copytree(lake, lake.with_name("warm")))
    return f"{running.done(home, CHILD, 'hold').word('held'):g} held"


def _scene(name: str, place: Place) -> Iterable[Act]:
    if name == "silence":
        return SilentTrader(place, SILENCE_S).acts()
    return ToldToSell(place).acts() if name == "sale" else NobodyWatches(place).acts()


def _steps(acts: Iterable[Act], report: Callable[[str], None]) -> Iterable[Step]:
    """Each in turn; after one that failed the others of its scene are not reached, and count as failed."""
    has_failed = False
    for act in acts:
        step = Step(act.name, 0.0, act.limit, False, NOT_REACHED) if has_failed else _taken(act)
        has_failed = not step.passed
        report(f"{step.name}: {'passed' if step.passed else 'FAILED'} ({step.why}), {step.seconds:.1f} s")
        yield step


def _taken(act: Act) -> Step:
    began = time.monotonic()
    try:
        why, is_done = act.take(), True
    except KeelError as error:
        why, is_done = str(error), False
    seconds = round(time.monotonic() - began, 3)
    if is_done and seconds > act.limit:
        is_done, why = False, f"too late: {why}"
    return Step(act.name, seconds, act.limit, is_done, why)
