"""How models are trained, which of their words count, and when they are trained again."""

from typing import Literal, Self

from pydantic import Field, model_validator

from conf.schema.group import Group
from models.types.speakers import AlphaName, PredictorName

Stackable = Literal[AlphaName, PredictorName]


class XgboostConfig(Group):
    """XGBoost's hyper-parameters."""

    rounds: int = Field(ge=1, le=10_000, description="trees")
    max_depth: int = Field(ge=1, le=16, description="levels of a tree")
    learning_rate: float = Field(gt=0.0, le=1.0, description="share of each tree's correction")
    min_child_weight: float = Field(ge=0.0, description="smallest sum of the loss' second derivatives in a leaf")
    subsample: float = Field(gt=0.0, le=1.0, description="share of the bars per tree")
    colsample: float = Field(gt=0.0, le=1.0, description="share of the features per tree")
    seed: int = Field(ge=0, description="of the subsampling")
    threads: int = Field(ge=1, le=256, description="fixed, because sums depend on it")


class LstmConfig(Group):
    """A recurrent network by Keras on JAX."""

    window: int = Field(ge=2, le=1000, description="bars that it looks back over, its own included")
    units: int = Field(ge=1, le=1024, description="width of the recurrent layer")
    epochs: int = Field(ge=1, le=1000, description="passes over the training bars")
    batch: int = Field(ge=1, le=65_536, description="windows per step of the training")
    learning_rate: float = Field(gt=0.0, le=1.0, description="of Adam")
    dropout: float = Field(
        ge=0.0, lt=1.0, description="share of the recurrent layer's outputs that is left out in training"
    )
    seed: int = Field(ge=0, description="of weights, order and dropout")


class NewsSignalConfig(Group):
    """How long headlines count for the alpha `news`."""

    decay_hours: float = Field(
        gt=0.0, le=8760.0, description="time after which a headline counts 1 / e of what it did at first, hours"
    )
    window_hours: float = Field(gt=0.0, le=8760.0, description="time after which it counts nothing, hours")
    coverage_days: float = Field(
        gt=0.0, le=365.0, description="days without any headline after which the news is taken not to be heard, days"
    )


class MetaConfig(Group):
    """The logistic regression over what the other models said."""

    models: tuple[Stackable, ...] = Field(
        min_length=1, strict=False, description="whose words it weighs; those that are not trained are left out"
    )
    penalty: float = Field(gt=0.0, le=1e6, description="strength of the L2 penalty on its standardised weights")

    @model_validator(mode="after")
    def _models_once(self) -> Self:
        if len(set(self.models)) < len(self.models):
            raise ValueError(f"models|found {list(self.models)}, allowed is each model once")
        return self


class DriftConfig(Group):
    """When a model has drifted so far that it is trained again."""

    days: float = Field(gt=0.0, le=3650.0, description="newest days that are held against the training's, days")
    population_shift: float = Field(
        gt=0.0, le=100.0, description="population stability index of a feature from which on it has shifted, index"
    )
    shifted_share: float = Field(gt=0.0, le=1.0, description="features that have to shift, share of all")
    loss: float = Field(
        gt=0.0, le=10.0, description="rise of the log loss over that of the walk-forward that counts as drift, nats"
    )


class ModelConfig(Group):
    """Labels, splits and momentum windows in bars, and the models' own settings."""

    horizon: int = Field(ge=1, le=10_000, description="bars over which an edge is expected")
    embargo: int = Field(ge=0, le=10_000, description="bars left out before a test block, beyond the purge")
    folds: int = Field(ge=2, le=50, description="walk-forward folds")
    momentum_short: int = Field(ge=2, le=10_000, description="bars of the short average")
    momentum_long: int = Field(ge=3, le=10_000, description="bars of the long average")
    barrier: float = Field(
        gt=0.0,
        le=100.0,
        description="distance of the label's barriers from its entry, times the volatility over the horizon",
    )
    longest_age_days: float = Field(
        gt=0.0, le=36_500.0, description="days after its last training bar for which a model may speak, days"
    )
    deadline_seconds: float = Field(
        ge=0.0, le=600.0, description="how long a decision waits for a network's words where one is routed, seconds"
    )
    memory_mb: int = Field(ge=500, description="memory that a training may take before it is ended, MB")
    promotion: Literal["better", "person"] = Field(
        description="better: a challenger that is no worse in advance speaks at once; person: keel promote decides"
    )
    xgboost: XgboostConfig
    lstm: LstmConfig
    news: NewsSignalConfig
    meta: MetaConfig
    drift: DriftConfig
