"""The bars that features are computed on, and which of them was known at each bar of the series itself."""

from collections.abc import Iterator
from dataclasses import dataclass

from models.features.inputs import FeatureInputs
from models.features.spec import OWN_BARS, Declaration
from models.kernels import Runs, known_runs
from models.resampling import Resampled, resample
from models.sessions import bar_closes, session_spans
from models.types import BadInput, Bars, FloatArray, IntArray, bar_micros
from models.types.timeframes import DAY

# A leader's bar that is more than a day behind says nothing about now.
OLDEST_LEADER = DAY


@dataclass(frozen=True, slots=True, eq=False)
class Source:
    """Columns of one timeframe of one symbol, shape (size,). `runs` says for each row at which of the series' own bars
    it is the newest that was known at their close; None where they are the series' own bars.
    """

    size: int
    columns: dict[str, FloatArray]
    runs: Runs | None


Sources = dict[tuple[str | None, str | None], Source]


def open_sources(declaration: Declaration, inputs: FeatureInputs) -> Sources:
    """Every source that the declaration names, by timeframe and symbol.

    Raises:
        BadInput: it names another leader than the given one.
    """
    own = Source(len(inputs.bars), _columns(inputs.bars) | {"known_index": inputs.known_index}, None)
    sources: Sources = {OWN_BARS: own}
    closes = bar_closes(inputs.calendar, inputs.timeframe, inputs.bars.ts)
    named = {spec.source for spec in declaration.specs}
    for larger, made in _coarser(inputs, {one for one, _ in named if one is not None}):
        sources[larger, None] = Source(len(made.bars), _columns(made.bars), known_runs(closes, made.known_at))
    for symbol in {one for _, one in named if one is not None}:
        sources[None, symbol] = _leading(inputs, symbol, closes)
    return sources


def _coarser(inputs: FeatureInputs, wanted: set[str]) -> Iterator[tuple[str, Resampled]]:
    """The bars in each of the wanted timeframes, the larger ones made from the smaller ones."""
    bars, timeframe = inputs.bars, inputs.timeframe
    first, last = (int(bars.ts[0]), int(bars.ts[-1])) if len(bars) else (0, 0)
    sessions = None if inputs.calendar.name == "24/7" else session_spans(inputs.calendar, first, last)
    # A day without its last hours is over all the same when a bar of the next one is there.
    known_until = last + bar_micros(timeframe)
    for larger in sorted(wanted, key=bar_micros):
        made = resample(bars, timeframe, larger, sessions, known_until)
        yield larger, made
        bars, timeframe = made.bars, larger


def _leading(inputs: FeatureInputs, symbol: str, closes: IntArray) -> Source:
    leader = inputs.leader
    if leader is None or leader.symbol != symbol:
        raise BadInput(f"features are declared beside {symbol}, whose bars were not given")
    known_at = bar_closes(inputs.calendar, inputs.timeframe, leader.bars.ts)
    return Source(len(leader.bars), _columns(leader.bars), known_runs(closes, known_at, OLDEST_LEADER))


def _columns(bars: Bars) -> dict[str, FloatArray]:
    return {name: getattr(bars, name) for name in ("open", "high", "low", "close", "volume")}
