"""The one registry of how each model learns, by the settings in force."""

import hashlib
import json
from functools import lru_cache

from conf.schema.model import ModelConfig
from models.alpha import AlphaKind
from models.features import REVISION, Declaration
from models.predictors import BoostingSettings
from models.predictors.boosting import XgboostKind
from models.predictors.kind import Kind
from models.predictors.recurrent import RecurrentKind, RecurrentSettings
from models.predictors.stacked import StackedKind
from models.types import Series
from models.types.news import scorer_name
from models.types.speakers import ALPHAS, META
from tasks.session.desk import Desk
from tasks.session.market import declaration_of

# Counts up whenever a model learns or speaks by other rules, so that no model is left from the old ones.
RULES = 1
# What the models have in common.
SHARED = {"horizon", "embargo", "folds", "barrier"}


def kind_of(model: str, settings: ModelConfig) -> Kind:
    """How the model of that name learns."""
    if model in ALPHAS:
        return AlphaKind(model)
    if model == META:
        return StackedKind(settings.meta.penalty)
    if model == "lstm":
        from tasks.adapters import networks  # noqa: F401 - chooses the backend before Keras is imported

        return RecurrentKind(RecurrentSettings(**settings.lstm.model_dump()))
    return XgboostKind(BoostingSettings(**settings.xgboost.model_dump()))


@lru_cache(maxsize=256)
def _canonical(declaration: Declaration) -> str:
    """The text of a declaration; a cycle asks for the same one many times."""
    return declaration.canonical()


def recipe(desk: Desk, series: Series, model: str) -> str:
    """Hash of what a series' model is made by: one of another series or recipe cannot speak for it now."""
    settings = desk.loaded.settings.model
    parts: list[object] = [
        str(series),
        model,
        RULES,
        _canonical(declaration_of(desk, series)),
        REVISION,
        settings.model_dump(mode="json", include=SHARED),
        settings.model_dump(mode="json").get(model),
    ]
    if model == "news":
        parts.append(_toned_by(desk))
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _toned_by(desk: Desk) -> list[object]:
    """What the tones of headlines are made by: other tones are other words."""
    news = desk.loaded.settings.news
    leaned = news.endpoint
    endpoint = None if leaned.url is None else [leaned.url, leaned.model, leaned.weight, leaned.bound]
    return [scorer_name(news.scorer), endpoint]
