"""What a search runs on, at random, and a backtest of each genome to hold it against. Needs nothing but models/."""

import math

import numpy as np
from panel_rows import rows_of
from single import parameters_for

from models.engine import Panel, Parameters, Run, State, first_state, run_backtest
from models.engine.panel import DIVIDEND, EDGE, GATE, REGIME, SPLIT, VOLUME, empty_panel
from models.engine.scores import FIGURES
from models.engine.tables import FILL_LEG
from models.risk import House, RiskProfile
from models.specialists import Rules, plain_rules
from models.types import FloatArray, Instrument, Leg, Reason
from models.types.timeframes import DAY, HOUR, MINUTE

CAPITAL = 10_000.0
OFF = math.inf
PLAIN = plain_rules(0.0, 1.0, 1.0, OFF, OFF)
ODD = ("prices", "volume", "unknown", "gates", "splits", "dividends", "undecided", "blind", "finer", "holes")
STEPS = (5 * MINUTE, HOUR, 4 * HOUR, DAY)
PROFILE = RiskProfile(0.05, 0.02, 0.5, 2.0, 0.15, 0.5, 3.0, 12.0)
INSTRUMENT = Instrument(0.01, 1e-5, 5.0, 0.001, 0.0005, 0.0002, 0.02, 0.2, 1.0, shorts=1.0)


def random_symbol(
    seed: int, bars: int, odd: tuple[str, ...] = (), step: int = HOUR, start: int = 18_000 * DAY
) -> Panel:
    """One symbol on the tick of 0.01: calm and wild stretches; of what is `odd`, some bars have it."""
    rng = np.random.default_rng(seed)
    ts = start + np.arange(bars, dtype=np.int64) * step
    if "holes" in odd:
        ts = ts + np.cumsum(np.where(rng.random(bars) < 0.02, 30 * step, 0))
    wild = np.repeat(rng.choice([0.0005, 0.004, 0.02], bars // 40 + 1), 40)[:bars]
    close = np.round(100.0 * np.exp(np.cumsum(wild * rng.standard_normal(bars))), 2)
    opens = np.round(np.append(100.0, close[:-1]) * (1.0 + 0.3 * wild * rng.standard_normal(bars)), 2)
    high = np.round(np.maximum(opens, close) * (1.0 + wild * rng.random(bars)) + 0.005, 2)
    low = np.round(np.minimum(opens, close) * (1.0 - wild * rng.random(bars)) - 0.005, 2)
    edge = np.repeat(rng.normal(5.0, 60.0, bars // 12 + 1), 12)[:bars] + rng.normal(0.0, 10.0, bars)
    panel = empty_panel(ts, 1, np.empty((0, 2)))
    panel.prices[:, 0] = np.column_stack((opens, high, low, close, rng.lognormal(4.0, 1.5, bars)))
    panel.figures[:, 0, :5] = np.column_stack((edge, wild, 1.5 * wild, 1.0 - 3.0 * wild, 1.0 + 3.0 * wild))
    panel.figures[:, 0, 5:] = _readings(np.random.default_rng([seed, 1]), bars)
    panel.codes[:, 0, REGIME] = np.repeat(np.random.default_rng([seed, 2]).integers(0, 4, bars // 15 + 1), 15)[:bars]
    panel.codes[:, 0, GATE] = 0
    panel.tails[:, 0, :3] = _tails(np.random.default_rng([seed, 3]), bars)
    return _made_odd(panel, odd, rng)


def _tails(rng: np.random.Generator, bars: int) -> FloatArray:
    """Value at risk of both sides, unknown at the start in some and now and then later, and share of a size, shape
    (bars, 3).
    """
    spells = bars // 30 + 1
    drawn = np.column_stack((rng.uniform(0.005, 0.08, (spells, 2)), rng.choice([1.0, 1.0, 0.6, 0.3], spells)))
    tails = np.repeat(drawn, 30, axis=0)[:bars]
    tails[: rng.choice([0, 0, 40]), :2] = np.nan
    tails[np.repeat(rng.random(spells) < 0.06, 30)[:bars], :2] = np.nan
    return tails


def _readings(rng: np.random.Generator, bars: int) -> FloatArray:
    """Width, oscillator, momentum, sentiment, ATR ratio, ADX and stretch, shape (bars, 7)."""
    readings = [rng.uniform(-1.1, 1.1, bars) for _ in range(3)]
    return np.column_stack(
        (
            rng.uniform(0.5, 2.0, bars),
            *readings,
            rng.uniform(0.5, 2.0, bars),
            rng.uniform(5.0, 50.0, bars),
            rng.normal(0.0, 0.02, bars),
        )
    )


def _made_odd(panel: Panel, odd: tuple[str, ...], rng: np.random.Generator) -> Panel:
    def some(share: float) -> FloatArray:
        return np.flatnonzero(rng.random(panel.ts.size) < share)

    if "prices" in odd:
        for bad in (np.nan, 0.0, -1.0, np.inf):
            panel.prices[some(0.01), 0, rng.integers(0, 4)] = bad
    if "volume" in odd:
        panel.prices[some(0.1), 0, VOLUME] = 0.0
    if "unknown" in odd:
        panel.prices[some(0.1), 0, VOLUME] = np.nan
    if "gates" in odd:
        for gate in (Reason.REFUSED_NO_BAR, Reason.REFUSED_STALE, Reason.REFUSED_DATA, Reason.REFUSED_STOPPED):
            panel.codes[some(0.02), 0, GATE] = int(gate)
    if "splits" in odd:
        panel.actions[some(0.02), 0, SPLIT] = rng.choice([0.1, 1.5, 2.0])
    if "dividends" in odd:
        panel.actions[some(0.02), 0, DIVIDEND] = 0.8
    if "undecided" in odd:
        panel.decided[some(0.05)] = False
    if "blind" in odd:
        panel.figures[some(0.1), 0, EDGE] = np.nan
        panel.figures[some(0.02), 0, 1:] = np.nan
    return with_finer(panel, rng) if "finer" in odd else panel


def with_finer(panel: Panel, rng: np.random.Generator) -> Panel:
    """Four finer bars in most of the bars."""
    bars = panel.ts.size
    high, low = panel.prices[:, 0, 1], panel.prices[:, 0, 2]
    reach = rng.random((bars, 4, 2))
    finer = np.stack((high[:, None] * (1 - 0.01 * reach[:, :, 0]), low[:, None] * (1 + 0.01 * reach[:, :, 1])), axis=2)
    panel.finer_rows[:, 0, 0] = 4 * np.arange(bars)
    panel.finer_rows[:, 0, 1] = panel.finer_rows[:, 0, 0] + np.where(rng.random(bars) < 0.8, 4, 0)
    return panel._replace(finer=finer.reshape(-1, 2))


def random_genomes(seed: int, count: int) -> FloatArray:
    """Rules whose every exit is live in most, shape (count, 32)."""
    rng = np.random.default_rng(seed)

    def drawn(least: float, most: float, off: float = 0.15) -> FloatArray:
        return np.where(rng.random(count) < off, OFF, rng.uniform(least, most, count))

    return np.column_stack(
        (
            rng.uniform(0.0, 3.0, count),
            np.where(rng.random(count) < 0.2, -OFF, rng.uniform(-60.0, 20.0, count)),
            rng.uniform(0.05, 1.0, count),
            rng.choice([0.0, 0.5, 1.0, 1.0, 1.0], count),
            rng.choice([0.0, 1.0], count),
            np.where(rng.random(count) < 0.6, 0.0, rng.uniform(0.0, 0.01, count)),
            drawn(0.003, 0.1),
            drawn(0.5, 8.0),
            drawn(0.0, 0.03, 0.5),
            drawn(0.003, 0.1),
            drawn(0.5, 5.0),
            drawn(0.5, 1.2, 0.5),
            drawn(0.003, 0.1),
            drawn(0.5, 8.0),
            drawn(0.002, 0.05),
            rng.uniform(0.1, 0.9, count),
            np.floor(drawn(1.0, 120.0)),
            np.floor(drawn(1.0, 5.0)),
            *np.tile(PLAIN[18:], (count, 1)).T,
        )
    )


def random_specialists(seed: int, count: int) -> FloatArray:
    """The same with what specialists add: weighted edges, filters, handovers, and a weight in some, (count, 32)."""
    rng = np.random.default_rng([seed, 1])
    genomes = random_genomes(seed, count)
    for name, drawn in {
        "sentiment_weight": lambda: rng.choice([0.0, 0.4, 1.0]),
        "momentum_weight": lambda: rng.choice([0.0, 0.0, 0.7, -0.3]),
        "oscillator_weight": lambda: rng.choice([0.0, 0.0, 1.0]),
        "least_volatility": lambda: rng.choice([0.0, 0.0, 0.8]),
        "least_trend": lambda: rng.choice([0.0, 0.0, 15.0]),
        "pullback": lambda: rng.choice([0.0, 0.0, 1.0]),
        "most_width": lambda: rng.choice([OFF, OFF, 1.5]),
        "near_edge": lambda: rng.choice([OFF, OFF, 0.03]),
        "max_exposure": lambda: rng.choice([OFF, 0.1, 0.3]),
        "least_cash": lambda: rng.choice([0.0, 0.0, 0.7]),
        "leaves": lambda: rng.choice([0.0, 0.0, 1.0]),
        "takes_over": lambda: rng.choice([0.0, 1.0]),
        "weight": lambda: rng.choice([OFF, OFF, OFF, OFF, 0.0, 0.5]),
        "band": lambda: rng.choice([0.0, 0.05]),
    }.items():
        genomes[:, Rules._fields.index(name)] = [drawn() for _ in range(count)]
    return genomes


def packed(
    genome: FloatArray,
    profile: RiskProfile,
    instrument: Instrument,
    capital: float = CAPITAL,
    house: House | None = None,
) -> Parameters:
    """One genome for every regime."""
    return parameters_for(profile, (Rules(*genome.tolist()),) * 4, (instrument,), capital, house)


def backtest(panel: Panel, parameters: Parameters) -> Run:
    """That of a genome."""
    return run_backtest(panel, parameters, first_state(parameters.systems))


def folded(panel: Panel, parameters: Parameters) -> State:
    """Where it ends."""
    return backtest(panel, parameters).state


def counted_by_bars(panel: Panel, parameters: Parameters) -> tuple[State, FloatArray]:
    """(state at the end, the figures of an evaluation counted from outside) of a backtest bar after bar."""
    state = first_state(parameters.systems)
    found = dict.fromkeys(FIGURES, 0.0)
    before = top = state.account(0).cash
    for t in range(panel.ts.size):
        rows = slice(t, t + 1)
        one = rows_of(panel, rows)
        was_held = state.book[0, 0] != 0.0
        run = run_backtest(one, parameters, state)
        state = run.state
        entries = float((run.fills[:, FILL_LEG] == int(Leg.ENTRY)).sum())
        found["entries"] += entries
        if state.book[0, 0] != 0.0:
            found["held"] += 1.0
        elif was_held or entries:
            profit = state.account(0).cash - before
            found["trades"] += 1.0
            found["wins"] += float(profit > 0.0)
            found["gain"] += profit if profit > 0.0 else 0.0
            found["loss"] -= profit if profit < 0.0 else 0.0
            found["returns"] += profit / before
            found["squares"] += (profit / before) * (profit / before)
            before = state.account(0).cash
            top = max(top, before)
            found["drawdown"] = max(found["drawdown"], 1.0 - before / top)
    money = state.account(0)
    found["equity"], found["costs"] = money.equity, money.fees + money.slip + money.carry
    return state, np.array(list(found.values()))
