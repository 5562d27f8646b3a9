"""The account's stops in plain words, without a line of the product's: what a person would write down by hand."""

from dataclasses import dataclass

from models.types.timeframes import DAY

NONE, PAUSE, REDUCE, FLATTEN = range(4)


@dataclass
class Falls:
    """Falls at which a stop trips, fractions."""

    entries: float
    day: float
    week: float
    whole: float


@dataclass
class PlainLadder:
    """Marks of an account, and the level in force. `edge` says that the last mark lay on a limit, give or take
    rounding: whether it trips there is for the tests of the limits.
    """

    last: float
    peak: float
    crest: float
    day_start: float
    week_start: float
    day: int | None = None
    level: int = NONE
    edge: bool = False

    @classmethod
    def of(cls, cash: float) -> "PlainLadder":
        return cls(cash, cash, cash, cash, cash)

    def bar(self, ts: int) -> None:
        """A bar that opens at `ts` (UTC microseconds): weeks begin on Mondays, 1970-01-05 was one."""
        day = ts // DAY
        if self.day is None or day != self.day:
            if self.day is None or (day - 4) // 7 != (self.day - 4) // 7:
                self.week_start = self.last
            self.day_start = self.last
            self.day = day

    def pay(self, before: float, amount: float) -> None:
        """A deposit or withdrawal into an account worth `before`: every fall stays what it was."""
        for name in ("peak", "crest", "day_start", "week_start"):
            setattr(self, name, getattr(self, name) * (before + amount) / before)

    def release(self, equity: float) -> None:
        """A person lets go: losses count anew, and the drawdown too where everything had been sold."""
        if self.level == NONE:
            return
        self.crest = self.day_start = self.week_start = equity
        if self.level == FLATTEN:
            self.peak = equity
        self.level = NONE

    def mark(self, equity: float, falls: Falls) -> None:
        """The account is worth `equity`."""
        self.last, self.peak, self.crest = equity, max(self.peak, equity), max(self.crest, equity)
        lost = (
            (1.0 - equity / self.peak - falls.whole, FLATTEN),
            (1.0 - equity / self.week_start - falls.week, FLATTEN),
            (1.0 - equity / self.day_start - falls.day, REDUCE),
            (1.0 - equity / self.crest - falls.entries, PAUSE),
        )
        self.edge = any(abs(beyond) < 1e-9 for beyond, _ in lost)
        self.level = max([self.level, *(level for beyond, level in lost if beyond >= 0.0)])

    def force(self, level: int) -> None:
        """Somebody outside stops it."""
        self.level = max(self.level, level)
