"""Each model by itself: the walk-forward table after costs, and what an optimiser would have shown beside it."""

from dataclasses import replace

import numpy as np

from models.evidence.following import held, money_of
from models.evidence.saying import figures_of
from models.predictors import Predictions
from models.types import BoolArray, iso
from tasks.session.ablating.ground import SEED, Ground, spoken_rows
from tasks.session.ablating.report import Alone, Side
from tasks.session.desk import Desk
from tasks.session.learning.speaking import in_sample_of


def each_alone(desk: Desk, ground: Ground) -> list[Alone]:
    """Every model that said something, in the order of MODELS.

    Raises:
        Damaged: a model's file does not match its card.
    """
    learnt = in_sample_of(desk, ground.view, ground.spoken).said
    return [
        _alone(ground, model, said, learnt[model]) for model, said in ground.spoken.said.items() if said.spoken.any()
    ]


def _alone(ground: Ground, model: str, said: Predictions, learnt: Predictions) -> Alone:
    rows = spoken_rows(said.spoken)
    opens = np.ascontiguousarray(ground.view.adjusted.open[rows])
    return Alone(
        series=ground.series,
        model=model,
        version=ground.spoken.cards[model].version,
        first=iso(int(ground.ts[rows.start])),
        last=iso(int(ground.ts[-1])),
        out_of_sample=_side(ground, said, rows),
        in_sample=_side(ground, silenced(learnt, said.spoken), rows),
        held=money_of(held(opens, ground.costs), ground.per_year, ground.block, SEED),
    )


def _side(ground: Ground, said: Predictions, rows: slice) -> Side:
    done = ground.follow(said.edge_bps, rows)
    return Side(
        said=figures_of(said, ground.sheet.labels, ground.block, SEED),
        money=money_of(done, ground.per_year, ground.block, SEED),
    )


def silenced(said: Predictions, rows: BoolArray) -> Predictions:
    """The predictions with nothing said but about those rows (n_bars,)."""
    columns = {name: np.where(rows, getattr(said, name), np.nan) for name in ("edge_bps", "raw", "probability")}
    return replace(said, **columns)
