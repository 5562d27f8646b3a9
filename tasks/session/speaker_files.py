"""A speaker as files and back: JSON for every figure, XGBoost's and Keras' own safe formats for the rest."""

import json
import math
from typing import Any

import numpy as np

from models.alpha import AlphaCore
from models.predictors import Calibration
from models.predictors.boosting import BoosterCore, load_booster, save_booster
from models.predictors.guards import Familiarity
from models.predictors.kind import Core
from models.predictors.odds import Odds
from models.predictors.recurrent import RecurrentCore
from models.predictors.speaker import Speaker
from models.predictors.stacked import StackedCore
from models.types import Damaged
from models.types.speakers import ALPHAS, META

SPEAKER = "speaker.json"
BOOSTER = "booster.ubj"
NETWORK = "network.keras"
AGAIN = "train the model again"


def files_of(model: str, speaker: Speaker) -> dict[str, bytes]:
    """The files of a speaker, by name; a figure that is not finite is a fault of the training and raises ValueError."""
    core, more = _core_files(model, speaker.core)
    fields = {
        "gives_odds": speaker.gives_odds,
        "edge": {"slope": speaker.edge.slope, "confidence": speaker.edge.confidence},
        "odds": {"slope": speaker.odds.slope},
        "familiar": {name: getattr(speaker.familiar, name).tolist() for name in Familiarity.__slots__},
        "core": core,
    }
    return {SPEAKER: json.dumps(fields, indent=1, allow_nan=False).encode(), **more}


def speaker_of(model: str, files: dict[str, bytes]) -> Speaker:
    """The speaker that the files, whose checksums were verified, are of.

    Raises:
        Damaged: one is missing or unreadable, or a figure is not finite.
    """
    try:
        fields = json.loads(files[SPEAKER], parse_constant=_refused, parse_float=_finite)
        speaker = Speaker(
            gives_odds=bool(fields["gives_odds"]),
            core=_core_of(model, fields["core"], files),
            edge=Calibration(**_figures(fields["edge"])),
            odds=Odds(**_figures(fields["odds"])),
            familiar=Familiarity(**{name: np.array(one, np.float64) for name, one in fields["familiar"].items()}),
        )
        _require_sound(speaker)
    except (KeyError, ValueError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise Damaged(f"the files of a {model} model cannot be read ({error}); {AGAIN}") from error
    return speaker


def _require_sound(speaker: Speaker) -> None:
    """That no figure is one that no training gives.

    Raises:
        ValueError: one is.
    """
    edge, odds, known = speaker.edge, speaker.odds, speaker.familiar
    shapes = {getattr(known, name).shape for name in Familiarity.__slots__}
    if edge.slope < 0.0 or odds.slope < 0.0 or not 0.0 <= edge.confidence <= 1.0:
        raise ValueError(f"slopes {edge.slope} and {odds.slope}, confidence {edge.confidence}")
    if shapes != {(known.low.size,)} or (known.low > known.high).any() or (known.scale < 0.0).any():
        raise ValueError(f"ranges of shapes {sorted(shapes)} that are none")


def _core_files(model: str, core: Core) -> tuple[dict[str, Any], dict[str, bytes]]:
    """What goes into the JSON file, and the files beside it."""
    if isinstance(core, BoosterCore):
        return {"importance": core.importance.tolist()}, {BOOSTER: save_booster(core.booster)}
    if isinstance(core, StackedCore):
        return core.as_lists(), {}
    if isinstance(core, RecurrentCore):
        from tasks.adapters.networks import network_bytes

        return core.as_lists(), {NETWORK: network_bytes(core.network)}
    if isinstance(core, AlphaCore):
        return {}, {}
    raise TypeError(f"{model} has no file format; give it one here")


def _core_of(model: str, fields: dict[str, Any], files: dict[str, bytes]) -> Core:
    if model in ALPHAS:
        return AlphaCore()
    if model == META:
        return StackedCore.from_lists(fields)
    if model == "lstm":
        from tasks.adapters.networks import network_of

        return RecurrentCore.from_lists(fields, network_of(files[NETWORK]))
    return BoosterCore(load_booster(files[BOOSTER]), np.array(fields["importance"], np.float64), {})


def _refused(constant: str) -> float:
    raise ValueError(f"a figure is {constant}")


def _finite(text: str) -> float:
    figure = float(text)
    return figure if math.isfinite(figure) else _refused(text)


def _figures(fields: dict[str, Any]) -> dict[str, float]:
    for name, figure in fields.items():
        if type(figure) not in (int, float):
            raise ValueError(f"{name} is {figure!r}")
    return fields
