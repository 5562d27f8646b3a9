"""What happens to units of an asset, the lots they are in, and the parts of lots that left them."""

from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum


class Method(StrEnum):
    """Which units a disposal takes.

    AVERAGE costs what the pool costs in the mean and takes the oldest first for the time held. SHARE_POOL is the
    British way: same day, then the 30 days after, then the pool, over all venues.
    """

    FIFO = "fifo"
    LIFO = "lifo"
    HIFO = "hifo"
    AVERAGE = "average"
    SHARE_POOL = "share_pool"


class Kind(StrEnum):
    """What happened. ARRIVED and LEFT: units that came to or left an account without a trade; MOVED: between two."""

    ACQUIRED = "acquired"
    ARRIVED = "arrived"
    DISPOSED = "disposed"
    FEE = "fee"
    LEFT = "left"
    MOVED = "moved"
    SPLIT = "split"

    @property
    def is_gain(self) -> bool:
        """Whether units come."""
        return self in (Kind.ACQUIRED, Kind.ARRIVED)

    @property
    def is_sale(self) -> bool:
        """Whether units go for something."""
        return self in (Kind.DISPOSED, Kind.FEE)


class Match(StrEnum):
    """By which rule a part was found. SHORT: it was sold before it was bought."""

    LOT = "lot"
    POOL = "pool"
    SAME_DAY = "same_day"
    THIRTY_DAYS = "thirty_days"
    SHORT = "short"


# What comes first of what happens at one moment: whoever buys and sells at once is never short.
RANK = {Kind.SPLIT: 0, Kind.ACQUIRED: 1, Kind.ARRIVED: 1, Kind.MOVED: 2}
LAST = 3


@dataclass(frozen=True, slots=True)
class Movement:
    """Units of one asset that came, went, or became other units.

    Attributes:
        key: its name, never used twice; decides between two of one moment, so that their order is nobody's chance.
        at: UTC microseconds.
        day: of the calendar that the law goes by, days.
        pool: units of different pools are never taken for one another; usually a venue.
        quantity: positive; of a SPLIT new units for an old one.
        value: money: what it cost with all fees, or brought after them; None where that is not known.
        acquired: of what came, when it counts as acquired, UTC microseconds; None where that is not known.
        to: the pool that MOVED goes to.
    """

    key: str
    at: int
    day: int
    kind: Kind
    asset: str
    pool: str
    quantity: Decimal
    value: Decimal | None = None
    acquired: int | None = None
    to: str = ""

    @property
    def order(self) -> tuple[int, int, str]:
        """Sorts what happened."""
        return self.at, RANK.get(self.kind, LAST), self.key


@dataclass(frozen=True, slots=True)
class Lot:
    """Units that were acquired at once and are still there; of a short position units that are owed.

    Attributes:
        name: the key of the movement that opened it.
        at: when its units came to where they are; acquired: when they count as acquired, None where not known.
        cost: money; of a short position what it brought. None where that is not known.
    """

    name: str
    asset: str
    pool: str
    at: int
    acquired: int | None
    quantity: Decimal
    cost: Decimal | None
    is_short: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Units that left a lot, or that closed a short position.

    Attributes:
        movement: what made the gain: the sale; of a short position what closed it.
        lot: name of the lot; what it was matched with where there is no lot.
        acquired, disposed: UTC microseconds; None where not known.
        proceeds, cost: money; None where not known. What LEFT has no proceeds.
    """

    movement: Movement
    lot: str
    match: Match
    acquired: int | None
    disposed: int
    quantity: Decimal
    proceeds: Decimal | None
    cost: Decimal | None

    @property
    def gain(self) -> Decimal | None:
        """Money; None where it is not known."""
        return None if self.proceeds is None or self.cost is None else self.proceeds - self.cost


@dataclass(frozen=True, slots=True)
class Matched:
    """Parts in the order of what made them, and the lots that are left."""

    parts: tuple[Part, ...] = ()
    lots: tuple[Lot, ...] = field(default=())
