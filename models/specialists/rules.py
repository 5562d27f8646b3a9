"""What a specialist is to the step: a row of figures."""

from typing import NamedTuple


class Rules(NamedTuple):
    """How positions are entered, protected and left. A specialist and a genome are rows of these, all floats; `inf`
    switches a rule off. Prices and rises are meant in the direction of the position.

    Attributes:
        entry_multiple: least weighted edge of an entry, in costs of a round trip.
        exit_edge: edge below which a position is left, basis points; -inf: never.
        size: largest value of a position, fraction of equity.
        share: share of every size limit that a position gets in the row's regime, whoever is in charge; 0.0 takes none.
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
        sentiment_weight, momentum_weight, oscillator_weight: how far each of these readings, when it agrees with the
            edge or contradicts it, raises or lowers the edge that an entry is weighed by: 0..1; 0.0: not at all.
        least_volatility: least ATR of an entry, over its four-week mean; 0.0: any.
        least_trend: least ADX of an entry; 0.0: any.
        pullback: 1.0 where an entry waits until the close is on the far side of its average, 0.0 where it does not.
        most_width: widest range in which an entry is made, over what chance would cover.
        near_edge: farthest that the close of an entry may be from the near edge of the range, fraction of that edge.
        max_exposure: most that all positions but havens may be worth, fraction of equity.
        least_cash: free equity that an entry leaves, fraction of equity; 0.0: none.
        leaves: 1.0 where its positions are left once another specialist is in charge, 0.0 where they live on.
        takes_over: 1.0 where it takes over the positions of others once it is in charge, 0.0 where it leaves them.
        weight: value that is held whatever the edge, fraction of equity; inf: entries follow the edge.
        band: distance from `weight` at which is rebalanced, share of the wanted value.

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
    sentiment_weight: float
    momentum_weight: float
    oscillator_weight: float
    least_volatility: float
    least_trend: float
    pullback: float
    most_width: float
    near_edge: float
    max_exposure: float
    least_cash: float
    leaves: float
    takes_over: float
    weight: float
    band: float


OFF = float("inf")
NEVER = float("-inf")


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
        sentiment_weight=0.0,
        momentum_weight=0.0,
        oscillator_weight=0.0,
        least_volatility=0.0,
        least_trend=0.0,
        pullback=0.0,
        most_width=OFF,
        near_edge=OFF,
        max_exposure=OFF,
        least_cash=0.0,
        leaves=0.0,
        takes_over=0.0,
        weight=OFF,
        band=0.0,
    )


def held_rules(weight: float, band: float) -> Rules:
    """A value that is held whatever the edge, and rebalanced `band` away from it."""
    return plain_rules(0.0, weight, 1.0, OFF, OFF)._replace(exit_edge=NEVER, weight=weight, band=band)
