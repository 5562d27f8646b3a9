"""Regime codes of a series as the step reads them."""

from dataclasses import dataclass

from models.features import FeatureInputs
from models.regime import RegimeSettings, regime_history
from models.types import IntArray, Series


@dataclass(frozen=True, slots=True)
class RegimeLabels:
    """Found anew each time."""

    def of(self, series: Series, inputs: FeatureInputs, settings: RegimeSettings) -> IntArray:  # noqa: ARG002 - who remembers asks by series
        """The code that holds at the close of each bar of `inputs`, shape (n_bars,)."""
        return regime_history(inputs, settings).label
