"""Challengers beside the champion, as a value and as JSON."""

from dataclasses import asdict, dataclass

from models.portfolio import Interval
from models.types import Regime, iso

# With fewer there is no interval: too few blocks of days to draw from.
LEAST_DAYS = 30


@dataclass(frozen=True, slots=True)
class Side:
    """What came of one book; as in Metrics.

    Attributes:
        orders: decided, whether or not they were filled.
        stopped: what stops it at the end, in words; empty where nothing does.
    """

    total_return: float
    sharpe: float | None
    max_drawdown: float
    trades: int
    costs: float
    turnover: float | None
    orders: int
    stopped: str


@dataclass(frozen=True, slots=True)
class Parting:
    """Where both books ordered differently for the first time: open of the bar (UTC microseconds), the trading system,
    the symbol, and what each ordered.
    """

    bar: int
    system: str
    symbol: str
    champion: str
    challenger: str

    def __str__(self) -> str:
        sides = f"champion: {self.champion}; challenger: {self.challenger}"
        return f"{iso(self.bar)} {self.system} {self.symbol}: {sides}"

    def as_json(self) -> dict[str, object]:
        """Both sides for scripts."""
        return asdict(self) | {"bar": iso(self.bar)}


@dataclass(frozen=True, slots=True)
class Duel:
    """The configured book, and the same book with the challenger's genome in the place of the champion's, over the same
    bars from the same capital.

    Attributes:
        first, last: opens of the first and the last bar, UTC microseconds.
        bars: how many each decided on; days: UTC days with a return.
        excess: what the challenger earned beyond the champion in a year: mean difference of daily log returns times
            the days of a year, with its 90 % interval; None below LEAST_DAYS, or where the accounts never differ.
        differing: bars on which the orders are not the same to the bit; ordered: of these the ones on which not the
            same was ordered, whatever its size: after the first trade that only one made all sizes differ.
        parting: None where they never ordered differently.
    """

    first: int
    last: int
    bars: int
    days: int
    champion: Side
    challenger: Side
    excess: Interval | None
    differing: int
    ordered: int
    parting: Parting | None

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        moments = {"first": iso(self.first), "last": iso(self.last)}
        return asdict(self) | moments | {"parting": None if self.parting is None else self.parting.as_json()}


@dataclass(frozen=True, slots=True)
class Shadow:
    """One challenger.

    Attributes:
        champion: what its specialist trades by now: `default`, `champion` or a file, as configured.
        run, since, model, version, passed: as in Shelved.
        genome: its SHA-256.
        duel: None while fewer than two bars have closed since then.
    """

    specialist: Regime
    champion: str
    run: str
    since: int
    model: str
    version: str
    passed: bool
    genome: str
    duel: Duel | None

    @property
    def name(self) -> str:
        """The specialist's, in small letters."""
        return self.specialist.name.lower()

    @property
    def verdict(self) -> str:
        """One sentence for a person."""
        if self.duel is None:
            return f"{self.name}: nothing can be said yet: no two bars have closed since it became a challenger."
        return f"{self.name}: {_said_of(self.duel)}"

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "specialist": self.name,
            "verdict": self.verdict,
            "against": self.champion,
            "run": self.run,
            "since": iso(self.since),
            "model": self.model,
            "version": self.version,
            "passed": self.passed,
            "genome_sha256": self.genome,
            "duel": None if self.duel is None else self.duel.as_json(),
        }


@dataclass(frozen=True, slots=True)
class ShadowReport:
    """Every challenger on the shelf, in the order of the regimes' codes.

    Attributes:
        book, as_of: its name, and open of its newest bar, UTC microseconds; None where there is no challenger.
        models: version of the model behind each symbol's edges.
        unusable: challengers that cannot be used, by name, and what is wrong with them.
    """

    book: str | None
    as_of: int | None
    config_version: str
    models: dict[str, str]
    shadows: tuple[Shadow, ...]
    unusable: dict[str, str]

    @property
    def verdict(self) -> str:
        """Sentences for a person."""
        said = [one.verdict for one in self.shadows]
        said += [f"{name}: cannot be used: {why}." for name, why in self.unusable.items()]
        return (
            " ".join(said) or "There is no challenger: nothing runs beside the champion. keel evolve searches for one."
        )

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "book": self.book,
            "as_of": None if self.as_of is None else iso(self.as_of),
            "verdict": self.verdict,
            "config_version": self.config_version,
            "models": self.models,
            "challengers": [one.as_json() for one in self.shadows],
            "unusable": self.unusable,
        }


def _said_of(duel: Duel) -> str:
    """What can be said, and what cannot."""
    days = f"{duel.days} day{'' if duel.days == 1 else 's'}"
    if duel.days < LEAST_DAYS:
        return f"nothing can be said yet after {days}; it takes {LEAST_DAYS}."
    if duel.excess is None and duel.differing == 0:
        return f"in {days} it ordered what the champion ordered: there is no difference to speak of."
    if duel.excess is None:
        return f"in {days} it ordered otherwise on {duel.ordered} bars, and no difference of returns can be measured."
    low, figure, high = (f"{one:+.2%}" for one in (duel.excess.low, duel.excess.figure, duel.excess.high))
    found = f"in {days} {figure} a year beside the champion, {low} to {high} with 90 % confidence"
    if duel.excess.low > 0.0:
        return f"{found}: it did better, and luck alone explains that badly."
    if duel.excess.high < 0.0:
        return f"{found}: it did worse, and luck alone explains that badly."
    return f"{found}: luck alone explains the difference."
