"""Training again what has drifted or fallen silent."""

from collections.abc import Callable, Sequence
from typing import Any

from models.types import Series
from models.types.speakers import META
from tasks.session.desk import Desk
from tasks.session.drifting.report import SeriesWatch
from tasks.session.learning.child import train_in_child
from tasks.session.learning.speaking import why_silent

Report = Callable[[str], None]
Train = Callable[[Desk, Sequence[tuple[Series, Sequence[str]]], Report], list[dict[str, Any]]]


def retrain(
    desk: Desk, watched: Sequence[SeriesWatch], report: Report, train: Train = train_in_child
) -> tuple[dict[str, Any], ...]:
    """Train whatever wants it, and then each meta-learner that fell silent because a parent of it was trained; what
    each training left behind, as JSON has it. A new version is a challenger: by model.promotion it speaks or not.

    Raises:
        BadInput, Damaged, Refused, Unavailable: as the training raises them.
    """
    wanted = [(one.series, one.to_train) for one in watched if one.to_train]
    for series, models in wanted:
        report(f"{series}: {', '.join(models)} will be trained again")
    trained = train(desk, wanted, report) if wanted else []
    orphans = [(one.series, (META,)) for one in watched if _is_orphaned(desk, one)]
    return (*trained, *(train(desk, orphans, report) if orphans else ()))


def _is_orphaned(desk: Desk, watched: SeriesWatch) -> bool:
    """Whether the meta-learner could speak before its parents were trained, and cannot any more."""
    spoke = any(one.model == META and one.silent is None for one in watched.models)
    trained = watched.to_train and META not in watched.to_train
    return bool(spoke and trained) and why_silent(desk, watched.series, META, watched.bar) is not None
