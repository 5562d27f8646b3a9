"""Features: what the regime, the alphas and the predictors look at."""

from models.features.known import index_as_known
from models.features.matrix import FEATURES, Features, compute_features

__all__ = ["FEATURES", "Features", "compute_features", "index_as_known"]
