"""The declared features of one series, computed from its recorded origin.

Every value at bar t depends on bars up to t only, and does not change when later bars are removed; a property test
truncates the series at random to hold that.
"""

from dataclasses import dataclass

import numpy as np

from models.features.declared import declared
from models.features.inputs import FeatureInputs, Leader
from models.features.kind import Kind
from models.features.kinds import KINDS
from models.features.sources import open_sources
from models.features.spec import OWN_BARS, Declaration, FeatureSpec
from models.kernels import spread
from models.types import BadInput, Bars, Calendar, FloatArray

# What Features holds beside the matrix.
KEPT = ("atr", "volatility", "sentiment", "momentum_score", "stretch")
# What it takes out of the matrix.
READ = ("momentum", "adx_14", "atr_relative", "atr_ratio", "index", "gap")


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """Columns of shape (n_bars,); NaN while a window is not full or a coarser bar not known.

    Attributes:
        momentum: 40 * (short - long) / long of the closes' simple averages, dimensionless.
        adx: ADX(14), 0..100.
        atr: ATR(14), quote currency.
        atr_relative: ATR(14) as a fraction of the close.
        atr_ratio: ATR(14) over its four-week mean.
        index: volatility index on VIX's scale, VIX itself where it was known.
        gap: open over the previous close, minus one.
        volatility: standard deviation of log returns per bar over a week.
        sentiment: fear -1 .. 1 greed, guessed from prices.
        momentum_score: the move of the last 20 bars against what chance moves, -1..1.
        stretch: the close over its average of 20 bars, minus one.
        matrix: shape (n_bars, len(names)), what the predictors see; column by column in memory.
        names: of the matrix' columns.
    """

    momentum: FloatArray
    adx: FloatArray
    atr: FloatArray
    atr_relative: FloatArray
    atr_ratio: FloatArray
    index: FloatArray
    gap: FloatArray
    volatility: FloatArray
    sentiment: FloatArray
    momentum_score: FloatArray
    stretch: FloatArray
    matrix: FloatArray
    names: tuple[str, ...]

    @classmethod
    def assembled(cls, names: tuple[str, ...], matrix: FloatArray, kept: dict[str, FloatArray]) -> "Features":
        """Features of the matrix and of what is KEPT beside it, by name; the other columns are views into `matrix`."""
        column = dict(zip(names, matrix.T, strict=True))
        return cls(
            momentum=column["momentum"],
            adx=column["adx_14"],
            atr_relative=column["atr_relative"],
            atr_ratio=column["atr_ratio"],
            index=column["index"],
            gap=column["gap"],
            **{name: kept[name] for name in KEPT},
            matrix=matrix,
            names=names,
        )


def compute_features(
    bars: Bars,
    calendar: Calendar,
    timeframe: str,
    short: int,
    long: int,
    known_index: FloatArray,
    leader: Leader | None = None,
) -> Features:
    """All features that a series has by default.

    `short` and `long` are the momentum windows in bars; `known_index` of shape (n_bars,) is VIX as known at each
    bar's close, NaN where it was not: there the realised index stands in. `leader` is None for the leader itself.
    """
    declaration = declared(calendar, timeframe, short, long, None if leader is None else leader.symbol)
    return compute_declared(declaration, FeatureInputs(bars, calendar, timeframe, known_index, leader))


def without_predictors(declaration: Declaration) -> Declaration:
    """Of a declaration what Features names, and what that is computed from: for where no predictor looks."""
    wanted, specs = {*READ, *KEPT}, []
    for spec in reversed(declaration.specs):
        if spec.name in wanted:
            wanted |= set(spec.inputs)
            specs.append(spec)
    return Declaration(tuple(reversed(specs)), READ)


def compute_declared(declaration: Declaration, inputs: FeatureInputs) -> Features:
    """The features of a declaration that holds at least those that Features names.

    Raises:
        BadInput: a kind, an input or the leader is not known.
    """
    sources = open_sources(declaration, inputs)
    size = sources[OWN_BARS].size
    # Each column is contiguous, and what nobody reads any more is dropped at once: its memory is warm for the next.
    matrix = np.empty((size, len(declaration.predictors)), order="F")
    seen = dict(zip(declaration.predictors, matrix.T, strict=True))
    columns = {source: dict(given.columns) for source, given in sources.items()}
    own = columns[OWN_BARS]
    for spec, done in zip(declaration.specs, declaration.last_reads(KEPT), strict=True):
        source, column = sources[spec.source], seen.get(spec.name)
        found = _computed(spec, columns[spec.source], source.size, column if source.runs is None else None)
        columns[spec.source][spec.name] = found
        if source.runs is not None and declaration.crosses(spec):
            own[spec.name] = np.empty(size) if column is None else column
            spread(found, *source.runs, own[spec.name])
        for name in done:
            del own[name]
    return Features.assembled(declaration.predictors, matrix, {name: own[name] for name in KEPT})


def _computed(spec: FeatureSpec, columns: dict[str, FloatArray], size: int, column: FloatArray | None) -> FloatArray:
    """The feature on its own bars, `column` where one is given for it."""
    room = np.empty(size) if column is None else column
    found = _kind(spec)(_inputs(spec, columns), spec.window, room)
    if column is None or found is column:
        return found
    column[:] = found
    return column


def _kind(spec: FeatureSpec) -> Kind:
    if spec.kind not in KINDS:
        raise BadInput(f"feature {spec.name} is of no known kind: {spec.kind!r} is none of {', '.join(KINDS)}")
    return KINDS[spec.kind]


def _inputs(spec: FeatureSpec, columns: dict[str, FloatArray]) -> tuple[FloatArray, ...]:
    unknown = [name for name in spec.inputs if name not in columns]
    if unknown:
        raise BadInput(
            f"feature {spec.name} reads {', '.join(unknown)}, which is no column of its bars and not declared before it"
        )
    return tuple(columns[name] for name in spec.inputs)
