"""What was traded: the one market that every loopback venue shows, each in its own wire format."""

from dataclasses import dataclass, replace

MINUTE_MS = 60_000
HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
FIRST = 1_577_836_800_000  # 2020-01-01, milliseconds


@dataclass(frozen=True, slots=True)
class Candle:
    """One bar: its open time in milliseconds and its figures as a venue writes them."""

    begin: int
    open: str
    high: str
    low: str
    close: str
    volume: str

    @property
    def figures(self) -> list[str]:
        """Open, high, low, close, volume."""
        return [self.open, self.high, self.low, self.close, self.volume]


@dataclass(frozen=True, slots=True)
class Tape:
    """Trading in spans of time, [begin, end) in milliseconds; prices follow from the time alone.

    `factor` multiplies every price: a venue that is off.
    """

    spans: tuple[tuple[int, int], ...] = ()
    factor: float = 1.0

    def until(self, end: int) -> "Tape":
        """The same, frozen at `end`."""
        return replace(self, spans=tuple((begin, min(stop, end)) for begin, stop in self.spans if begin < end))

    def candles(self, step: int, first: int, last: int) -> list[Candle]:
        """Bars of `step` that open from `first` to `last`, both included, where there was trading."""
        found = []
        for begin, end in self.spans:
            start = max(begin // step, -(-first // step))
            stop = min((end - 1) // step, last // step)
            found += [self._candle(number * step) for number in range(start, stop + 1)]
        return sorted({one.begin: one for one in found}.values(), key=lambda one: one.begin)

    def _candle(self, begin: int) -> Candle:
        price = (100.0 + begin // MINUTE_MS % 99_991 / 7.0) * self.factor
        figures = (price, price + 1.0 / 3.0, price - 2.0 / 3.0, price + 0.1)
        return Candle(begin, *(f"{figure:.8f}" for figure in figures), f"{7.0 + begin // MINUTE_MS % 13 / 3.0:.8f}")


def hours(count: int, first: int = FIRST) -> Tape:
    """A tape of `count` hours from `first` on."""
    return Tape(((first, first + count * HOUR_MS),))
