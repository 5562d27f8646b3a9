"""An instrument, rules, a profile and a position that a row of a table changes in what it is about."""

from models.meta import NOBODY
from models.portfolio import Position
from models.risk import RiskProfile
from models.specialists import OFF, plain_rules
from models.types import Instrument

# Free of cost and of every limit; a cent and a tenth of a unit are the steps.
FREE = Instrument(tick=0.01, lot=0.1, min_notional=0.0, taker_fee=0.0, maker_fee=0.0)
# Every rule off: entered on any edge, at market, without levels, and never left.
BARE = plain_rules(0.0, 1.0, 1.0, OFF, OFF)._replace(exit_edge=-OFF)
# Ten times the equity, whatever it loses.
LOOSE = RiskProfile(
    max_portfolio_risk=99.0,
    max_position_risk=99.0,
    max_position=10.0,
    max_leverage=10.0,
    max_drawdown=0.9,
    kelly_fraction=99.0,
    pause_days=30.0,
    horizon=4.0,
)
NOTHING = Position(*[0.0] * len(Position._fields))._replace(charge=float(NOBODY), mandate=float(NOBODY))


def position(quantity: float = 0.0, entry: float = 100.0, **fields: float) -> Position:
    """A position bought without fees at `entry`, or none."""
    nothing = NOTHING._replace(last=entry, regime=1.0, owner=1.0, charge=1.0, mandate=1.0)
    if quantity != 0.0:
        side = {"quantity": quantity, "cost": quantity * entry, "entry": entry, "best": entry, "entries": 1.0}
        side["spent"] = abs(quantity) * entry
        nothing = nothing._replace(**side)
    return nothing._replace(**fields)
