"""Seeded backtests printed as JSON: python twin_run.py, with numba or with NUMBA_DISABLE_JIT=1."""

import hashlib
import json

import numba
import numpy as np
from drawn_markets import random_books
from houses import random_house
from markets import index_of_yesterday, parameters, random_bars, random_index, random_panel, with_tails
from plain_harmoniser import BELIEFS
from random_accounts import random_instrument, random_profile, random_rules, random_specialist
from single import parameters_for

from models.engine import Happenings, Panel, Parameters, align, first_state, run_backtest, symbol_inputs
from models.engine.evaluator import evaluate
from models.features import compute_features, range_figures
from models.risk.harmoniser import harmonised
from models.types import CALENDARS, Leg, Reason, Regime, bar_micros, intents_sha256

COUNT = 2000
SYMBOLS = ("AAA", "BBB", "CCC")


def sha256(*arrays: np.ndarray) -> str:
    """Of the arrays' bits."""
    return hashlib.sha256(b"".join(np.ascontiguousarray(one).tobytes() for one in arrays)).hexdigest()


def panel_of_bars() -> Panel:
    """Three series through features, regimes and blend; the second lacks bars, the third has finer ones."""
    inputs = []
    for seed in range(3):
        bars = random_bars(seed, COUNT)
        if seed == 1:
            bars = bars.rows(np.arange(COUNT) % 53 > 2)
        known = index_of_yesterday(bars.ts, bar_micros("4h"), *random_index(seed, bars))
        features = compute_features(bars, CALENDARS["24/7"], "4h", 20, 50, known)
        rng = np.random.default_rng(seed)
        n = len(bars)
        momentum, boosting = (np.repeat(rng.normal(20.0, 60.0, n // 10 + 1), 10)[:n] for _ in range(2))
        ranges, regime = range_figures(bars, features.atr, 20), rng.integers(0, 4, n // 30 + 1).repeat(30)[:n]
        momentum[:300] = boosting[:300] = np.nan
        said, sure = np.column_stack((momentum, boosting)), rng.random((n, 2))
        edge = harmonised(said, sure, bars.close, 24, np.ones((len(bars), 2), bool), BELIEFS)[:, 0]
        happened = Happenings.none(n)
        if seed == 2:
            happened = Happenings(happened.gate, happened.split, happened.dividend, random_bars(seed, COUNT * 4, "1h"))
        inputs.append(symbol_inputs(bars, bar_micros("4h"), features, ranges, regime, edge.copy(), happened))
    return align(tuple(inputs))


def any_account(seed: int) -> Parameters:
    """Everything at random."""
    rng = np.random.default_rng(seed)
    rules = tuple(random_rules(rng)._replace(share=1.0, shorts=1.0) for _ in Regime)
    venues = tuple(random_instrument(rng)._replace(min_notional=5.0) for _ in SYMBOLS)
    profile, house = random_profile(rng)._replace(max_drawdown=0.9), random_house(rng)
    return parameters_for(profile, rules, venues, house=house)


def told(panel: Panel, packed: Parameters) -> dict[str, object]:
    """What the fold gives, as hashes."""
    found = run_backtest(panel, packed, first_state(packed.systems))
    intents = found.intents()
    legs = found.fills[:, 2].astype(np.int64)
    return {
        "intents": len(intents),
        "shorts": sum(one.quantity < 0.0 and one.reason == 10 for one in intents),
        "legs": {leg.name: int((legs == leg).sum()) for leg in Leg},
        "intents_sha256": intents_sha256(intents),
        "inputs": sha256(panel.prices, panel.figures, panel.codes, panel.finer, panel.finer_rows),
        "tails": sha256(panel.tails, panel.links, panel.link_rows, panel.events),
        "switches": len(found.switches),
        "trips": len(found.trips),
        "levels": sorted({one.level.name for one in found.ladder_events()}),
        "withdrawn": int((found.reasons == Reason.HOLD_WITHDRAWN).sum()),
        "sold": int(np.isin(found.reasons, (Reason.EXIT_FLATTEN, Reason.REDUCE_RISK)).sum()),
        "bounds": sorted({one.bound.name for one in intents}),
        "orders": sha256(found.orders),
        "fills": sha256(found.fills),
        "history": sha256(found.reasons, found.held, found.equities, found.switches),
        "stops": [sha256(found.trips), *(float(one).hex() for one in found.state.ladder)],
        "account": [float(one).hex() for one in found.state.accounts.ravel()],
        "book": [float(one).hex() for one in (*found.state.book.ravel(), *found.state.records.ravel())],
    }


def scored(seed: int) -> dict[str, object]:
    """What the evaluator gives for random genomes on one symbol, with and without skipping."""
    rng, packed = np.random.default_rng(seed), any_account(seed)
    panel = with_tails(random_panel(seed, 600, closes=(100.0,)), rng, 0.012, events=False)
    genomes = np.array([[random_rules, random_specialist][k % 2](rng) for k in range(24)])
    (system,) = packed.systems
    alone = parameters_for(system.profile, system.slots[0].rules, (system.slots[0].instrument,), house=packed.house)
    found = [evaluate(panel, genomes, alone, 10_000.0, skip) for skip in (True, False)]
    return {
        "entries": sum(one.figure("entries").sum() for one in found),
        "figures": sha256(*(one.figures for one in found)),
        "ends": sha256(*(array for one in found for array in (one.accounts, one.books, one.ladders))),
    }


def main() -> None:
    """One panel out of bars, one with everything that can go wrong, that under accounts at random, and specialists."""
    out: dict[str, object] = {
        "compiled": not numba.config.DISABLE_JIT,
        "bars": told(panel_of_bars(), parameters()),
        "random": told(random_panel(1, 1500), parameters()),
    }
    for seed in range(8):
        books = random_books(seed, 600)
        out[f"books {seed}"] = told(books.panel, books.parameters())
    for seed in range(5):
        panel = with_tails(random_panel(seed, 1000), np.random.default_rng(seed), 0.012, events=True)
        out[f"any {seed}"] = told(panel, any_account(seed))
        out[f"scores {seed}"] = scored(seed)
    print(json.dumps(out))


if __name__ == "__main__":
    main()
