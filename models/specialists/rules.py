"""What a specialist is to the step: a row of figures."""

from typing import NamedTuple


class Rules(NamedTuple):
    """How positions are entered, protected and left. A specialist, a genome and a profile's defaults are rows of these,
    all floats; `inf` switches a rule off. Prices and rises are meant in the direction of the position.

    Attributes:
        entry_multiple: least edge of an entry, in costs of a round trip.
        exit_edge: edge below which a position is left, basis points; -inf: never.
        size: largest value of a position, fraction of equity.
        share: share of every size limit that a position gets; 0.0 takes none.
        shorts: 1.0 where a falling edge is sold short, 0.0 where it is not.
        limit_offset: entries are limit orders this far below the close, fraction; 0.0: at market.
        stop_loss: stop below the entry, fraction of the price.
        stop_atr: stop below the entry, average true ranges.
        range_stop: stop below the low of the recent range, fraction of that low.
        take_profit: target above the entry, fraction of the price.
        take_ratio: target above the entry, multiple of the distance to the stop.
        range_target: target inside the recent range, 0 at its low and 1 at its high.
        trail: stop below the best price since the entry, fraction of it.
        trail_atr: stop below the best price since the entry, average true ranges at the entry.
        partial_at: rise at which a part is closed, fraction of the price.
        partial_share: that part, share of the position.
        max_bars: bars after which a position is left.
        max_entries: most positions opened on one UTC day.

    Of several stops or targets the nearest holds. Range rules read the low of the range for a long position and its
    high for a short one.
    """

    entry_multiple: float
    exit_edge: float
    size: float
    share: float
    shorts: float
    limit_offset: float
    stop_loss: float
    stop_atr: float
    range_stop: float
    take_profit: float
    take_ratio: float
    range_target: float
    trail: float
    trail_atr: float
    partial_at: float
    partial_share: float
    max_bars: float
    max_entries: float


OFF = float("inf")


def plain_rules(
    entry_multiple: float, size: float, share: float, stop_loss: float, take_profit: float, shorts: float = 0.0
) -> Rules:
    """Entries at market with a stop and a target, left when the edge turns."""
    return Rules(
        entry_multiple=entry_multiple,
        exit_edge=0.0,
        size=size,
        share=share,
        shorts=shorts,
        limit_offset=0.0,
        stop_loss=stop_loss,
        stop_atr=OFF,
        range_stop=OFF,
        take_profit=take_profit,
        take_ratio=OFF,
        range_target=OFF,
        trail=OFF,
        trail_atr=OFF,
        partial_at=OFF,
        partial_share=0.0,
        max_bars=OFF,
        max_entries=OFF,
    )
