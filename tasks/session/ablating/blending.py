"""What each model adds to the blended edge: the blend as it is routed with and without the words of one."""

from collections.abc import Iterator

import numpy as np

from models.evidence.ablation import more_correlation
from models.evidence.following import better_timing
from models.evidence.redrawn import Figure
from models.types import BoolArray, FloatArray
from models.types.speakers import MODELS
from tasks.session.ablating.ground import SEED, Ground, spoken_rows
from tasks.session.ablating.report import BLEND, CORRELATION, LEFT_OUT, TAKEN_IN, TIMING, Added
from tasks.session.bar_routes import speaks_at
from tasks.session.desk import Desk
from tasks.session.edges import edges_of


def added_to_the_blend(desk: Desk, ground: Ground) -> Iterator[Added]:
    """Two rows for each model that said something: of those that are routed to some bar left out everywhere, of the
    others taken in everywhere.

    Raises:
        BadInput: no rule applies to the series.
    """
    for model, said in ground.spoken.said.items():
        if not said.spoken.any():
            continue
        change, with_it, without = with_and_without(desk, ground, model)
        edges = [blend(desk, ground, one) for one in (with_it, without)]
        for measure, figure in differences(ground, edges[0], edges[1]).items():
            yield Added(ground.series, BLEND, model, change, measure, figure)


def with_and_without(desk: Desk, ground: Ground, model: str) -> tuple[str, BoolArray, BoolArray]:
    """What is done with the model, and who speaks with it and without it, each of shape (n_bars, n_models).

    Raises:
        BadInput: no rule applies to the series.
    """
    routed = speaks_at(desk, ground.view)
    column = MODELS.index(model)
    is_routed = bool(routed[:, column].any())
    other = routed.copy()
    other[:, column] = not is_routed
    return (LEFT_OUT, routed, other) if is_routed else (TAKEN_IN, other, routed)


def blend(desk: Desk, ground: Ground, speaks: BoolArray) -> FloatArray:
    """The blended edge of each bar, shape (n_bars,), where those of `speaks` (n_bars, n_models) do."""
    return edges_of(desk, ground.view, ground.spoken, speaks).edge_bps


def differences(ground: Ground, whole: FloatArray, without: FloatArray) -> dict[str, Figure | None]:
    """By measure, over the bars about which either blend says something; the edge of one that is silent is zero."""
    known = np.isfinite(whole) | np.isfinite(without)
    one, other = (np.where(known, np.nan_to_num(edge), np.nan) for edge in (whole, without))
    rows = spoken_rows(known)
    outcome = ground.sheet.labels.outcome_bps
    return {
        CORRELATION: more_correlation(one, other, outcome, ground.block, SEED),
        TIMING: better_timing(ground.follow(one, rows), ground.follow(other, rows), ground.block, SEED),
    }
