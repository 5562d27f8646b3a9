"""The check before a trade, and the way of an intent through every gate into the journal."""

import itertools
import math
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

from data.journal import Carried, Decision, Journal, Settled, open_journal
from models.engine import Panel, Parameters, Slot, State, System, first_state, parameters_of, run_backtest
from models.engine.panel import EDGE, FIGURES, GATE, REGIME, empty_panel
from models.quality import outside, recent_middle, turbulent
from models.risk.pre_trade import require_sound
from models.specialists import OFF, plain_rules
from models.types import Bars, Regime
from models.types.timeframes import MINUTE
from tasks.session.bench.figure import Figure, Workplace, paired_seconds
from tasks.session.bench.markets import CONTROLLER, HOUSE, INSTRUMENT, PROFILE, TAIL
from tasks.session.pretrade import held_against

POSITIONS = 50
CALLS = 2_000
COLLAR, RATIO = 0.2, 4.0
BARS_KNOWN = 500
DECISIONS = 40
CHECK_TARGET, INTENTS_TARGET = 1000.0, 1000.0
LEAST_EDGE = 60.0
CAPITAL = 1e6
NAMES = [one.name.lower() for one in Regime]

Call = Callable[[], object]


def bench_check(_place: Workplace) -> Figure:
    """Microseconds of a full check of a book of 50: 25 positions, 25 orders."""
    check, plain = _checks()
    seconds, _, ratio = paired_seconds(lambda: _repeat(check, CALLS), lambda: _repeat(plain, CALLS), rounds=5)
    value = seconds / CALLS * 1e6
    reference = "leverage and value at risk alone, in plain Python"
    return Figure("pretrade.check_50", value, "us", reference, ratio, "<= 1000 us a check", value <= CHECK_TARGET)


def bench_check_tail(_place: Workplace) -> Figure:
    """The same, of the slowest of a hundred checks."""
    check, plain = _checks()
    own, other = _percentile(check), _percentile(plain)
    reference, met = "leverage and value at risk alone, in plain Python", own <= CHECK_TARGET
    return Figure("pretrade.check_50_p99", own, "us", reference, own / other, "p99 <= 1000 us", met)


def bench_intents(place: Workplace) -> Figure:
    """Intents a second: gates of the bars, the step with its sizes, the check, and the journal, durably."""
    before, panel, packed = _half_full()
    bars = [_bars(seed) for seed in range(POSITIONS // 2)]
    with tempfile.TemporaryDirectory(dir=place.folder) as name:
        journal, numbers = open_journal(Path(name) / "journal.sqlite"), itertools.count()
        with closing(sqlite3.connect(Path(name) / "plain.sqlite", isolation_level=None)) as plain:
            plain.execute("PRAGMA journal_mode=WAL")
            plain.execute("PRAGMA synchronous=FULL")
            plain.execute("CREATE TABLE intents (cid TEXT PRIMARY KEY, body TEXT)")
            cids = itertools.count()
            seconds, _, ratio = paired_seconds(
                lambda: _repeat(lambda: _decided(journal, numbers, bars, before, panel, packed), DECISIONS),
                lambda: _repeat(lambda: _bare(plain, cids), DECISIONS),
                rounds=3,
            )
        journal.engine.dispose()
    speed = DECISIONS * (POSITIONS // 2) / seconds
    reference, met = "bare sqlite3 commits of 25 rows", speed >= INTENTS_TARGET
    return Figure("pretrade.intents", speed, "intents/s", reference, ratio, ">= 1000 intents/s", met)


def _decided(
    journal: Journal, numbers: "itertools.count[int]", bars: list[Bars], before: State, panel: Panel, packed: Parameters
) -> None:
    """One decision of 25 orders, from the gates on."""
    for i, one in enumerate(bars):
        split = np.ones(len(one))
        wild = turbulent(one.high, one.low, one.close, split, RATIO)[-1]
        far = outside(one.close, recent_middle(one.close, split), COLLAR)[-1]
        panel.codes[-1, POSITIONS // 2 + i, GATE] = int(wild or far)
    run = run_backtest(panel, packed, before)
    require_sound(held_against(packed, run, before, COLLAR), [slot.symbol for _, slot in packed.rows])
    bar = next(numbers)
    state, intents = _carried(packed, run.state), tuple(run.intents())
    decision = Decision(f"b-{bar}", "bench", bar, bar, "v", {}, {}, {}, (), intents, (), {}, state, state)
    journal.record_decision(decision, bar - 1 if bar else None, Settled("paper"), "{}")


def _bare(plain: sqlite3.Connection, cids: "itertools.count[int]") -> None:
    plain.execute("BEGIN IMMEDIATE")
    for cid in itertools.islice(cids, POSITIONS // 2):
        plain.execute("INSERT INTO intents VALUES (?, ?)", (str(cid), "x" * 300))
    plain.execute("COMMIT")


def _carried(packed: Parameters, state: State) -> Carried:
    return Carried(
        accounts={"swing": state.accounts[0].tolist()},
        positions={"swing": {slot.symbol: state.book[i].tolist() for i, (_, slot) in enumerate(packed.rows)}},
        records={"swing": dict(zip(NAMES, state.records[0].tolist(), strict=True))},
    )


def _checks() -> tuple[Call, Call]:
    before, panel, packed = _half_full()
    run = run_backtest(panel, packed, before)
    violations = held_against(packed, run, before, COLLAR)
    if len(run.orders) != POSITIONS // 2 or violations:
        raise RuntimeError(f"{len(run.orders)} orders, {len(violations)} beyond a limit: this is no sound book of 50")
    values = [abs(units * price) for units, price in zip(run.held[-1], panel.close[-1], strict=True)]
    links = panel.links[0].tolist()
    return lambda: held_against(packed, run, before, COLLAR), lambda: _plain(values, links)


def _plain(values: list[float], links: list[list[float]]) -> tuple[float, float]:
    loads = [one * TAIL for one in values]
    square = sum(a * abs(c) * b for a, row in zip(loads, links, strict=True) for b, c in zip(loads, row, strict=True))
    return sum(values) / CAPITAL, math.sqrt(square)


def _half_full() -> tuple[State, Panel, Parameters]:
    """The state of a book that has 25 positions ordered, and the bar that fills them and orders 25 others."""
    slots = tuple(
        Slot(f"S{i}", i, i, False, INSTRUMENT, (plain_rules(1.0, 1.0, 1.0, 0.05, OFF),) * len(Regime))
        for i in range(POSITIONS)
    )
    profile = PROFILE._replace(max_position=0.01, max_portfolio_risk=1.0)
    systems = (System("swing", CAPITAL, profile, CONTROLLER._replace(adaptive=0.0), slots),)
    packed = parameters_of(systems, HOUSE)
    panel = empty_panel(np.arange(2, dtype=np.int64) * MINUTE, POSITIONS, np.empty((0, 2)))
    panel.prices[:] = (100.0, 100.5, 99.5, 100.0, 1e6)
    panel.figures[:] = 0.01
    panel.figures[:, :, FIGURES.index("range_high")] = 1.02
    panel.figures[:, :, EDGE] = -1.0
    panel.figures[0, : POSITIONS // 2, EDGE] = panel.figures[1, POSITIONS // 2 :, EDGE] = LEAST_EDGE
    panel.figures[1, : POSITIONS // 2, EDGE] = LEAST_EDGE
    panel.codes[:, :, GATE], panel.codes[:, :, REGIME] = 0, int(Regime.TRENDING)
    panel.tails[:, :, :2] = TAIL / 3.0
    first, second = (_row(panel, t) for t in range(2))
    return run_backtest(first, packed, first_state(systems)).state, second, packed


def _row(panel: Panel, t: int) -> Panel:
    whole = ("finer", "links")
    return panel._replace(**{name: getattr(panel, name)[t : t + 1] for name in Panel._fields if name not in whole})


def _bars(seed: int) -> Bars:
    """So many bars as the gates look back over, and some more."""
    rng = np.random.default_rng(seed)
    close = 100.0 * np.exp(np.cumsum(rng.normal(0.0, 0.001, BARS_KNOWN)))
    ts = np.arange(BARS_KNOWN, dtype=np.int64) * MINUTE
    return Bars(ts, close, close * 1.002, close * 0.998, close, np.ones(BARS_KNOWN))


def _repeat(call: Call, times: int) -> None:
    for _ in range(times):
        call()


def _percentile(call: Call) -> float:
    for _ in range(CALLS // 10):
        call()
    taken = []
    for _ in range(CALLS):
        begin = time.perf_counter_ns()
        call()
        taken.append(time.perf_counter_ns() - begin)
    return statistics.quantiles(taken, n=100)[-1] / 1e3
