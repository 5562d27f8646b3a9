"""Models that learn: trained walk-forward beside their bare libraries, and asked about one bar of ten symbols."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from conf.schema.model import ModelConfig
from models.predictors.kind import Core, Kind
from models.predictors.labels import Labels, label_bars
from models.predictors.predictions import FINAL_FOLD, Predictions
from models.predictors.speaker import Speaker, fit_speaker, speak
from models.predictors.stacked import stacked_inputs
from models.predictors.walking import WalkSettings, walk
from models.types import FloatArray, IntArray
from models.types.speakers import ALPHAS, META, PREDICTORS
from models.types.timeframes import MINUTE
from tasks.session.bench.figure import Figure, Workplace, paired_seconds
from tasks.session.bench.minutes import minute_bars
from tasks.session.learning.kinds import kind_of
from tasks.session.speaker_files import files_of, speaker_of

if TYPE_CHECKING:
    import keras
    import xgboost as xgb

BARS, FEATURES, FOLDS = 64_000, 40, 5
# What the asked models were trained on: their size does not depend on it.
SPOKEN_BARS = 6_000
SYMBOLS = 10
# Standard deviation of a bar's return: a feature of the made bars that the labels' barriers need.
NOISE = 0.001
TRAINING_TARGET, INFERENCE_TARGET = 1.3, 15.0


@dataclass(frozen=True, slots=True, eq=False)
class School:
    """Made bars, features with a little truth in some of them, and their labels, under the settings in force."""

    settings: ModelConfig
    ts: IntArray
    inputs: FloatArray
    labels: Labels

    @property
    def terms(self) -> WalkSettings:
        """FOLDS folds."""
        return WalkSettings(self.settings.horizon, self.settings.embargo, FOLDS)


@dataclass(frozen=True, slots=True, eq=False)
class Recorder:
    """A kind that learns as `kind` does, and notes the rows that it was given."""

    kind: Kind
    noted: list[IntArray] = field(default_factory=list)

    @property
    def name(self) -> str:
        """The kind's."""
        return self.kind.name

    @property
    def gives_odds(self) -> bool:
        """The kind's."""
        return self.kind.gives_odds

    @property
    def learns(self) -> bool:
        """The kind's."""
        return self.kind.learns

    @property
    def takes_gaps(self) -> bool:
        """The kind's."""
        return self.kind.takes_gaps

    @property
    def reach(self) -> int:
        """The kind's."""
        return self.kind.reach

    def fit(self, inputs: FloatArray, labels: Labels, early: IntArray, late: IntArray) -> Core:
        """As the kind's."""
        self.noted.append(early)
        return self.kind.fit(inputs, labels, early, late)


def bench_xgboost(place: Workplace) -> Figure:
    """Seconds of a whole training of XGBoost: five folds and the final model, with all words, scores and curves."""
    school = school_of(place, BARS)
    kind = kind_of("xgboost", school.settings)
    seconds, ratio = _trained(school, kind, lambda rows: _bare_booster(school, rows), rounds=1)
    said = f"ratio <= {TRAINING_TARGET:g}; {BARS} bars x {FEATURES} features, {FOLDS} folds and the final model"
    return Figure("training.xgboost", seconds, "s", "xgb.train on the same rows", ratio, said, ratio <= TRAINING_TARGET)


def bench_lstm(place: Workplace) -> Figure:
    """Seconds of a whole training of the network; both sides compile before they are measured."""
    from tasks.adapters import networks  # noqa: F401 - before Keras is imported

    school = school_of(place, BARS)
    kind = kind_of("lstm", school.settings)
    network = _bare_network(school)
    seconds, ratio = _trained(school, kind, network, rounds=1)
    said = f"ratio <= {TRAINING_TARGET:g}; {BARS} bars x {FEATURES} features, {FOLDS} folds and the final model"
    return Figure("training.lstm", seconds, "s", "keras fit on the same rows", ratio, said, ratio <= TRAINING_TARGET)


def bench_inference(place: Workplace) -> Figure:
    """Milliseconds of the words of all models about one bar of ten symbols, each with speakers of its own, warm."""
    import xgboost as xgb

    from tasks.adapters import networks  # noqa: F401 - before Keras is imported

    school = school_of(place, SPOKEN_BARS)
    speakers = _speakers(school)
    bare = xgb.Booster()
    bare.load_model(bytearray(files_of("xgboost", speakers[0]["xgboost"])["booster.ubj"]))
    newest = np.ascontiguousarray(school.inputs[-SYMBOLS:])
    seconds, _, ratio = paired_seconds(
        lambda: [_words(school, one) for one in speakers], lambda: bare.inplace_predict(newest), rounds=51
    )
    value = 1e3 * seconds
    said = f"<= {INFERENCE_TARGET:g} ms for one bar of {SYMBOLS} symbols, all {len(speakers[0])} models"
    return Figure("models.inference", value, "ms", "xgboost alone, 10 rows", ratio, said, value <= INFERENCE_TARGET)


def school_of(place: Workplace, bars: int) -> School:
    """By the settings of a desk in a folder that is thrown away."""
    with tempfile.TemporaryDirectory(dir=place.folder) as name:
        settings = place.make_desk(Path(name)).loaded.settings.model
    made = minute_bars(bars + settings.horizon + 1)
    rng = np.random.default_rng(1)
    labels = label_bars(made, settings.horizon, np.full(len(made), NOISE), settings.barrier, settings.horizon * MINUTE)
    inputs = rng.normal(size=(len(made), FEATURES))
    inputs[:, 0] += np.nan_to_num(labels.outcome_bps) / 50.0
    return School(settings, made.ts, inputs, labels)


def _trained(school: School, kind: Kind, bare: Callable[[IntArray], object], rounds: int) -> tuple[float, float]:
    """Median seconds of a walk-forward, and its ratio to `bare` on the rows of each of its fits."""
    recorder = Recorder(kind)

    def ours() -> None:
        recorder.noted.clear()
        walk(recorder, school.ts, school.inputs, school.labels, school.terms, lambda _: None)

    def reference() -> None:
        for rows in recorder.noted:
            bare(rows)

    seconds, _, ratio = paired_seconds(ours, reference, rounds)
    return seconds, ratio


def _bare_booster(school: School, rows: IntArray) -> "xgb.Booster":
    import xgboost as xgb

    own = school.settings.xgboost
    parameters = {
        "objective": "binary:logistic",
        "tree_method": "hist",
        "max_depth": own.max_depth,
        "eta": own.learning_rate,
        "min_child_weight": own.min_child_weight,
        "subsample": own.subsample,
        "colsample_bytree": own.colsample,
        "seed": own.seed,
        "nthread": own.threads,
        "base_score": 0.5,
    }
    matrix = xgb.DMatrix(school.inputs[rows], school.labels.rose[rows], weight=school.labels.weight[rows])
    return xgb.train(parameters, matrix, num_boost_round=own.rounds)


def _bare_network(school: School) -> Callable[[IntArray], object]:
    """Keras' own loop; the network is compiled once and begins anew for each fold."""
    own = school.settings.lstm
    network = _keras_network(own.window, own.units, own.dropout, own.learning_rate)
    start = [np.array(one) for one in network.variables]
    figures = school.inputs.astype(np.float32)

    def fit(rows: IntArray) -> object:
        for variable, value in zip(network.variables, start, strict=True):
            variable.assign(value)
        windows = figures[rows[rows >= own.window][:, None] + np.arange(1 - own.window, 1)]
        rose, weight = (one[rows[rows >= own.window]] for one in (school.labels.rose, school.labels.weight))
        return network.fit(
            windows, rose, sample_weight=weight, batch_size=own.batch, epochs=own.epochs, verbose=0, shuffle=True
        )

    return fit


def _keras_network(window: int, units: int, dropout: float, rate: float) -> "keras.Model":
    import keras

    network = keras.Sequential(
        [
            keras.layers.Input((window, FEATURES)),
            keras.layers.LSTM(units),
            keras.layers.Dropout(dropout),
            keras.layers.Dense(1),
        ]
    )
    network.compile(keras.optimizers.Adam(rate), keras.losses.BinaryCrossentropy(from_logits=True))
    network.optimizer.build(network.trainable_variables)
    return network


def _speakers(school: School) -> list[dict[str, Speaker]]:
    """Of each symbol one of every model, read from their files as a process does that begins."""
    rows, horizon = slice(0, SPOKEN_BARS), school.settings.horizon
    trained: dict[str, Speaker] = {}
    said: dict[str, Predictions] = {}
    for model in (*ALPHAS, *PREDICTORS):
        trained[model] = fit_speaker(
            kind_of(model, school.settings), _seen(school, model), school.labels, rows, horizon
        )
        said[model] = speak(trained[model], school.ts, _seen(school, model), rows, 0, int(school.ts[0]) - 1)
    stacked = stacked_inputs(school.ts, said, tuple(said))
    trained[META] = fit_speaker(kind_of(META, school.settings), stacked, school.labels, rows, horizon)
    files = {model: files_of(model, speaker) for model, speaker in trained.items()}
    return [{model: speaker_of(model, body) for model, body in files.items()} for _ in range(SYMBOLS)]


def _words(school: School, speakers: dict[str, Speaker]) -> Predictions:
    """What all say about the newest bar; the meta-learner last, about what the others said."""
    bar = slice(len(school.ts) - 1, len(school.ts))
    ts, seen = school.ts, int(school.ts[-2])
    parents = [one for one in speakers if one != META]
    said = {one: speak(speakers[one], ts, _seen(school, one), bar, FINAL_FOLD, seen) for one in parents}
    inputs = stacked_inputs(ts[bar], said, tuple(parents))
    return speak(speakers[META], ts[bar], inputs, slice(0, 1), FINAL_FOLD, seen)


def _seen(school: School, model: str) -> FloatArray:
    """What the model sees: all features, an alpha one of them."""
    return school.inputs if model in PREDICTORS else school.inputs[:, :1]
