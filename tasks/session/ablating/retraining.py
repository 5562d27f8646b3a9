"""What parts add to a model that learns from them: trained walk-forward once more, with and without each."""

from collections.abc import Callable, Iterator, Mapping

import numpy as np

from models.evidence.ablation import less_loss, log_losses
from models.predictors.stacked import stacked_inputs
from models.predictors.walking import WalkSettings, walk
from models.types import BoolArray, FloatArray
from models.types.speakers import META
from tasks.session.ablating.ground import SEED, Ground
from tasks.session.ablating.groups import groups_of
from tasks.session.ablating.report import LEFT_OUT, LOG_LOSS, TREES, Added
from tasks.session.desk import Desk
from tasks.session.learning.kinds import kind_of
from tasks.session.learning.speaking import parents_said


def parts_of_meta(desk: Desk, ground: Ground) -> dict[str, FloatArray]:
    """Inputs of the meta-learner (n_bars, n_inputs): whole, by an empty name, and without each of the models that its
    current version weighs; nothing where it may not speak or weighs one only.
    """
    card = ground.spoken.cards.get(META)
    if card is None or len(card.parents) < 2:
        return {}
    said, names = parents_said(desk, ground.view, card.parents), tuple(card.parents)
    without = {one: tuple(other for other in names if other != one) for one in ("", *names)}
    return {one: stacked_inputs(ground.ts, said, left) for one, left in without.items()}


def parts_of_trees(ground: Ground) -> dict[str, FloatArray]:
    """Features of xgboost (n_bars, n_features): whole, by an empty name, and without each group; nothing where xgboost
    may not speak. All are known on the same bars, so that all learn from the same.
    """
    if TREES not in ground.spoken.cards:
        return {}
    matrix, names = ground.sheet.inputs[TREES], ground.sheet.names[TREES]
    known: BoolArray = np.logical_and.reduce(np.isfinite(matrix), axis=1)
    found = {"": matrix}
    for group, columns in groups_of(names).items():
        found[group] = np.where(known[:, None], np.delete(matrix, columns, axis=1), np.nan)
    return {} if len(found) < 3 else found


def added_by_inputs(
    desk: Desk, ground: Ground, whole: str, parts: Mapping[str, FloatArray], step: Callable[[str], None]
) -> Iterator[Added]:
    """A row for each part of the inputs of the model `whole`, as of `parts_of_meta` or `parts_of_trees`."""
    losses: dict[str, FloatArray] = {}
    for part, inputs in parts.items():
        step(f"{ground.series}: {whole} without {part}" if part else f"{ground.series}: {whole} with all its inputs")
        losses[part] = out_of_fold_losses(desk, ground, whole, inputs)
    for part in losses:
        if part:
            figure = less_loss(losses[""], losses[part], ground.block, SEED)
            yield Added(ground.series, whole, part, LEFT_OUT, LOG_LOSS, figure)


def out_of_fold_losses(desk: Desk, ground: Ground, model: str, inputs: FloatArray) -> FloatArray:
    """Loss of each bar (n_bars,), NaN where no fold spoke, of the model trained on these inputs (n_bars, n_inputs)."""
    settings = desk.loaded.settings.model
    terms = WalkSettings(settings.horizon, settings.embargo, settings.folds)
    labels = ground.sheet.labels
    walked = walk(kind_of(model, settings), ground.ts, inputs, labels, terms, lambda _: None)
    return log_losses(walked.walk_forward.probability, labels.rose)
