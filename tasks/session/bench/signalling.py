"""From features to a blended edge in a process that has just begun, imports aside."""

import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import astuple, replace
from pathlib import Path

import numpy as np

from data.files import sha256_of
from data.model_files import ModelCard
from models.predictors.walking import WalkSettings, walk
from models.types import Bars, Series
from models.types.timeframes import HOUR
from tasks.session.bench.figure import Figure, Workplace
from tasks.session.bench.minutes import minute_bars
from tasks.session.desk import Desk
from tasks.session.intake import take_in_archive
from tasks.session.learning.kinds import kind_of, recipe
from tasks.session.learning.sheet import Sheet, sheet_of
from tasks.session.learning.speaking import Manner, spoken_of
from tasks.session.market import MarketView, market_view
from tasks.session.speaker_files import files_of

SERIES = Series("binance", "BTC/USDT", "1h")
# Bars in the lake; the models speak about all but the first of them and the newest.
BARS, UNSEEN = 64_000, 500
# Those that the rules which come with Keel route to crypto.
MODELS = ("momentum", "xgboost")
ROUNDS = 5
TARGET = 100.0
# A cycle's way from a bar's features to its edge. Everything that it imports is there before the clock runs, XGBoost
# and what numba imports at its first kernel too; of the models nothing has been read.
OURS = """
import sys, time
from pathlib import Path
import xgboost
import flows.commands.trading
from models.types import Series
from tasks.bootstrap import build_desk
from tasks.session.edges import edges_of
from tasks.session.learning.speaking import Manner, spoken_of
from tasks.session.market import market_view
from models.kernels.asof import write_first_known
import numpy
write_first_known(numpy.zeros(1), numpy.zeros(1), numpy.zeros(1))
desk, series = build_desk(folder=Path(sys.argv[1])), Series(*sys.argv[2:5])
view = market_view(desk, series)
begun = time.perf_counter()
spoken = spoken_of(desk, view, sys.argv[5:], Manner.DECIDE)
edges = edges_of(desk, view, spoken)
taken = time.perf_counter() - begun
assert edges.edge_bps[-1] == edges.edge_bps[-1] and not spoken.troubles, spoken.troubles
print(taken)
"""
# The same files by their own libraries: all words read, the booster loaded and asked about the newest row.
BARE = """
import sys, time
from pathlib import Path
import numpy, xgboost
import pyarrow.parquet as pq
home = Path(sys.argv[1])
words = sorted((home / "lake" / "predictions").rglob("*.parquet"))
(booster,) = (home / "state" / "models").rglob("booster.ubj")
begun = time.perf_counter()
tables = [pq.read_table(path, partitioning=None) for path in words]
loaded = xgboost.Booster()
loaded.load_model(bytearray(booster.read_bytes()))
loaded.inplace_predict(numpy.zeros((1, loaded.num_features())))
print(time.perf_counter() - begun)
"""


def bench_signal(place: Workplace) -> Figure:
    """Milliseconds from the features of a bar that just closed to its blended edge: stored words read, models loaded,
    the newest words said and stored, all bars blended. Reading bars and features comes before.
    """
    with tempfile.TemporaryDirectory(dir=place.folder) as name:
        home = Path(name) / "home"
        bars = minute_bars(BARS)
        settle(place.make_desk(home), replace(bars, ts=np.arange(BARS, dtype=np.int64) * HOUR))
        pairs = [(_timed(OURS, home), _timed(BARE, home)) for _ in range(ROUNDS + 1)][1:]
    seconds, ratio = statistics.median(one for one, _ in pairs), statistics.median(one / bare for one, bare in pairs)
    value = 1e3 * seconds
    said = f"< {TARGET:g} ms in a fresh process, {BARS} stored bars"
    return Figure("signal", value, "ms", "pyarrow and xgboost on the same files", ratio, said, value < TARGET)


def settle(desk: Desk, bars: Bars) -> None:
    """Hourly bars with their features, models, and their words about all bars but the newest."""
    rows = np.arange(len(bars))
    take_in_archive(desk, SERIES, bars.rows(rows < len(bars) - UNSEEN))
    view = market_view(desk, SERIES)
    sheet = sheet_of(desk, view)
    for model in MODELS:
        _train(desk, view, sheet, model)
    take_in_archive(desk, SERIES, bars.rows(rows < len(bars) - 1))
    spoken_of(desk, market_view(desk, SERIES), MODELS, Manner.COMPLETE)
    take_in_archive(desk, SERIES, bars)
    market_view(desk, SERIES)


def _train(desk: Desk, view: MarketView, sheet: Sheet, model: str) -> None:
    """As a training does, without pictures and a tracker."""
    settings, ts = desk.loaded.settings.model, view.bars.ts
    terms = WalkSettings(settings.horizon, settings.embargo, settings.folds)
    walked = walk(kind_of(model, settings), ts, sheet.inputs[model], sheet.labels, terms, lambda _: None)
    files = files_of(model, walked.final)
    card = ModelCard(
        model=model,
        version="",
        files={name: sha256_of(body) for name, body in files.items()},
        recipe=recipe(desk, SERIES, model),
        horizon=settings.horizon,
        trained_from=int(ts[0]),
        trained_until=int(ts[-1]),
        trained_at=desk.clock.now(),
        data_sha256=desk.bars.dataset(SERIES).manifest().sha256,
        parents={},
        performance={},
    ).sealed()
    desk.models.save(SERIES, card, files)
    desk.predictions.append(SERIES, model, card.version, walked.walk_forward)
    desk.models.make_current(SERIES, model, card.version)


def _timed(code: str, home: Path) -> float:
    """Seconds that the code took by its own clock, in a process of its own on a copy of the home."""
    with tempfile.TemporaryDirectory(dir=home.parent) as name:
        copy = shutil.copytree(home, Path(name) / "home")
        command = [sys.executable, "-c", code, str(copy), *astuple(SERIES), *MODELS]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own
    if done.returncode:
        raise RuntimeError(f"the process of the bench failed: {done.stderr.strip()[-500:]}")
    return float(done.stdout)
