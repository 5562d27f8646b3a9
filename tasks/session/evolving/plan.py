"""Which searches an evolution consists of: each specialist on the whole training window, and on each fold."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from conf.schema import EvolutionConfig
from models.engine import Panel
from models.evidence.splits import leaks, walk_forward_blocks
from models.evolution.ground import Ground
from models.evolution.problem import WHOLE, Problem
from models.evolution.settings import SearchSettings
from models.types import BadInput, FloatArray, Regime
from tasks.session.evolving.land import Land


@dataclass(frozen=True, slots=True)
class Fold:
    """Opens of the first bar, and of the first one after it, of training and test; UTC microseconds. Between training
    and test lie the label's horizon and the embargo.
    """

    number: int
    train: tuple[int, int]
    test: tuple[int, int]


def folds_of(land: Land, settings: SearchSettings, folds: int) -> tuple[Fold, ...]:
    """The walk-forward folds of the training window, each trained on everything before it.

    Raises:
        BadInput: there are too few bars.
    """
    opens = land.opens
    least = least_rows(settings)
    if opens.size // (folds + 1) < least:
        raise BadInput(
            f"{opens.size} training bars for {folds} folds leave {opens.size // (folds + 1)} to the first one; "
            f"evolution.groups ({settings.groups}) with {settings.purge} + {settings.embargo} bars between them need "
            f"{least}: bring more history into the lake, or set evolution.folds or evolution.groups lower"
        )
    blocks = walk_forward_blocks(opens.size, folds, settings.purge, settings.embargo, opens.size // (folds + 1))
    labels = np.minimum(np.arange(opens.size) + settings.purge, opens.size - 1)
    for block in blocks:
        if leaks(np.arange(block.train_stop), np.arange(block.test_start, block.test_stop), labels).size:
            raise ValueError(
                "a label of the training bars reaches into the test bars; the gap between them is too short"
            )
    ends = np.append(opens, land.held_from)
    return tuple(
        Fold(
            number + 1,
            (int(opens[0]), int(ends[block.train_stop])),
            (int(opens[block.test_start]), int(ends[block.test_stop])),
        )
        for number, block in enumerate(blocks)
    )


def least_rows(settings: SearchSettings) -> int:
    """Bars that can be cut into the groups of the fitness."""
    return settings.groups * (settings.purge + settings.embargo + 2)


def problems_of(
    land: Land, settings: SearchSettings, folds: Sequence[Fold], specialists: Sequence[Regime]
) -> list[Problem]:
    """The searches, those of one specialist together: a bar takes them about as long, and another specialist up to five
    times as long. The whole window first, then fold after fold. A symbol that has begun too shortly before the end
    of a window to be cut into groups is left out there.
    """
    windows = [(WHOLE, (land.begin, land.held_from)), *((one.number, one.train) for one in folds)]
    return [
        Problem(specialist, number, _long_enough(land.between(*window), settings), land.terms[specialist], settings)
        for specialist in specialists
        for number, window in windows
    ]


def _long_enough(grounds: Sequence[Ground], settings: SearchSettings) -> tuple[Ground, ...]:
    found = tuple(one for one in grounds if one.panel.ts.size >= least_rows(settings))
    if not found:
        raise BadInput(
            f"no symbol has the {least_rows(settings)} training bars that one fold needs; bring more history into the "
            "lake, or set evolution.folds or evolution.groups lower"
        )
    return found


def settings_of(chosen: EvolutionConfig, horizon: int, embargo: int) -> SearchSettings:
    """The search's part of the configuration, and the model's `horizon` and `embargo` in bars."""
    return SearchSettings(
        population=chosen.population,
        fitness=chosen.fitness,
        pareto=chosen.pareto,
        seed=chosen.seed,
        groups=chosen.groups,
        test_groups=chosen.test_groups,
        purge=horizon,
        embargo=embargo,
        quantile=chosen.quantile,
        jitter=chosen.jitter,
        cost_jitter=chosen.cost_jitter,
        least_trades=chosen.least_trades,
        most_drawdown=chosen.most_drawdown,
        least_bars=chosen.least_bars,
        sampled=chosen.sampled,
    )


def run_id(land: Land, settings: SearchSettings, told: Sequence[object]) -> str:
    """12 hex digits over everything that decides what the searches find: bars, edges, labels, costs, limits, terms,
    settings, and what else was `told`.
    """
    digest = hashlib.sha256(repr((settings, tuple(told), land.begin, land.held_from)).encode())
    for specialist in Regime:
        digest.update(repr(land.terms[specialist]).encode())
    for one in land.between(land.begin, land.held_from):
        panel, parameters = one.panel, one.parameters
        arrays = (
            *(panel.ts, panel.prices, panel.figures, panel.codes, panel.actions, panel.decided, panel.tails),
            *(panel.finer_rows, _finer(panel), one.ranges, one.labels, parameters.profiles, parameters.instruments),
        )
        digest.update(repr((one.symbol, one.capital, parameters.house)).encode())
        for array in arrays:
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:12]


def _finer(panel: Panel) -> FloatArray:
    """Finer bars of the panel's own rows; those of held bars stand behind them."""
    rows = panel.finer_rows[panel.finer_rows[..., 0] < panel.finer_rows[..., 1]]
    return panel.finer[rows[:, 0].min() : rows[:, 1].max()] if rows.size else panel.finer[:0]


def bars_sha256(land: Land) -> str:
    """Over the training bars of all symbols: what was tried on other bars are other trials."""
    digest = hashlib.sha256()
    for one in land.between(land.begin, land.held_from):
        digest.update(one.symbol.encode())
        for array in (one.panel.ts, one.panel.prices):
            digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()
