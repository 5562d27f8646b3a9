"""From a decision in the journal until the query of a panel returns it: with the real API and a real Prometheus."""

import random
import tempfile
import time
from pathlib import Path

import numpy as np

from tasks.monitoring.bench.homes import TOKENS, served_home
from tasks.monitoring.bench.watchers import INSTALL, PROMETHEUS, Watchers, program, wait_for, watching
from tasks.monitoring.servers import Places
from tasks.session.bench.figure import Figure, Workplace

EVENTS = 30
TARGET_S = 2.0
# A panel of the Model Router: it counts every decision.
QUERY = "sum(keel_routed_total)"


def bench_panel(place: Workplace) -> Figure:
    """p99; the reference is the time from one scrape to the next, which no event can be faster than on average.

    Raises:
        Unavailable: Prometheus is not installed.
    """
    program(PROMETHEUS)
    seconds = panel_seconds(place, EVENTS)
    p50, p99 = np.percentile(seconds, [50, 99]).tolist()
    target = f"p99 <= {TARGET_S:g} s (p50 {p50:.2f} s, {EVENTS} events)"
    return Figure("event_to_panel", p99, "s", "one scrape interval (1 s)", p99 / 1.0, target, p99 <= TARGET_S)


def panel_seconds(place: Workplace, events: int) -> list[float]:
    """Of each event, at moments that have nothing to do with the scrapes."""
    chance = random.Random(1)  # noqa: S311 - pauses, no secrets
    settings = place.make_desk(place.folder).loaded.settings
    with tempfile.TemporaryDirectory(dir=place.folder) as name:
        folder = Path(name)
        (folder / "home").mkdir()
        with (
            served_home(folder / "home", {}) as home,
            watching(folder, settings, Places(home.api), TOKENS["watch"], TOKENS["notify"]) as watchers,
        ):
            wait_for(lambda: _total(watchers) > 0.0, 60.0, f"no panel has data; {INSTALL}")
            found = []
            for _ in range(events):
                time.sleep(chance.random())
                before = _total(watchers)
                home.decide()
                begun = time.perf_counter()
                seen = wait_for(lambda least=before: _total(watchers) > least, 30.0, "an event was never seen")  # type: ignore[misc]
                found.append(seen - begun)
    return found


def _total(watchers: Watchers) -> float:
    return sum(value for _, value in watchers.ask(QUERY))
