"""Both detectors on bars that were made, whose true regimes are known."""

from dataclasses import dataclass, replace

import numpy as np

from models.features import FeatureInputs
from models.regime import RegimeSettings, regime_history, shares, simulate
from models.types import CALENDARS, BadInput, bars_per_year
from tasks.session.regimes.history import ordered
from tasks.session.regimes.measuring import NAMES, Labelling, RegimeFigures, Truth, measured
from tasks.session.regimes.report import by_detector

BARS = 20_000
TIMEFRAME = "1d"
ALWAYS = CALENDARS["24/7"]


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedReport:
    """Figures of every detector, the configured one first, on `bars` days of the generator with this seed."""

    seed: int
    bars: int
    settings: RegimeSettings
    truth_share: dict[str, float]
    figures: tuple[RegimeFigures, ...]

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on; those of the configured detector stand at the top."""
        told = {
            "simulated": True,
            "seed": self.seed,
            "bars": self.bars,
            "timeframe": TIMEFRAME,
            "detector": self.settings.detector,
            "truth_share": self.truth_share,
        }
        return told | by_detector(self.figures)


def simulated_report(seed: int, settings: RegimeSettings, bars: int = BARS) -> SimulatedReport:
    """Detect on simulated days; context and trigger are the days themselves.

    Raises:
        BadInput: the seed is negative.
    """
    if seed < 0:
        raise BadInput(f"found seed {seed}; give a whole number of 0 or more")
    made, truth = simulate(np.random.default_rng(seed), bars)
    inputs = FeatureInputs(made, ALWAYS, TIMEFRAME, np.full(bars, np.nan), None)
    figures = []
    for detector in ordered(settings.detector):
        own = replace(settings, detector=detector, context=TIMEFRAME, trigger=TIMEFRAME)
        found = regime_history(inputs, own)
        labelling = Labelling(detector, found.label, found.confidence)
        known = Truth(np.arange(bars), truth, bars)
        figures.append(measured(labelling, bars_per_year(ALWAYS, TIMEFRAME), known))
    true_shares = dict(zip(NAMES, map(float, shares(truth)), strict=True))
    return SimulatedReport(seed, bars, settings, true_shares, tuple(figures))
