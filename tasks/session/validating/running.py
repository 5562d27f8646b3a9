"""Running a validation: every profile over the same window, as it is, worsened, and redrawn."""

import shlex
from collections.abc import Callable
from dataclasses import dataclass

from models.types import iso
from tasks.ports import Tracker
from tasks.session.desk import Desk
from tasks.session.validating import bootstrapping, measuring, profiling, worsening
from tasks.session.validating.ground import Ground, ground_of, profiles_of
from tasks.session.validating.profiling import profile_found, steps_of
from tasks.session.validating.report import ValidationReport

SEEDS = {
    "intervals": profiling.SEED,
    "parts": measuring.SEED,
    "missing": worsening.SEED,
    "trades": bootstrapping.TRADES_SEED,
    "candles": bootstrapping.CANDLES_SEED,
}


def validate(
    desk: Desk,
    tracker: Tracker,
    start: int | None,
    end: int | None,
    report: Callable[[str, float], None],
    profiles: tuple[str, ...] = (),
) -> ValidationReport:
    """Validate the configured book from `start` to `end` (UTC microseconds, both included) under the risk profiles, all
    of them where none is named. Without `start` it begins at the first bar that has an out-of-sample prediction.

    `report` hears what is being done, and which share of the work is behind, 0..1. The same call gives the same
    figures.

    Raises:
        BadInput: a profile is not known, or as `ground_of`.
    """
    names = profiles_of(desk, profiles)
    report("views, models and predictions", 0.0)
    ground = ground_of(desk, tracker, start, end, lambda text: report(text, 0.0))
    steps, book = _Steps(report, len(names) * steps_of(desk.loaded.settings.validation)), ground.market.book
    found = {name: profile_found(desk, ground, name, steps) for name in names}
    report("done", 1.0)
    return ValidationReport(
        command=_command(desk, ground, names),
        series=tuple(str(one) for one in book.series),
        symbols=tuple(one.symbol for one in book.models),
        profiles=found,
        hold=ground.hold,
        config_version=desk.loaded.version,
        data_sha256={one.symbol: desk.bars.dataset(one).manifest().sha256 for one in book.series},
        models=ground.market.models,
        seeds=SEEDS,
    )


@dataclass(slots=True)
class _Steps:
    """Tells what comes next and how much is behind."""

    report: Callable[[str, float], None]
    total: int
    done: int = 0

    def __call__(self, text: str) -> None:
        self.report(text, self.done / self.total)
        self.done += 1


def _command(desk: Desk, ground: Ground, names: tuple[str, ...]) -> str:
    """Of the same validation again."""
    series, tried = ground.market.book.series[0], desk.loaded.settings.validation
    words = ["keel", "validate", "--venue", series.venue]
    for one in ground.market.book.models:
        words += ["--symbol", one.symbol]
    words += ["--timeframe", series.timeframe, "--start", iso(ground.begin), "--end", iso(ground.end)]
    for name in names:
        words += ["--profile", name]
    return shlex.join([*words, "--paths", str(tried.paths)])
