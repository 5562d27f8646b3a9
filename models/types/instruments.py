"""What a venue asks of an order, what it charges, and how its market takes one."""

from typing import NamedTuple


class Instrument(NamedTuple):
    """Trading rules and costs of one symbol; all figures are floats, because compiled code reads them as an array.

    Attributes:
        tick: price step, quote currency.
        lot: quantity step, base units.
        min_notional: smallest order value, quote currency.
        taker_fee: fee of an order that takes liquidity, fraction of its value.
        maker_fee: fee of an order that rested, fraction of its value.
        half_spread: half of the quoted spread, fraction of the price: what a taker loses to the mid price.
        impact: what taking a whole bar's volume would move the price, fraction; an order of a share s of the volume
            moves it by impact * sqrt(s).
        volume_share: most of a bar's volume that one order gets, 0..1.
        through: ticks that the price has to pass a resting order by before it is filled; 0: a touch is enough.
        fee_in_base: 1.0 where the fee of a buy is taken out of what was bought, 0.0 where it is paid in quote currency.
        margin: equity that a position binds, fraction of its value; 1.0 in a cash account.
        maintenance: equity below which a position is liquidated, fraction of its value.
        liquidation_fee: charged on a liquidation beside the taker's, fraction of the value.
        shorts: 1.0 where the venue lets one sell short, 0.0 where it does not.
        long_carry: funding of a long position, fraction of its value per day; negative is received.
        short_carry: borrow cost or funding of a short position, fraction of its value per day; negative is received.
        class_limit: largest position of the symbol and its asset class, fraction of equity.
        least_size: smallest entry in the symbol, fraction of equity; 0.0: any.
    """

    tick: float
    lot: float
    min_notional: float
    taker_fee: float
    maker_fee: float
    half_spread: float = 0.0
    impact: float = 0.0
    volume_share: float = 1.0
    through: float = 0.0
    fee_in_base: float = 0.0
    margin: float = 1.0
    maintenance: float = 0.0
    liquidation_fee: float = 0.0
    shorts: float = 0.0
    long_carry: float = 0.0
    short_carry: float = 0.0
    class_limit: float = 1.0
    least_size: float = 0.0
