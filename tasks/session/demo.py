"""The demo's work: a home of its own, a look at a public venue, the main job through real deployment runs."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from data.evolution import EvolutionFiles
from data.files import writing
from models.types import BadInput, Refused, Series, Unavailable, iso
from tasks.adapters.servers import Plan, down, run_deployment
from tasks.ports import Feed
from tasks.session.apart import set_apart
from tasks.session.desk import Desk
from tasks.session.intake import ingest
from tasks.session.replay import decision_moments

# A trading year of daily bars, in runs that each show a few seconds of progress.
STRETCHES, BARS = 5, 50
# Of the search for specialists: enough to see what it does, far too few to find anything.
GENERATIONS = 5
RUN_SECONDS = 300.0
RESEARCH = (
    ("bringing bars in", "ingest/series"),
    ("training on walk-forward splits", "train/models"),
    ("backtesting", "backtest/adhoc"),
)
CRYPTO = Series("binance", "BTC/USDT", "1h")
CRYPTO_BARS = 500

# Whatever a person's conf/local.yaml says, the demo trades the sample.
EMBEDDED = {
    "KEEL_STAGE": "exploration",
    "KEEL_TRADING__VENUE": "sample",
    "KEEL_TRADING__SYMBOLS": "[SP500, NASDAQ]",
    "KEEL_TRADING__HAVEN": "null",
    "KEEL_TRADING__TIMEFRAME": "1d",
    "KEEL_TRADING__PROFILE": "moderate",
}


@contextmanager
def demo_home(where: Path) -> Iterator[None]:
    """Make `where` empty and this process's KEEL_HOME; servers that an earlier demo left there are stopped first.

    Raises:
        Refused: another demo is running.
        Unavailable: the folder cannot be written.
    """
    lock = FileLock(where.with_suffix(".lock"))
    with writing(where):
        where.parent.mkdir(parents=True, exist_ok=True)
        try:
            lock.acquire(timeout=0)
        except Timeout as error:
            raise Refused("another demo is running on this machine; wait for it or stop it") from error
    with lock:
        down(where)
        with writing(where):
            shutil.rmtree(where, ignore_errors=True)
            where.mkdir()
        # Not into the MLflow that other runs are kept in.
        tracker = f"sqlite:///{where / 'state' / 'mlflow.db'}"
        os.environ.update(EMBEDDED | set_apart(where) | {"MLFLOW_TRACKING_URI": tracker})
        yield


def try_crypto(desk: Desk, feed: Feed) -> str:
    """Ask a public venue for its newest bars, for a few seconds; says what came of it."""
    step = 3_600_000_000
    since = (desk.clock.now() // step - CRYPTO_BARS) * step
    try:
        result = ingest(desk, CRYPTO, feed, since, store=True, report=lambda *_: None)
    except (Unavailable, BadInput) as error:
        return f"no public crypto venue in reach ({error}): going on with the embedded sample"
    newest = "no bar" if result.last is None else iso(result.last)
    return f"{CRYPTO} is in reach: {result.added} bars up to {newest}; the demo itself goes on with the embedded sample"


def main_job(plan: Plan, desk: Desk, report: Callable[[str], None], advance: Callable[[int, str], None]) -> None:
    """Ingest, train, backtest, a replayed stretch of paper trading, stress tests, and a short evolution, each as a
    deployment's run.

    `report` hears every state of every run; `advance` is told how many of the `steps` are done and what comes next.
    """
    for done, (title, name) in enumerate(RESEARCH):
        advance(done, title)
        run_deployment(plan.api_url, name, {}, RUN_SECONDS, report)
    moments = list(decision_moments(desk, desk.clock.now(), STRETCHES * BARS))
    for number in range(STRETCHES):
        as_of = iso(moments[(number + 1) * BARS - 1])
        advance(len(RESEARCH) + number, f"paper trading up to {as_of[:10]}")
        run_deployment(plan.api_url, "trade/book", {"as_of": as_of, "bars": BARS}, RUN_SECONDS, report)
    advance(steps() - 2, "stress testing what it holds")
    run_deployment(plan.api_url, "stress/adhoc", {}, RUN_SECONDS, report)
    advance(steps() - 1, "evolving specialists, a few generations")
    run_deployment(plan.api_url, "evolve/adhoc", {"generations": GENERATIONS}, RUN_SECONDS, report)
    advance(steps(), "done")


def steps() -> int:
    """How many runs the main job has."""
    return len(RESEARCH) + STRETCHES + 2


def evolved(desk: Desk) -> dict[str, Any]:
    """What the evolution reported."""
    files = EvolutionFiles(desk.home / "state" / "evolution")
    text = files.read_text(files.runs()[0], "report.json")
    if text is None:
        raise Unavailable("the demo's evolution left no report; see the logs of its run in the Prefect UI")
    found: dict[str, Any] = json.loads(text)
    return found
