"""Training the models of a series: walk-forward, on everything, and whether the new version speaks from now on."""

from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from data.files import sha256_of
from data.model_files import ModelCard
from models.predictors.duel import duel
from models.predictors.judging import FoldScore
from models.predictors.labels import Labels
from models.predictors.stacked import stacked_inputs, stacked_names
from models.predictors.walking import Walked, WalkSettings, walk
from models.types import BadInput, Damaged, FloatArray, Series, iso
from models.types.speakers import META, MODELS
from tasks.ports import Tracker, TrainingRecord
from tasks.session.desk import Desk
from tasks.session.learning.kinds import kind_of, recipe
from tasks.session.learning.pictures import pages_of
from tasks.session.learning.sheet import Sheet, sheet_of
from tasks.session.learning.speaking import Manner, parents_said, spoken_of, usable_card
from tasks.session.market import MarketView, market_view
from tasks.session.speaker_files import files_of

CODE = Path(__file__).with_name("registered_model.py")
SAMPLE_ROWS = 5


@dataclass(frozen=True, slots=True)
class Training:
    """What a training left behind.

    Attributes:
        registered: version in the tracker's registry.
        sha256: of the version's files together.
        bars: that it learnt from.
        performance: walk-forward figures by name; correlations are those of edge and outcome, means over the folds.
        champion: whether the version speaks from now on.
        why: the reason for that.
        pages: pictures and tables.
    """

    series: Series
    model: str
    version: str
    registered: str
    sha256: str
    bars: int
    performance: dict[str, float]
    champion: bool
    why: str
    pages: tuple[Path, ...]

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        found = self.performance
        out = {name: found.get(name) for name in ("log_loss", "raw_error", "error")}
        return asdict(self) | {
            "series": str(self.series),
            "in_sample": {"correlation": found.get("in_sample")},
            "out_of_sample": {"correlation": found.get("out_of_sample")} | out,
            "pages": [str(page) for page in self.pages],
        }


@dataclass(frozen=True, slots=True, eq=False)
class _Lesson:
    """What one model of a series learns from."""

    view: MarketView
    model: str
    labels: Labels
    inputs: FloatArray
    names: tuple[str, ...]
    parents: dict[str, str]


def train_models(
    desk: Desk, series: Series, models: Sequence[str], tracker: Tracker, report: Callable[[str], None]
) -> list[Training]:
    """Train on everything in the lake, log it, store models and walk-forward predictions; the meta-learner last, and
    also where it spoke and a version that it weighs does no longer.

    Raises:
        BadInput: no such series, too few bars, or nothing for the meta-learner to weigh.
        Damaged: stored data or a parent's card does not match its checksum.
    """
    view = market_view(desk, series)
    sheet = sheet_of(desk, view)
    spoke = _speaks(desk, series, META)
    made = [_train(desk, _lesson(desk, view, sheet, model), tracker, report) for model in MODELS if model in models]
    if spoke and META not in models and not _speaks(desk, series, META):
        report(f"{series}: a model that meta weighs is another one now, so meta is trained again")
        made.append(_train(desk, _lesson(desk, view, sheet, META), tracker, report))
    return made


def _speaks(desk: Desk, series: Series, model: str) -> bool:
    try:
        return usable_card(desk, series, model) is not None
    except Damaged:
        return False


def _lesson(desk: Desk, view: MarketView, sheet: Sheet, model: str) -> _Lesson:
    if model != META:
        return _Lesson(view, model, sheet.labels, sheet.inputs[model], sheet.names[model], {})
    wanted = desk.loaded.settings.model.meta.models
    parents: dict[str, str] = {}
    for one in (model for model in MODELS if model in wanted):
        card = usable_card(desk, view.series, one)
        if card is not None:
            parents[one] = card.version
    if not parents:
        raise BadInput(
            f"{view.series} has no trained model for meta to weigh; allowed are {', '.join(wanted)} "
            "(model.meta.models): train one of them first"
        )
    spoken_of(desk, view, tuple(parents), Manner.COMPLETE)
    inputs = stacked_inputs(view.bars.ts, parents_said(desk, view, parents), tuple(parents))
    return _Lesson(view, model, sheet.labels, inputs, stacked_names(tuple(parents)), parents)


def _train(desk: Desk, lesson: _Lesson, tracker: Tracker, report: Callable[[str], None]) -> Training:
    settings, series = desk.loaded.settings.model, lesson.view.series
    kind = kind_of(lesson.model, settings)
    terms = WalkSettings(settings.horizon, settings.embargo, settings.folds)
    walked = walk(kind, lesson.view.bars.ts, lesson.inputs, lesson.labels, terms, report)
    files = files_of(lesson.model, walked.final)
    card = _card(desk, lesson, walked, files)
    desk.models.save(series, card, files)
    desk.predictions.append(series, card.model, card.version, walked.walk_forward)
    champion, why = _succeeds(desk, lesson, card, walked)
    pages = pages_of(desk, series, card, walked, lesson.labels, lesson.names)
    registered = tracker.log_training(_record(desk, lesson, walked, card, files, pages, champion))
    if champion:
        desk.models.make_current(series, card.model, card.version)
    report(f"{series} {card.model} {card.version}: {'speaks from now on' if champion else 'challenger'}, {why}")
    sha256 = sha256_of("".join(card.files[name] for name in sorted(card.files)).encode())
    return Training(
        series,
        card.model,
        card.version,
        registered,
        sha256,
        len(lesson.view.bars),
        card.performance,
        champion,
        why,
        pages,
    )


def _succeeds(desk: Desk, lesson: _Lesson, card: ModelCard, walked: Walked) -> tuple[bool, str]:
    """Whether the new version speaks from now on, and why."""
    series = lesson.view.series
    try:
        before = usable_card(desk, series, card.model)
    except Damaged as error:
        return True, f"the one before cannot be used ({error})"
    if before is None:
        return True, "there is no other one of the present settings"
    if before.version == card.version:
        return True, "it is the one that speaks already"
    if desk.loaded.settings.model.promotion == "person":
        return False, "model.promotion leaves it to a person: keel promote"
    said = desk.predictions.read(series, card.model, before.version).aligned(lesson.view.bars.ts)
    found = duel(walked.walk_forward, said, lesson.labels, desk.loaded.settings.model.horizon)
    return found.better, found.sentence


def _card(desk: Desk, lesson: _Lesson, walked: Walked, files: dict[str, bytes]) -> ModelCard:
    ts = lesson.view.bars.ts
    return ModelCard(
        model=lesson.model,
        version="",
        files={name: sha256_of(body) for name, body in files.items()},
        recipe=recipe(desk, lesson.view.series, lesson.model),
        horizon=desk.loaded.settings.model.horizon,
        trained_from=int(ts[0]),
        trained_until=int(ts[-1]),
        trained_at=desk.clock.now(),
        data_sha256=desk.bars.dataset(lesson.view.series).manifest().sha256,
        parents=lesson.parents,
        performance=_performance(walked.scores),
    ).sealed()


def _performance(scores: Sequence[FoldScore]) -> dict[str, float]:
    """Means over the folds that have the figure."""
    found = {}
    for name in ("in_sample", "out_of_sample", "log_loss", "raw_error", "error"):
        known = [one for score in scores if (one := getattr(score, name)) is not None]
        if known:
            found[name] = float(np.mean(known))
    return found


def _record(
    desk: Desk,
    lesson: _Lesson,
    walked: Walked,
    card: ModelCard,
    files: dict[str, bytes],
    pages: tuple[Path, ...],
    champion: bool,
) -> TrainingRecord:
    known = np.flatnonzero(walked.walk_forward.spoken)[:SAMPLE_ROWS]
    return TrainingRecord(
        series=lesson.view.series,
        model=card.model,
        version=card.version,
        settings=_flat(desk, card.model),
        tags={
            "keel.series": str(lesson.view.series),
            "keel.model": card.model,
            "keel.data_sha256": card.data_sha256,
            "keel.config_version": desk.loaded.version,
            "keel.recipe": card.recipe,
            "keel.trained_until": iso(card.trained_until),
            **{f"keel.parent.{name}": version for name, version in card.parents.items()},
        },
        metrics=card.performance,
        fold_metrics=tuple(
            {name: float(figure) for name, figure in asdict(one).items() if figure is not None} for one in walked.scores
        ),
        files=files,
        code=CODE,
        pages=pages,
        sample=lesson.inputs[known],
        input_names=lesson.names,
        champion=champion,
    )


def _flat(desk: Desk, model: str) -> dict[str, str | int | float]:
    """The settings behind the model, by dotted name."""
    settings = desk.loaded.settings.model.model_dump(mode="json")
    shared = {name: figure for name, figure in settings.items() if not isinstance(figure, dict)}
    own = settings.get(model, {})
    return shared | {
        f"{model}.{name}": str(figure) if isinstance(figure, list) else figure for name, figure in own.items()
    }
