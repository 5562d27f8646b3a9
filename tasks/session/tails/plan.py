"""What the configuration says about tails."""

from dataclasses import dataclass

from conf import Loaded
from models.tails import ScaleSettings, TailSettings, confidence_column


@dataclass(frozen=True, slots=True)
class TailPlan:
    """`confidence` is that of the profile, one of CONFIDENCES.

    Raises:
        BadInput: it is another one.
    """

    settings: TailSettings
    scale: ScaleSettings
    confidence: float

    def __post_init__(self) -> None:
        confidence_column(self.confidence)


def tail_plan(loaded: Loaded) -> TailPlan:
    """Of the settings in force.

    Raises:
        BadInput: a figure cannot be used.
    """
    settings = loaded.settings
    risk = settings.risk
    return TailPlan(
        TailSettings(**risk.var.model_dump()),
        ScaleSettings(**risk.dynamic.model_dump()),
        risk.profiles[settings.trading.profile].var_confidence,
    )
