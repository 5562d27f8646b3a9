"""The regime of a series on its own bars: a slow context, and a quick trigger of crisis that overrides it."""

from dataclasses import dataclass

import numpy as np

from models.features import FeatureInputs
from models.kernels import as_of
from models.regime.coarser import in_timeframe
from models.regime.detected import CRISIS, RANGING, Detected
from models.regime.figures import FIGURES, Figures, figures_of
from models.regime.hmm import by_hmm
from models.regime.rules import INDEX_CRISIS, by_rules
from models.sessions import bar_closes
from models.types import BadInput, Bars, FloatArray, IntArray, bar_micros

DETECTORS = ("rules", "hmm")


@dataclass(frozen=True, slots=True)
class RegimeSettings:
    """Attributes:
        detector: "rules" or "hmm".
        context: timeframe of the bars that say which regime it is.
        trigger: timeframe of the bars that say that it is a crisis.
        crisis_index: level of the volatility index above which the rules call it a crisis, on VIX's scale.

    Raises:
        BadInput: the detector or a timeframe is not known, or the level is not positive.
    """

    detector: str = "rules"
    context: str = "1d"
    trigger: str = "1h"
    crisis_index: float = INDEX_CRISIS

    def __post_init__(self) -> None:
        if self.detector not in DETECTORS:
            raise BadInput(f"regime detector {self.detector!r} is not known; use one of {', '.join(DETECTORS)}")
        if not 0.0 < self.crisis_index < float("inf"):
            raise BadInput(f"crisis_index {self.crisis_index} is no level of an index; give a positive number")
        for timeframe in (self.context, self.trigger):
            bar_micros(timeframe)


@dataclass(frozen=True, slots=True, eq=False)
class RegimeHistory:
    """Columns of shape (n,) on the series' own bars, as known at each bar's close.

    Attributes:
        label: regime code that holds: crisis where the trigger says so, else the context's.
        raw: the same of the raw regimes.
        confidence: 0..1, of the one that decided.
        context: what the context's bars said; ranging with confidence 0 before the first was known.
        trigger: what the trigger's bars said, likewise.
        figures: what they were made of, by name: `index`, `gap`, `atr_ratio`, `adx`, `correlation_spike`, each ending
            in `_context` or `_trigger`; NaN before they were known.
    """

    label: IntArray
    raw: IntArray
    confidence: FloatArray
    context: Detected
    trigger: Detected
    figures: dict[str, FloatArray]


def regime_history(inputs: FeatureInputs, settings: RegimeSettings) -> RegimeHistory:
    """Regimes of a series from its recorded origin on.

    A timeframe that is not coarser than the series' own means its own bars. Coarser bars are made of its own and count
    from when they ended. For "hmm" the figures are shown too, though it looks at prices only.
    """
    closes = bar_closes(inputs.calendar, inputs.timeframe, inputs.bars.ts)
    context, of_context = _joined(inputs, settings.context, settings, closes)
    if settings.trigger == settings.context or _same(inputs, settings):
        trigger, of_trigger = context, of_context
    else:
        trigger, of_trigger = _joined(inputs, settings.trigger, settings, closes)
    alarm = trigger.label == CRISIS
    return RegimeHistory(
        label=np.where(alarm, CRISIS, context.label),
        raw=np.where(trigger.raw == CRISIS, CRISIS, context.raw),
        confidence=np.where(alarm, trigger.confidence, context.confidence),
        context=context,
        trigger=trigger,
        figures=_named(of_context, "context") | _named(of_trigger, "trigger"),
    )


def _same(inputs: FeatureInputs, settings: RegimeSettings) -> bool:
    """Whether context and trigger both are the series' own bars."""
    return max(bar_micros(settings.context), bar_micros(settings.trigger)) <= bar_micros(inputs.timeframe)


def _joined(
    inputs: FeatureInputs, timeframe: str, settings: RegimeSettings, closes: IntArray
) -> tuple[Detected, Figures]:
    """What the bars of one timeframe say, on the series' own bars."""
    seen, known_at = in_timeframe(inputs, timeframe)
    figures = figures_of(seen)
    found = _detect(seen.bars, figures, settings)
    # Where none was known yet (-1), what is appended last is taken.
    rows = as_of(closes, known_at)
    raw, label = (np.append(codes, RANGING)[rows] for codes in (found.raw, found.label))
    joined = {name: np.append(figures[name], np.nan)[rows] for name in FIGURES}
    return Detected(raw, label, np.append(found.confidence, 0.0)[rows]), joined


def _detect(bars: Bars, figures: Figures, settings: RegimeSettings) -> Detected:
    if settings.detector == "hmm":
        return by_hmm(bars.open, bars.high, bars.low, bars.close)
    index, gap, atr_ratio, adx, spike = (figures[name] for name in FIGURES)
    return by_rules(index, gap, atr_ratio, adx, spike, settings.crisis_index)


def _named(figures: Figures, ending: str) -> dict[str, FloatArray]:
    return {f"{name}_{ending}": figures[name] for name in FIGURES}
