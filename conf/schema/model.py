"""How models are trained."""

from pydantic import Field

from conf.schema.group import Group


class BoostingConfig(Group):
    """XGBoost's hyper-parameters."""

    rounds: int = Field(ge=1, le=10_000, description="trees")
    max_depth: int = Field(ge=1, le=16, description="levels of a tree")
    learning_rate: float = Field(gt=0.0, le=1.0, description="share of each tree's correction")
    min_child_weight: float = Field(ge=0.0, description="smallest number of bars in a leaf")
    subsample: float = Field(gt=0.0, le=1.0, description="share of the bars per tree")
    colsample: float = Field(gt=0.0, le=1.0, description="share of the features per tree")
    seed: int = Field(ge=0, description="of the subsampling")
    threads: int = Field(ge=1, le=256, description="fixed, because sums depend on it")


class ModelConfig(Group):
    """Labels, splits and momentum windows, in bars."""

    horizon: int = Field(ge=1, le=10_000, description="bars over which an edge is expected")
    embargo: int = Field(ge=0, le=10_000, description="bars left out before a test block, beyond the purge")
    folds: int = Field(ge=2, le=50, description="walk-forward folds")
    momentum_short: int = Field(ge=2, le=10_000, description="bars of the short average")
    momentum_long: int = Field(ge=3, le=10_000, description="bars of the long average")
    boosting: BoostingConfig
