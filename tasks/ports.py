"""What the sessions ask of the world: one small protocol per kind of adapter."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeVar, runtime_checkable

from models.actions import CorporateAction
from models.types import Bars, Book, FloatArray, MarketTrades, Series, Unavailable
from models.types.news import Item
from models.types.wire import Balance, KeyRights, MarketRules, Quote, Report, VenueTrade, WireOrder

Kind = Literal["bars", "trades", "books"]
KINDS: tuple[Kind, ...] = ("bars", "trades", "books")
T_co = TypeVar("T_co", covariant=True)


class Clock(Protocol):
    """Where the time comes from."""

    def now(self) -> int:
        """UTC microseconds since 1970."""


@dataclass(frozen=True, slots=True, eq=False)
class Page:
    """Raw rows of one answer, who gave them, and what time it was there (UTC microseconds, None: unsaid)."""

    bars: Bars
    source: str
    venue_now: int | None = None


class Feed(Protocol):
    """A source of bars."""

    @property
    def name(self) -> str:
        """Written with every bar it gave."""

    def pages(self, symbol: str, timeframe: str, since: int | None) -> Iterator[Page]:
        """Raw rows in ascending pages from `since` (UTC microseconds, None: everything there is) to the newest.

        Raises:
            BadInput: the source has no such symbol or timeframe.
            Unavailable: the source did not answer.
        """


@runtime_checkable
class ActionFeed(Protocol):
    """A source of splits and dividends."""

    def actions(self, symbol: str, since: int | None) -> list[CorporateAction]:
        """Those of the symbol from `since` (UTC microseconds, None: all there are) on.

        Raises:
            Unavailable: the source did not answer.
        """


class BookFeed(Protocol):
    """A source of order book snapshots by request: what a stream falls back to."""

    def book(self, symbol: str, depth: int) -> Book:
        """The best `depth` levels now; a source of quotes gives one level.

        Raises:
            BadInput: the source has no such symbol.
            Unavailable: the source did not answer.
        """


class OutOfStep(Unavailable):
    """The stream skipped something: what it says next cannot be trusted, open another connection."""


class Subscription(Protocol[T_co]):
    """One connection that brings the values of one kind for one symbol."""

    async def next(self) -> T_co:
        """The next value; it waits for as long as the venue is silent.

        Raises:
            BadInput: the venue has no such symbol, timeframe or stream.
            OutOfStep: the venue's sequence has a gap.
            Unavailable: the connection is lost.
        """

    async def close(self) -> None:
        """Let the connection go."""


class Stream(Protocol):
    """A source that speaks by itself."""

    @property
    def name(self) -> str:
        """The venue's."""

    def has(self, kind: Kind) -> bool:
        """Whether the venue streams this kind."""

    def bars(self, symbol: str, timeframe: str) -> Subscription[Bars]:
        """Closed bars, ascending; an empty value says that the venue spoke and nothing closed."""

    def trades(self, symbol: str) -> Subscription[MarketTrades]:
        """Trades in the order of their arrival; after a connect a venue may repeat some."""

    def books(self, symbol: str, depth: int) -> Subscription[Book]:
        """The best `depth` levels after each change; changes that come together are one value."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What to ask a source by the next time, so that it gives only what is new; None where it said nothing.

    Attributes:
        etag, modified: the headers ETag and Last-Modified of its last answer, as they were.
        newest: the newest item's key.
    """

    etag: str | None = None
    modified: str | None = None
    newest: str | None = None


@dataclass(frozen=True, slots=True)
class Heard:
    """One answer of a news source.

    Attributes:
        items: the newest last; those without a date come before all others.
        refused: what of the answer could not be used, a sentence each, in none of the source's own words.
        mark: what to ask by the next time.
    """

    items: tuple[Item, ...]
    refused: tuple[str, ...]
    mark: Mark


class LeftAlone(Unavailable):
    """The source wants no request before `retry_at`, UTC microseconds."""

    def __init__(self, text: str, retry_at: int) -> None:
        super().__init__(text)
        self.retry_at = retry_at


class NewsSource(Protocol):
    """One address at which news is heard; a source with several has one of these for each."""

    @property
    def name(self) -> str:
        """The source's, one of models.types.news.SOURCES."""

    @property
    def url(self) -> str:
        """The address as it is configured, without keys: with the name it tells marks apart."""

    @property
    def why_off(self) -> str | None:
        """Why it cannot be asked and what to do about it, None where it can."""

    async def hear(self, mark: Mark | None) -> Heard:
        """What it says now; one request, and no second one when that fails. Texts are as the source wrote them.

        Raises:
            LeftAlone: it asked for a pause.
            Unavailable: it did not answer in time, or not in its form, or with too much.
            Refused: it is off, or sends one on to an address that is not allowed.
        """


class Waiting(Clock, Protocol):
    """A clock that can be waited on."""

    def sleep(self, micros: int) -> None:
        """Return after so many microseconds of this clock; a virtual one moves on at once."""


class Pacing(Waiting, Protocol):
    """A clock that an event loop waits on."""

    async def pause(self, micros: int, ended: asyncio.Event) -> None:
        """Return after so many microseconds of this clock, or when it has ended; a virtual one moves on at once."""


class VenueAccount(Protocol):
    """One account at one venue: what the order manager asks and says there. Symbols are the book's (BTC/USDT).

    Reads are tried again by the adapter while that may help, and raise Unavailable in the end: a failed read says
    nothing, least of all that there is nothing. `submit` and `cancel` go to the wire at most once a call.
    """

    @property
    def name(self) -> str:
        """The venue's."""

    @property
    def sends_within(self) -> int:
        """Microseconds after which the venue itself refuses a request that was signed before (receive window)."""

    @property
    def keeps_ids(self) -> bool:
        """False once the venue gave an order back under another id than it was sent with: nothing tells a lost order
        from one that stands there.
        """

    def submit(self, order: WireOrder) -> Report:
        """Send an order under its client order id, once.

        Raises:
            Rejected, NotSent, Ambiguous: see models.types.failures; the unexpected after the first byte is Ambiguous.
        """

    def cancel(self, order: WireOrder) -> Report | None:
        """Cancel it; what the venue said of it, None when it said that there is no such open order (which is no error).

        Raises:
            NotSent, Ambiguous: ask what became of the order.
        """

    def find(self, order: WireOrder) -> Report | None:
        """The order by its client order id (or the venue's, where known); None when the venue says it has none.

        Raises:
            Unavailable: it did not say.
        """

    def open_orders(self) -> list[Report]:
        """Every open order of the account, whoever placed it.

        Raises:
            Unavailable: it did not say, or not all of them.
        """

    def trades(self, symbol: str, since: int) -> list[VenueTrade]:
        """Every fill of the account in the symbol from `since` (UTC microseconds) on, ascending, all pages.

        Raises:
            Unavailable: it did not say, or not all of them.
        """

    def balances(self) -> dict[str, Balance]:
        """By asset; an asset that is not there is none of.

        Raises:
            Unavailable: it did not say.
        """

    def quote(self, symbol: str) -> Quote:
        """Best prices now.

        Raises:
            Unavailable: it did not say.
        """

    def rules(self, symbol: str, fresh: bool = False) -> MarketRules:
        """What the venue asks of orders in the symbol; `fresh` asks it anew instead of what it said at the start.

        Raises:
            BadInput: it has no such market.
            Unavailable: it did not say.
        """

    def rights(self) -> KeyRights:
        """What the key may do.

        Raises:
            BadInput: it refuses the key.
            Unavailable: it did not say.
        """

    def time(self) -> int:
        """The venue's clock, UTC microseconds; asking sets the offset that requests are signed with anew.

        Raises:
            Unavailable: it did not say.
        """


class Checkpoint(Protocol):
    """Called with a label after each durable step of a cycle; tests use it to fail there."""

    def __call__(self, label: str) -> None:
        """Nothing in production."""


@dataclass(frozen=True, slots=True, eq=False)
class TrainingRecord:
    """Everything that a tracker keeps of one training.

    Attributes:
        model: kind, one of models.types.speakers.MODELS.
        settings, tags: flat, for comparison between runs.
        metrics: final figures, finite.
        fold_metrics: one dict per walk-forward fold, in order, finite.
        files: the model's files by name, as they are on disk.
        code: module that MLflow runs to serve those files (models from code).
        pages: pictures and tables for people: importance, learning curves, calibration, walk-forward.
        sample: a few input rows, shape (n, k), for the model's signature.
        input_names: of the columns of `sample`.
        champion: whether this version speaks from now on; else it is a challenger.
    """

    series: Series
    model: str
    version: str
    settings: dict[str, str | int | float]
    tags: dict[str, str]
    metrics: dict[str, float]
    fold_metrics: tuple[dict[str, float], ...]
    files: dict[str, bytes]
    code: Path
    pages: tuple[Path, ...]
    sample: FloatArray
    input_names: tuple[str, ...]
    champion: bool


@dataclass(frozen=True, slots=True)
class BacktestRecord:
    """Everything that a tracker keeps of one backtest.

    Attributes:
        name: of the run, for people.
        settings, tags: flat, for comparison between runs.
        metrics: figures by dotted name.
        page: the tear sheet.
    """

    name: str
    settings: dict[str, str | int | float]
    tags: dict[str, str]
    metrics: dict[str, float]
    page: Path


@dataclass(frozen=True, slots=True)
class PageRecord:
    """Everything that a tracker keeps of a report.

    Attributes:
        name: of the run, for people.
        settings, tags: flat, for comparison between runs.
        metrics: finite figures by dotted name.
        pages: files of the report.
    """

    name: str
    settings: dict[str, str | int | float]
    tags: dict[str, str]
    metrics: dict[str, float]
    pages: tuple[Path, ...]


@dataclass(frozen=True, slots=True, eq=False)
class EvolutionChild:
    """What a tracker keeps of one search: a specialist's, or one of its folds.

    Attributes:
        name: of the run, for people: `volatile`, `volatile fold 1`.
        settings, tags: flat, for comparison between runs.
        metrics: finite figures by dotted name.
        curves: figures by name, one for each generation, shape (n_generations,).
        pages: files beside it: dossier, picture of the front.
        genome: the genome's JSON file; None: no model is logged.
        model: name in the registry under which that genome is a new version; None: it is not registered.
    """

    name: str
    settings: dict[str, str | int | float]
    tags: dict[str, str]
    metrics: dict[str, float]
    curves: dict[str, FloatArray]
    pages: tuple[Path, ...]
    genome: Path | None
    model: str | None


@dataclass(frozen=True, slots=True, eq=False)
class EvolutionRecord:
    """What a tracker keeps of one evolution: a parent run, and a child for each specialist and fold."""

    name: str
    settings: dict[str, str | int | float]
    tags: dict[str, str]
    metrics: dict[str, float]
    pages: tuple[Path, ...]
    children: tuple[EvolutionChild, ...]


@dataclass(frozen=True, slots=True)
class Registered:
    """Where an evolution was kept: the parent run's id, and the version of each registered model by its name."""

    run_id: str
    versions: dict[str, str]


class Tracker(Protocol):
    """Where trainings, backtests and reports are compared."""

    def log_training(self, record: TrainingRecord) -> str:
        """Store the run and register the model as challenger; returns the registered model's version.

        Raises:
            Unavailable: the tracker does not answer.
        """

    def fetch_training(self, series: Series, model: str, version: str) -> dict[str, bytes]:
        """The files of Keel's version of a model as they were registered, by name.

        Raises:
            BadInput: the tracker has no such version.
            Damaged: a file of it is missing, was changed, or was not registered with it; names it.
            Unavailable: the tracker does not answer.
        """

    def promote_training(self, series: Series, model: str, version: str) -> None:
        """Give Keel's version of a model the alias champion.

        Raises:
            BadInput: the tracker has no such version.
            Unavailable: the tracker does not answer.
        """

    def log_backtest(self, record: BacktestRecord) -> str:
        """Store the run with its page; returns the run's id.

        Raises:
            Unavailable: the tracker does not answer.
        """

    def log_page(self, experiment: str, record: PageRecord) -> str:
        """Store a run of that experiment with its pages; returns the run's id.

        Raises:
            Unavailable: the tracker does not answer.
        """

    def log_evolution(self, record: EvolutionRecord) -> Registered:
        """Store parent and children; every registered version gets the alias challenger.

        Raises:
            Unavailable: the tracker does not answer.
        """

    def promote(self, model: str, version: str) -> None:
        """Give that version of a registered model the alias champion.

        Raises:
            BadInput: there is no such version.
            Unavailable: the tracker does not answer.
        """


Work = TypeVar("Work")
Done = TypeVar("Done")


class Runner(Protocol):
    """Where pure chunks of work are done: threads, or processes on other machines."""

    def run(self, function: Callable[[Work], Done], works: Sequence[Work]) -> Iterator[tuple[int, Done]]:
        """Each work's number and what `function` made of it, as they are done. A chunk that is lost with its worker is
        done again, with the same result. `function` is importable by name and has no side effects.

        Raises:
            Unavailable: no worker is left to do them.
        """
