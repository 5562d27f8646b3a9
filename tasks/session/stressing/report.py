"""What a stress test found, as a value and as JSON."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass

from conf.scenarios import WrongScenario
from models.bootstrap import Recovery
from models.types import iso

HELD, FULL = "held", "full"


@dataclass(frozen=True, slots=True)
class Holding:
    """A position of the present book; `value` is signed, quote currency."""

    system: str
    symbol: str
    quantity: float
    value: float


@dataclass(frozen=True, slots=True)
class Acted:
    """A limit that acted during a scenario, first things first.

    Attributes:
        bar: open of the bar at which it did, UTC microseconds on the scenario's own time axis.
        hours: from the begin of the scenario to that bar's close.
        what: the breaker or the level of a position, in words.
        level: of the account's ladder that the breaker brought; empty for what closed a position.
        where: trading system and symbol, the system alone, or empty for the account.
    """

    bar: int
    hours: float
    what: str
    level: str
    where: str


@dataclass(frozen=True, slots=True)
class StressRow:
    """One book under one profile's limits through one scenario; money in the base currency, losses positive.

    Attributes:
        book: HELD: what the account holds now; FULL: the fullest book that the profile lets the step buy now.
        in_force: whether the profile is the one that is traded by.
        exposure: value of all positions before, fraction of equity.
        loss: from before to the end, fraction of equity; negative: a gain.
        drawdown: deepest fall from the highest mark, that of the time before included, as the account's stop counts it.
        limit: the drawdown at which the profile's stop sells everything.
        money: `loss` in money.
        margin_calls: positions that were liquidated because their own margin was used up.
        stops_hit: positions that a stop of their own closed, all or in parts.
        left: value of what is still held at the end, fraction of the equity before.
        acted: see Acted.
        contributions: what each position made of the loss, money, negative: lost; by system and symbol; and `currency`
            where the account's own money lost worth. They sum to -money.
        recovery: None where nothing was held.
        mapped: symbols without a past of their own in the window, and what moved in their place.
        first, last: days of the window, empty without one.
    """

    book: str
    profile: str
    in_force: bool
    scenario: str
    text: str
    exposure: float
    loss: float
    drawdown: float
    limit: float
    money: float
    margin_calls: int
    stops_hit: int
    left: float
    acted: tuple[Acted, ...]
    contributions: Mapping[str, float]
    recovery: Recovery | None
    mapped: Mapping[str, str]
    first: str = ""
    last: str = ""

    @property
    def breached(self) -> bool:
        """Whether the drawdown reaches the profile's."""
        return self.drawdown >= self.limit

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return asdict(self) | {
            "breached": self.breached,
            "contributions": dict(self.contributions),
            "mapped": dict(self.mapped),
            "acted": [asdict(one) | {"bar": iso(one.bar)} for one in self.acted],
        }


@dataclass(frozen=True, slots=True)
class ReverseRow:
    """The smallest shock of a scenario's kind that breaks the profile's drawdown.

    Attributes:
        multiple: of the scenario's moves; None where no fall of the price does.
        moves: what every asset that the scenario names does at that multiple, fraction.
        drawdown: at that multiple.
    """

    book: str
    profile: str
    scenario: str
    multiple: float | None
    moves: Mapping[str, float]
    drawdown: float | None
    limit: float

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return asdict(self) | {"moves": dict(self.moves)}


@dataclass(frozen=True, slots=True)
class Cut:
    """A position to be made smaller: `part` of it (0..1) is to be sold; `value` of the whole, signed, `money` of the
    part, quote currency.
    """

    system: str
    symbol: str
    quantity: float
    value: float
    part: float

    @property
    def money(self) -> float:
        """Value of the part."""
        return abs(self.value) * self.part


@dataclass(frozen=True, slots=True)
class Proposal:
    """What keeps the held book within its limit in every scenario.

    Attributes:
        scenarios: in which the limit is broken, the worst first.
        beyond_selling: of these, in which an account in cash breaks it too: its own money loses worth, or too much is
            lost already. They ask for no sale.
        drawdown: in the worst, and `limit` what is allowed.
        cuts: one for each position that is to be made smaller; of one symbol every position by the same part.
        after: the deepest drawdown of any scenario that is not beyond selling with the cuts, run again.
        enough: whether that is within the limit.
    """

    scenarios: tuple[str, ...]
    beyond_selling: tuple[str, ...]
    drawdown: float
    limit: float
    cuts: tuple[Cut, ...]
    after: float
    enough: bool

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return asdict(self) | {"cuts": [asdict(one) | {"money": one.money} for one in self.cuts]}


@dataclass(frozen=True, slots=True)
class StressReport:
    """All books, profiles and scenarios.

    Attributes:
        book: the configured book's name; `symbols` its traded ones and the haven.
        as_of: the newest bar's open, UTC microseconds.
        command: for a shell, makes the same figures on the same data.
        equity: of the account, quote currency; `currency` names that.
        holdings: what is held; empty where nothing is.
        why_not_held: why the present book was not stressed, empty where it was.
        rows: the held book first, then profiles in the order of the settings; scenarios in the order of the file.
        proposal: None where no scenario breaks the limit in force.
        wrong: scenarios that could not be used, and why.
        unplayed: of conf/stress.yaml as a whole those whose days the lake does not have, and why: it is for every book,
            so that is no mistake. One that was asked for by name or by a file of one's own is in `wrong`.
        untouched: scenarios in which nothing happens to this book: names.
    """

    book: str
    symbols: tuple[str, ...]
    as_of: int
    command: str
    profile: str
    config_version: str
    scenarios_sha256: str
    data_sha256: Mapping[str, str]
    equity: float
    currency: str
    holdings: tuple[Holding, ...]
    why_not_held: str
    rows: tuple[StressRow, ...]
    reverse: tuple[ReverseRow, ...]
    proposal: Proposal | None
    wrong: tuple[WrongScenario, ...]
    unplayed: tuple[WrongScenario, ...]
    untouched: tuple[str, ...]

    @property
    def scenarios(self) -> tuple[str, ...]:
        """Names of those that ran, in their order."""
        return tuple(dict.fromkeys(one.scenario for one in self.rows))

    @property
    def books(self) -> tuple[tuple[str, str], ...]:
        """Book and profile of those that ran, in their order."""
        return tuple(dict.fromkeys((one.book, one.profile) for one in self.rows))

    @property
    def worst(self) -> StressRow | None:
        """Of the held book under the profile in force the deepest drawdown; without one, of the full ones."""
        own = [one for one in self.rows if one.in_force and one.book == HELD]
        full = [one for one in self.rows if one.in_force and one.book == FULL]
        return max(own or full, key=lambda one: one.drawdown, default=None)

    def row(self, book: str, profile: str, scenario: str) -> StressRow | None:
        """The one of these, None where it did not run."""
        asked = (book, profile, scenario)
        return next((one for one in self.rows if (one.book, one.profile, one.scenario) == asked), None)

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        return {
            "book": self.book,
            "symbols": list(self.symbols),
            "as_of": iso(self.as_of),
            "command": self.command,
            "profile": self.profile,
            "config_version": self.config_version,
            "scenarios_sha256": self.scenarios_sha256,
            "data_sha256": dict(self.data_sha256),
            "equity": self.equity,
            "currency": self.currency,
            "holdings": [asdict(one) for one in self.holdings],
            "why_not_held": self.why_not_held,
            "rows": [one.as_json() for one in self.rows],
            "reverse": [one.as_json() for one in self.reverse],
            "proposal": None if self.proposal is None else self.proposal.as_json(),
            "wrong": [asdict(one) for one in self.wrong],
            "unplayed": [asdict(one) for one in self.unplayed],
            "untouched": list(self.untouched),
        }
