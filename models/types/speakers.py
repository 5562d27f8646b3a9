"""The models that may speak about a series, by name, in the order of the columns where several stand together."""

from typing import Literal, get_args

# Formulas on the newest bars; what they are worth is learnt, the formula is not.
AlphaName = Literal["momentum", "reversion", "breakout", "pressure", "news"]
# Learnt from features.
PredictorName = Literal["xgboost", "lstm"]
ModelName = Literal[AlphaName, PredictorName, "meta"]

ALPHAS: tuple[str, ...] = get_args(AlphaName)
PREDICTORS: tuple[str, ...] = get_args(PredictorName)
# Learnt from what the others said about bars that they had not seen.
META = "meta"
MODELS: tuple[str, ...] = get_args(ModelName)
# Takes too long to load for the trading loop: a process of its own speaks in advance, the loop reads what it said.
HEAVY = ("lstm",)
# Say nothing with real money before an ablation of that very version has passed.
UNTRUSTED = ("news",)
