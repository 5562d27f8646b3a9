"""What the split is worth, as a value, in rows and in a sentence."""

from dataclasses import asdict, dataclass

from models.portfolio import Interval
from models.types import iso

# The share of the random controllers that the real one has to beat.
ENOUGH = 0.95


@dataclass(frozen=True, slots=True)
class Rival:
    """One way to trade, over the same bars at the same costs; money in account currency.

    Attributes:
        name: what is done.
        hindsight: whether it was chosen by how it came out: nobody could have.
        total_return, cagr, sharpe, max_drawdown, exposure: as in Metrics.
        costs, trades: None where it is put together from others.
        excess: what the configured controller earns beyond it in a year, log return, with its interval; None for that
            controller itself, and where too little differs.
    """

    name: str
    hindsight: bool
    total_return: float
    cagr: float | None
    sharpe: float | None
    max_drawdown: float
    exposure: float | None
    costs: float | None
    trades: int | None
    excess: Interval | None


@dataclass(frozen=True, slots=True)
class Random:
    """Controllers that change as often between the same regimes, at other times.

    Attributes:
        replicates: how many.
        low, median, high: 5th, 50th and 95th percentile of their total returns.
        beaten_by: share of them with a smaller total return than each real controller, by its name.
    """

    replicates: int
    low: float
    median: float
    high: float
    beaten_by: dict[str, float]


@dataclass(frozen=True, slots=True)
class WorthReport:
    """The configured controller, `rivals[0]`, and everything it is held against.

    Attributes:
        judge: the rival that decides: the best single specialist as one could have chosen it at the time.
        chosen: which specialist that was from when on: open of the first bar, UTC microseconds, and name.
    """

    command: str
    symbols: tuple[str, ...]
    first: int
    last: int
    bars: int
    cost_multiple: float
    rivals: tuple[Rival, ...]
    random: Random
    judge: str
    chosen: tuple[tuple[int, str], ...]

    @property
    def is_worth_something(self) -> bool:
        """Whether the controller beats the best single specialist beyond chance, and nearly all random controllers."""
        beyond = self._named(self.judge).excess
        return beyond is not None and beyond.low > 0.0 and self._beaten >= ENOUGH

    @property
    def verdict(self) -> str:
        """One sentence for people."""
        beyond = self._named(self.judge).excess
        if beyond is None:
            held = f"not to be told from the {self.judge}"
        else:
            held = f"{_between(beyond)} a year beyond the {self.judge}"
        drawn = f"better than {self._beaten:.0%} of {self.random.replicates} random controllers"
        said = f"{self.rivals[0].name}: {held}, {drawn}"
        if self.is_worth_something:
            return f"The split is worth something here. {said}."
        return f"The split is worth nothing that can be told from chance here. {said}."

    def rows(self) -> list[dict[str, object]]:
        """One row for each rival, for tables."""
        return [
            {
                "": one.name + (" (in hindsight)" if one.hindsight else ""),
                "total return": f"{one.total_return:+.2%}",
                "sharpe": "" if one.sharpe is None else f"{one.sharpe:.2f}",
                "max drawdown": f"{one.max_drawdown:.2%}",
                "costs": "" if one.costs is None else f"{one.costs:,.2f}",
                "trades": "" if one.trades is None else f"{one.trades:,}",
                "controller beyond it, a year": _between(one.excess),
            }
            for one in self.rivals
        ]

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "command": self.command,
            "symbols": list(self.symbols),
            "bars": self.bars,
            "first": iso(self.first),
            "last": iso(self.last),
            "cost_multiple": self.cost_multiple,
            "worth_something": self.is_worth_something,
            "verdict": self.verdict,
            "rivals": [asdict(one) for one in self.rivals],
            "random": asdict(self.random),
            "judge": self.judge,
            "chosen": [{"from": iso(ts), "specialist": name} for ts, name in self.chosen],
        }

    @property
    def _beaten(self) -> float:
        return self.random.beaten_by[self.rivals[0].name]

    def _named(self, name: str) -> Rival:
        return next(one for one in self.rivals if one.name == name)


def _between(one: Interval | None) -> str:
    return "" if one is None else f"{one.figure:+.2%} (90 % interval {one.low:+.2%} to {one.high:+.2%})"
