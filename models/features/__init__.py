"""Features: what the regime, the alphas and the predictors look at."""

from models.features.declared import declared
from models.features.imbalance import book_imbalance, imbalance_as_known
from models.features.inputs import FeatureInputs, Leader
from models.features.kinds import KINDS, REVISION, code_revision
from models.features.known import index_as_known
from models.features.matrix import KEPT, Features, compute_declared, compute_features, without_predictors
from models.features.ranges import RangeFigures, range_figures
from models.features.spec import Declaration, FeatureSpec, feature_version

__all__ = [
    "KEPT",
    "KINDS",
    "REVISION",
    "Declaration",
    "FeatureInputs",
    "FeatureSpec",
    "Features",
    "Leader",
    "RangeFigures",
    "book_imbalance",
    "code_revision",
    "compute_declared",
    "compute_features",
    "declared",
    "feature_version",
    "imbalance_as_known",
    "index_as_known",
    "range_figures",
    "without_predictors",
]
