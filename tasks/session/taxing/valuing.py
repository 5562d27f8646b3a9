"""What units are worth in the currency of the taxes, by closes of bars that had closed at the moment, as the lake has
them now: what a venue corrected since counts corrected.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Context, Decimal, localcontext

import numpy as np

from models.taxes import rounded
from models.taxes.exact import ROUNDING
from models.types import FloatArray, IntArray, KeelError, Series, iso
from models.types.timeframes import HOUR, TIMEFRAMES
from tasks.session.desk import Desk
from tasks.session.ordering.rows import base_of, quote_of

ONE = Decimal(1)
# An inverse has no end: the row names it with so many digits, and it is those that count.
INVERSE = Context(prec=30)


@dataclass(frozen=True, slots=True)
class Price:
    """The close of a bar, and when it closed (UTC microseconds); `is_inverse`: it is the price of the other asset."""

    series: Series
    at: int
    close: Decimal
    is_inverse: bool

    @property
    def rate(self) -> Decimal:
        """For one unit."""
        return INVERSE.divide(ONE, self.close) if self.is_inverse else self.close


@dataclass(frozen=True, slots=True)
class Worth:
    """The price of one unit; `rate` is None where it is not known, and `trouble` says why.

    `prices` are multiplied; none where the asset is the currency itself.
    """

    rate: Decimal | None
    prices: tuple[Price, ...] = ()
    trouble: str = ""

    def of(self, units: Decimal) -> Decimal | None:
        """Money."""
        if self.rate is None:
            return None
        with localcontext(ROUNDING):
            return rounded(units * self.rate)

    @property
    def series(self) -> str:
        """Which they are, for the row."""
        return " * ".join(f"1/{one.series}" if one.is_inverse else str(one.series) for one in self.prices)

    @property
    def times(self) -> str:
        """When the bars closed, for the row."""
        return " ".join(dict.fromkeys(iso(one.at) for one in self.prices))


@dataclass(slots=True)
class Prices:
    """The lake's series by what they are prices of; `read` keeps what was read of them."""

    desk: Desk
    currency: str
    oldest: int
    pairs: dict[tuple[str, str], list[Series]] = field(default_factory=dict)
    read: dict[Series, tuple[IntArray, FloatArray] | str] = field(default_factory=dict)

    @classmethod
    def of(cls, desk: Desk, currency: str, hours: float) -> "Prices":
        """All that the lake has; a close that is older than `hours` values nothing."""
        made = cls(desk, currency, int(hours * HOUR))
        for one in desk.lake.series():
            made.pairs.setdefault((base_of(one.symbol), quote_of(one.symbol)), []).append(one)
        return made

    def worth(self, asset: str, at: int, venue: str, over: str) -> Worth:
        """Of one unit of the asset at that moment (UTC microseconds). Series of `venue` come first, then by name, the
        finest first; where none is a price in the currency, one in another asset and that one's, `over` first.
        """
        if asset == self.currency:
            return Worth(ONE)
        direct = self._price(asset, self.currency, at, venue)
        if direct is not None:
            return Worth(direct.rate, (direct,))
        for between in self._between(asset, over):
            first = self._price(asset, between, at, venue)
            second = None if first is None else self._price(between, self.currency, at, venue)
            if first is not None and second is not None:
                return Worth(ROUNDING.multiply(first.rate, second.rate), (first, second))
        return Worth(None, trouble=self._trouble(asset, at))

    def _between(self, asset: str, over: str) -> list[str]:
        found = {other for pair in self.pairs if asset in pair for other in pair if other != asset}
        return sorted(found, key=lambda one: (one != over, one))

    def _price(self, asset: str, quote: str, at: int, venue: str) -> Price | None:
        for pair, is_inverse in (((asset, quote), False), ((quote, asset), True)):
            for series in sorted(self.pairs.get(pair, []), key=lambda one: _preferred(one, venue)):
                found = self._close(series, at)
                if found is not None:
                    return Price(series, *found, is_inverse)
        return None

    def _close(self, series: Series, at: int) -> tuple[int, Decimal] | None:
        """(when, close) of the newest bar that had closed by then and is not too old."""
        if series not in self.read:
            self.read[series] = self._read(series)
        kept = self.read[series]
        if isinstance(kept, str):
            return None
        closed, closes = kept
        row = int(np.searchsorted(closed, at, side="right")) - 1
        if row < 0 or at - int(closed[row]) > self.oldest or not closes[row] > 0.0:
            return None
        return int(closed[row]), Decimal(repr(float(closes[row])))

    def _read(self, series: Series) -> tuple[IntArray, FloatArray] | str:
        try:
            bars = self.desk.bars.read(series)
            return self.desk.closes(series, bars.ts), bars.close
        except KeelError as error:
            return str(error)  # said where it would have been needed

    def _trouble(self, asset: str, at: int) -> str:
        there = sorted({str(one) for pair, some in self.pairs.items() if asset in pair for one in some})
        said = ", ".join(there) or "none"
        broken = "".join(f"; {one}: {text}" for one, text in self.read.items() if isinstance(text, str))
        return f"no price of {asset} in {self.currency} at {iso(at)} (series of it: {said}){broken}"


def _preferred(one: Series, venue: str) -> tuple[bool, int, str]:
    return one.venue != venue, TIMEFRAMES[one.timeframe], str(one)


def known(worths: Iterable[Worth]) -> str:
    """What is missing of them, for a row; empty when nothing is."""
    return "; ".join(dict.fromkeys(one.trouble for one in worths if one.trouble))
