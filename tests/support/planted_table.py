"""The long benchmark of docs/planted-edges.md, as Markdown: `.venv/bin/python tests/support/planted_table.py`.

SEEDS markets of each kind, all specialists, each evolution with CHOSEN; then the three formulas of the fitness on other
seeds. One process for each processor; nothing but the times depends on their number.
"""

import sys
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial

import numpy as np
from planted_studies import Kind, Studied, studied

from models.evidence.gates import ORDER
from models.types import Regime

BARS, SEEDS = 20_000, range(1, 21)
CHOSEN = {
    "generations": 20,
    "population": 40,
    "folds": 3,
    "placebo_draws": 19,
    "placebo_generations": 3,
    "neighbours": 32,
    "sampled": 32,
    "least_bars": 500,
}
# Formulas are compared by what their winners earn, so that what only gates need is cut short; on seeds of their own.
FORMULAS, FORMULA_SEEDS = ("robust", "composite", "scaled"), range(101, 107)
UNGATED = CHOSEN | {"placebo_draws": 1, "placebo_generations": 1, "neighbours": 10}
TITLES = {"planted": "planted x 2", "weak": "planted x 1", "walk": "random walks", "shuffled": "shuffled"}


def studied_all(kind: Kind, seeds: Iterable[int]) -> list[Studied]:
    """Every specialist on a market of this kind for each seed."""
    return _each(partial(_one, kind, CHOSEN), seeds)


def found_table(found: Sequence[Studied]) -> str:
    """What was found, by specialist: medians over the seeds, and intervals that have what was planted."""
    rows = []
    for specialist in Regime:
        own = _of(found, specialist)
        edges = [one.edge for one in own if one.edge is not None]
        rows.append(
            (
                specialist.name.lower(),
                f"{sum(one.candidate.passed for one in own)} of {len(own)}",
                f"{_median(_sharpe(one.candidate.in_sample.sharpe) for one in own):.2f}",
                f"{_median(_sharpe(one.candidate.out_of_sample.sharpe) for one in own):.2f}",
                f"{_median(one.entries for one in edges):.0f}",
                f"{_median(one.said for one in edges):.0f}",
                f"{_median(one.planted for one in edges):.0f}",
                f"{_median(one.measured for one in edges):.0f}",
                f"{_median((one.high - one.low) / 2.0 for one in edges):.0f}",
                f"{sum(one.covered for one in edges)} of {len(edges)}",
            )
        )
    head = (
        "specialist",
        "passed",
        "Sharpe in",
        "Sharpe out",
        "entries",
        "said",
        "planted",
        "measured",
        "+-",
        "covered",
    )
    return _table(head, rows)


def gates_table(markets: dict[str, Sequence[Studied]]) -> str:
    """How many candidates pass each gate, by kind of market."""
    rows = []
    for gate in ORDER:
        passed = [sum(gate not in one.failed for one in found) for found in markets.values()]
        rows.append(
            (gate, *(f"{count} of {len(found)}" for count, found in zip(passed, markets.values(), strict=True)))
        )
    whole = [f"{sum(one.candidate.passed for one in found)} of {len(found)}" for found in markets.values()]
    return _table(("gate", *(TITLES[kind] for kind in markets)), [*rows, ("all of them", *whole)])


def specialists_table(found: Sequence[Studied]) -> str:
    """How many candidates of each specialist pass each gate."""
    rows = []
    for gate in ORDER:
        own = [_of(found, specialist) for specialist in Regime]
        rows.append((gate, *(f"{sum(gate not in one.failed for one in each)} of {len(each)}" for each in own)))
    return _table(("gate", *(one.name.lower() for one in Regime)), rows)


def weights_table(found: Sequence[Studied]) -> str:
    """Of candidates that should not pass: those that would if a gate were not asked, and if it were asked alone."""
    rows = []
    for gate in ORDER:
        without = sum(one.candidate.matched and set(one.failed) <= {gate} for one in found)
        alone = sum(gate not in one.failed for one in found)
        rows.append((gate, str(without), str(alone)))
    return _table((f"of {len(found)}", "pass without it", "pass it alone"), rows)


def formulas_table() -> str:
    """Median Sharpe ratios of the folds' winners, by formula and market."""
    rows = []
    for kind in ("planted", "weak", "walk"):
        for formula in FORMULAS:
            found = _each(partial(_one, kind, UNGATED | {"fitness": formula}), FORMULA_SEEDS)
            rows.append(formula_row(kind, formula, found))
    return _table(("market", "fitness", *(one.name.lower() for one in Regime), "all", "in - out", "lost"), rows)


def formula_row(kind: Kind, formula: str, found: Sequence[Studied]) -> tuple[str, ...]:
    """Out-of-sample Sharpe ratio by specialist and of all, how much more it was in sample, and how many lost."""
    out = [_sharpe(one.candidate.out_of_sample.sharpe) for one in found]
    gaps = [_inside(one) - after for one, after in zip(found, out, strict=True)]
    own = [_median(_sharpe(one.candidate.out_of_sample.sharpe) for one in _of(found, each)) for each in Regime]
    lost = sum(one.candidate.out_of_sample.total_return < 0.0 for one in found)
    figures = (*own, _median(out), _median(gaps))
    return TITLES[kind], formula, *(f"{one:.2f}" for one in figures), f"{lost} of {len(found)}"


def main() -> None:
    """Everything, to the standard output."""
    kinds: tuple[Kind, ...] = ("planted", "weak", "walk", "shuffled")
    markets = {kind: studied_all(kind, SEEDS) for kind in kinds}
    empty = [*markets["walk"], *markets["shuffled"]]
    parts = [found_table(markets[kind]) for kind in ("planted", "weak", "walk")]
    parts += [gates_table(markets), specialists_table(markets["planted"]), weights_table(empty), formulas_table()]
    sys.stdout.write("\n".join(parts))


def _one(kind: Kind, chosen: dict[str, object], seed: int) -> list[Studied]:
    return studied(kind, BARS, seed, list(Regime), chosen, 1)


def _each(work: Callable[[int], list[Studied]], seeds: Iterable[int]) -> list[Studied]:
    with ProcessPoolExecutor() as pool:
        return [one for found in pool.map(work, seeds) for one in found]


def _of(found: Sequence[Studied], specialist: Regime) -> list[Studied]:
    return [one for one in found if one.candidate.specialist is specialist]


def _inside(found: Studied) -> float:
    """Mean over the folds of their winners' Sharpe ratios on what they were found on."""
    return float(np.mean([_sharpe(one.in_sample.sharpe) for one in found.candidate.folds]))


def _sharpe(found: float | None) -> float:
    """Who never trades has none: that counts as none earned."""
    return 0.0 if found is None else found


def _median(values: Iterable[float]) -> float:
    return float(np.median(list(values)))


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(row) + " |" for row in (head, *rows)]
    return "\n".join([lines[0], "|" + "---|" * len(head), *lines[1:], ""])


if __name__ == "__main__":
    main()
