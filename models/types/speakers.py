"""The models that may speak about a series, by name, in the order of the columns where several stand together."""

# Formulas on the newest bars; what they are worth is learnt, the formula is not.
ALPHAS = ("momentum", "reversion", "breakout", "pressure", "news")
# Learnt from features.
PREDICTORS = ("xgboost", "lstm")
# Learnt from what the others said about bars that they had not seen.
META = "meta"
MODELS = (*ALPHAS, *PREDICTORS, META)
# Takes too long to load for the trading loop: a process of its own speaks in advance, the loop reads what it said.
HEAVY = ("lstm",)
# Say nothing with real money before an ablation of that very version has passed.
UNTRUSTED = ("news",)
