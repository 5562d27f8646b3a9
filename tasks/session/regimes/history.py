"""The regime history of a series: detected on its bars from their origin on, and kept in the lake."""

from dataclasses import dataclass, replace

from data.catalogue import refresh_catalogue
from data.regimes import MADE_BY, Detection, RegimeRows, RegimeStore, Stored
from models.features import FeatureInputs
from models.regime import DETECTORS, Detected, RegimeHistory, RegimeSettings, regime_history
from models.types import BadInput, Bars, IntArray, Series
from tasks.session.desk import Desk
from tasks.session.market import inputs_from

SIDES = ("context", "trigger")


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the histories of a series are, by detector, and where its volatility index comes from."""

    series: Series
    settings: RegimeSettings
    index_source: str
    stored: dict[str, Stored]

    @property
    def note(self) -> str:
        """What was stored, one sentence for a person."""
        stored = "; ".join(
            f"by {name} version {one.version}, {one.rows} rows, {one.added} of them new"
            for name, one in self.stored.items()
        )
        return f"regime history of {self.series}: {stored}"

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        stored = {
            name: {"version": one.version, "rows": one.rows, "added": one.added} for name, one in self.stored.items()
        }
        return {"series": str(self.series), "index_source": self.index_source, "stored": stored}


def keep_history(desk: Desk, series: Series, settings: RegimeSettings) -> Kept:
    """Detect the regimes of the series by every detector, and store the rows that the lake does not have yet.

    Raises:
        BadInput: the lake has no such series, or no sound bar of it.
        Damaged: stored bars or stored regimes do not match their checksums.
        Unavailable: the lake cannot be written.
    """
    inputs, index_source = regime_inputs(desk, series)
    closes = desk.closes(series, inputs.bars.ts)
    store, stored = RegimeStore(desk.lake), dict[str, Stored]()
    for detector in ordered(settings.detector):
        one = replace(settings, detector=detector)
        rows = rows_of(inputs.bars, closes, regime_history(inputs, one))
        stored[detector] = store.extend(series, detection(one), rows)
    if any(one.added for one in stored.values()):
        refresh_catalogue(desk.lake)
    return Kept(series, settings, index_source, stored)


def regime_inputs(desk: Desk, series: Series) -> tuple[FeatureInputs, str]:
    """Everything that the regimes of a series depend on, and where its volatility index comes from.

    Raises:
        BadInput: the lake has no such series, or no sound bar of it.
        Damaged: stored bars do not match their checksums.
    """
    bars = desk.bars.read(series)
    if not len(bars):
        raise BadInput(f"the lake has no sound bar of {series}; see keel data coverage")
    return inputs_from(desk, series, bars)


def ordered(detector: str) -> tuple[str, ...]:
    """All detectors, the given one first."""
    return (detector, *(one for one in DETECTORS if one != detector))


def detection(settings: RegimeSettings) -> Detection:
    """The settings as the store knows them."""
    return Detection(settings.detector, settings.context, settings.trigger, settings.crisis_index)


def history_of(rows: RegimeRows) -> RegimeHistory:
    """Stored rows as they were when they were detected."""
    codes, figures = rows.codes, rows.figures
    context, trigger = (
        Detected(codes[f"{side}_raw"], codes[f"{side}_label"], figures[f"{side}_confidence"]) for side in SIDES
    )
    made_by = {name: figures[name] for name in MADE_BY}
    return RegimeHistory(codes["label"], codes["raw"], figures["confidence"], context, trigger, made_by)


def rows_of(bars: Bars, closes: IntArray, history: RegimeHistory) -> RegimeRows:
    """A history on `bars` that were known at `closes` (n,), UTC microseconds, as the lake has it."""
    codes, figures = {"label": history.label, "raw": history.raw}, {"confidence": history.confidence}
    for side, said in zip(SIDES, (history.context, history.trigger), strict=True):
        codes |= {f"{side}_label": said.label, f"{side}_raw": said.raw}
        figures[f"{side}_confidence"] = said.confidence
    return RegimeRows(bars.ts, closes, codes, figures | history.figures)
