"""The features that a series has by default: of its own bars, of its coarser ones, and of its venue's leader."""

from models.features.levels import SWING
from models.features.spec import Declaration, FeatureSpec
from models.types import Calendar, bar_micros, bars_per_week, bars_per_year

WILDER = 14
# Bars of the range whose edges are levels, and of the moves that are scored.
RANGE = 20
# Bars whose average says where prices have been for a season: half a year of stocks, as CNN's Fear & Greed has it.
SEASON = 125
HIGH_LOW_CLOSE = ("high", "low", "close")
# Prices that the close is seen from.
LEVELS = ("support", "resistance", "range_low", "range_high", "pivot", "pivot_support", "pivot_resistance")
# What every series sees of itself, in this order.
OWN = (
    "return_1",
    "return_5",
    "return_20",
    "momentum",
    "rsi_14",
    "adx_14",
    "atr_relative",
    "atr_ratio",
    "index",
    "gap",
    "return_1_scaled",
    "volume_surprise",
    "stochastic",
    *(f"from_{level}" for level in LEVELS),
)
COARSER = ("rsi_14", "momentum", "volatility", "adx_14")
LEADERS = ("leader_return_1", "leader_return_20", "leader_correlation")


def declared(calendar: Calendar, timeframe: str, short: int, long: int, leader: str | None = None) -> Declaration:
    """The declaration of a series: `short` and `long` are the momentum windows in bars, `leader` the symbol that the
    venue's others are seen beside (None: none is, or the series is the leader's).
    """
    coarser = coarser_timeframes(timeframe)
    specs = list(_shared(calendar, timeframe, short, long, None))
    predictors = list(OWN)
    for larger in coarser:
        specs += _shared(calendar, larger, short, long, larger)
        predictors += [f"{name}_{larger}" for name in COARSER]
    specs += _own(calendar, timeframe, "1h" if "1h" in coarser else None)
    specs += (*_levels("1d" if "1d" in coarser else None), *_scores())
    if leader is not None:
        specs += _leaders(bars_per_week(calendar, timeframe), leader)
        predictors += LEADERS
    return Declaration(tuple(specs), tuple(predictors))


def coarser_timeframes(timeframe: str) -> tuple[str, ...]:
    """The larger bars that a series is also seen in: hours and days, where they are larger than its own."""
    return tuple(larger for larger in ("1h", "1d") if bar_micros(larger) > bar_micros(timeframe))


def _shared(calendar: Calendar, timeframe: str, short: int, long: int, source: str | None) -> tuple[FeatureSpec, ...]:
    """What is looked at in the series' own bars (`source` None) and in coarser ones, whose names end in theirs."""

    def name(plain: str) -> str:
        return plain if source is None else f"{plain}_{source}"

    averages = name("average_short"), name("average_long")
    week = bars_per_week(calendar, timeframe)
    return (
        FeatureSpec(averages[0], "average", ("close",), short, source),
        FeatureSpec(averages[1], "average", ("close",), long, source),
        FeatureSpec(name("momentum"), "momentum", averages, 1, source),
        FeatureSpec(name("rsi_14"), "strength", ("close",), WILDER, source),
        FeatureSpec(name("adx_14"), "direction", HIGH_LOW_CLOSE, WILDER, source),
        FeatureSpec(name("log_return"), "log_return", ("close",), 1, source),
        FeatureSpec(name("volatility"), "deviation", (name("log_return"),), week, source),
    )


def _own(calendar: Calendar, timeframe: str, index_source: str | None) -> tuple[FeatureSpec, ...]:
    """The rest of OWN but the levels. The realised index is a matter of weeks and a year: below an hour
    hourly bars tell it as well, and a year's median of them costs a sixtieth.
    """
    volatility = "volatility" if index_source is None else f"volatility_{index_source}"
    year = bars_per_year(calendar, index_source or timeframe)
    four_weeks = 4 * bars_per_week(calendar, timeframe)
    return (
        *(FeatureSpec(f"return_{periods}", "past_return", ("close",), periods) for periods in (1, 5, 20)),
        FeatureSpec("atr", "average_range", HIGH_LOW_CLOSE, WILDER),
        FeatureSpec("atr_mean", "average", ("atr",), four_weeks),
        FeatureSpec("atr_ratio", "quotient", ("atr", "atr_mean")),
        FeatureSpec("atr_relative", "quotient", ("atr", "close")),
        FeatureSpec("realised_index", "relative_to_median", (volatility,), year, index_source),
        FeatureSpec("index", "first_known", ("known_index", "realised_index")),
        FeatureSpec("gap", "gap", ("open", "close")),
        FeatureSpec("return_1_scaled", "quotient", ("log_return", "volatility")),
        FeatureSpec("volume_mean", "average", ("volume",), 20),
        FeatureSpec("volume_surprise", "quotient", ("volume", "volume_mean")),
        FeatureSpec("stochastic", "place", HIGH_LOW_CLOSE, WILDER),
    )


def _levels(day: str | None) -> tuple[FeatureSpec, ...]:
    """Levels and how far the close is from each, in ATRs. The pivots are of the newest day or session that was complete
    at the bar's close; a daily series' own bar is that itself, so there they are of the bar before.
    """
    ago = 1 if day is None else 0
    around = 2 * SWING + 1
    specs = (
        FeatureSpec("swing_low", "lowest", ("low",), around),
        FeatureSpec("support", "support", ("low", "close", "atr", "swing_low"), SWING),
        FeatureSpec("swing_high", "highest", ("high",), around),
        FeatureSpec("resistance", "resistance", ("high", "close", "atr", "swing_high"), SWING),
        FeatureSpec("range_low", "lowest", ("low",), RANGE),
        FeatureSpec("range_high", "highest", ("high",), RANGE),
        FeatureSpec("pivot", "pivot", HIGH_LOW_CLOSE, ago, day),
        FeatureSpec("pivot_support", "reflected", ("pivot", "high"), ago, day),
        FeatureSpec("pivot_resistance", "reflected", ("pivot", "low"), ago, day),
    )
    # Each level is read as soon as it is there: then few of them take memory at the same time.
    return tuple(one for spec in specs for one in (spec, *_away(spec.name)))


def _away(level: str) -> tuple[FeatureSpec, ...]:
    """How far the close is from a level, in ATRs."""
    return (FeatureSpec(f"from_{level}", "distance", ("close", level, "atr")),) if level in LEVELS else ()


def _scores() -> tuple[FeatureSpec, ...]:
    """What specialists weigh an edge by."""
    return (
        FeatureSpec("momentum_score", "momentum_score", ("close", "volatility"), RANGE),
        FeatureSpec("range_mean", "average", ("close",), RANGE),
        FeatureSpec("stretch", "stretch", ("close", "range_mean")),
        FeatureSpec("season_mean", "average", ("close",), SEASON),
        FeatureSpec("sentiment", "sentiment", ("close", "season_mean", "volatility", "index", "stochastic"), SEASON),
    )


def _leaders(week: int, leader: str) -> tuple[FeatureSpec, ...]:
    return (
        FeatureSpec("leader_return_1", "past_return", ("close",), 1, None, leader),
        FeatureSpec("leader_return_20", "past_return", ("close",), 20, None, leader),
        FeatureSpec("leader_log_return", "log_return", ("close",), 1, None, leader),
        FeatureSpec("leader_correlation", "correlation", ("log_return", "leader_log_return"), week),
    )
