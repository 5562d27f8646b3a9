"""Running a stress test: every book through every scenario."""

import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from conf.scenarios import Known, ScenarioFile, WrongScenario, known_names, load_scenarios
from data.journal import Journal
from models.regime import regime_history
from models.scenarios import Scenario, combined, smallest
from models.stress import Outcome
from models.types import BadInput
from tasks.session.book import Book, configured_book
from tasks.session.desk import Desk
from tasks.session.market import MarketView, market_view
from tasks.session.stressing.books import Subject, holdings_of, present_of_account, subjects_of, weights_of
from tasks.session.stressing.outcomes import Drawing, daily_returns_of, outcome_of, recovery_of, row_of
from tasks.session.stressing.panels import Stressed, StressMarket, stress_market
from tasks.session.stressing.proposing import proposal_of
from tasks.session.stressing.report import HELD, ReverseRow, StressReport, StressRow

# A fall of the price is at most this, so that something is left to be quoted.
DEEPEST = 0.99
# Multiples that are tried before the first that breaks the limit is narrowed down by halving.
SCAN, HALVINGS = 20, 14
Advance = Callable[[int, int, str], None]


@dataclass(frozen=True, slots=True)
class Request:
    """What is to be run: scenarios by name, none for all; `together` makes one of them. `file` instead of
    conf/stress.yaml.
    """

    scenarios: tuple[str, ...] = ()
    together: bool = False
    file: Path | None = None

    @property
    def is_general(self) -> bool:
        """Whether everything that comes with Keel is run, and nothing by name."""
        return not self.scenarios and self.file is None


def stress(desk: Desk, journal: Journal | None, request: Request, advance: Advance) -> StressReport:
    """Every scenario that can be run; those that cannot are in the report, with the reason.

    `journal`: None where there is none, then nothing is held. `advance` is told how many steps of how many are done,
    and what comes next.

    Raises:
        BadInput: the lake lacks a series of the book, a name is not one of a scenario, or the file cannot be read.
        Refused, Damaged: the journal's book cannot be used, see `hold`.
    """
    book = configured_book(desk, timed=True)
    file = load_scenarios(names_of(desk, book), request.file)
    scenarios = chosen(file, request)
    views = tuple(market_view(desk, one, known_by=desk.clock.now()) for one in book.series)
    if not all(len(view.bars) for view in views):
        raise BadInput(f"not every one of {', '.join(book.symbols)} has a bar that had closed; ingest or import some")
    regimes = tuple(regime_history(view.inputs, book.regimes) for view in views[: book.traded])
    present = present_of_account(desk, journal, book)
    subjects = subjects_of(desk, present.state, views, regimes)
    market = stress_market(desk, book, views, file.betas)
    reverse = () if request.scenarios else tuple(one for one in file.scenarios if one.name in file.reverse)
    steps = len(scenarios) + len(reverse)
    tested = through_all(market, subjects, views, scenarios, _drawing(desk), lambda k, name: advance(k, steps, name))
    broken: list[ReverseRow] = []
    for number, kind in enumerate(reverse):
        advance(len(scenarios) + number, steps, f"reverse of {kind.name}")
        broken += reverse_rows(market, subjects, kind)
    mine = next((one for one in subjects if one.book == HELD and one.in_force), None)
    advance(steps, steps, "done")
    asked = [one for one in file.wrong if not request.scenarios or one.name in request.scenarios]
    return StressReport(
        book=book.name,
        symbols=book.symbols,
        as_of=max(int(view.bars.ts[-1]) for view in views),
        command=command_of(desk, book, request),
        profile=desk.loaded.settings.trading.profile,
        config_version=desk.loaded.version,
        scenarios_sha256=file.sha256,
        data_sha256={one.symbol: desk.bars.dataset(one).manifest().sha256 for one in book.series},
        equity=present.equity,
        currency=currency_of(book),
        holdings=holdings_of(book, present.state),
        why_not_held=present.why_not,
        rows=_in_order(tested.rows, subjects),
        reverse=tuple(broken),
        proposal=None if mine is None else proposal_of(mine, tested.own),
        wrong=(*asked, *(() if request.is_general else tested.wrong)),
        unplayed=tested.wrong if request.is_general else (),
        untouched=tested.untouched,
    )


@dataclass(frozen=True, slots=True, eq=False)
class Tested:
    """What came of the scenarios: a row for each book; those of the held book under the profile in force once more,
    with everything that the step did; the scenarios that could not be lived through, and those in which nothing happens
    to the book.
    """

    rows: tuple[StressRow, ...]
    own: tuple[tuple[Stressed, Outcome], ...]
    wrong: tuple[WrongScenario, ...]
    untouched: tuple[str, ...]


def through_all(
    market: StressMarket,
    subjects: Sequence[Subject],
    views: Sequence[MarketView],
    scenarios: Sequence[Scenario],
    drawing: Drawing,
    advance: Callable[[int, str], None],
) -> Tested:
    """Every book through every scenario; `advance` is told the number and the name of each before it begins."""
    rows: list[StressRow] = []
    own: list[tuple[Stressed, Outcome]] = []
    wrong: list[WrongScenario] = []
    daily = {subject: daily_returns_of(views, weights_of(subject, len(views))) for subject in subjects}
    for number, scenario in enumerate(scenarios):
        advance(number, scenario.name)
        if not market.touches(scenario):
            continue
        try:
            stressed = market.stressed(scenario)
        except BadInput as error:
            wrong.append(WrongScenario(scenario.name, str(error)))
            continue
        for subject in subjects:
            found = outcome_of(subject, stressed)
            rows.append(row_of(subject, stressed, found, recovery_of(daily[subject], found.loss, drawing)))
            if subject.book == HELD and subject.in_force:
                own.append((stressed, found))
    untouched = tuple(one.name for one in scenarios if not market.touches(one))
    return Tested(tuple(rows), tuple(own), tuple(wrong), untouched)


def names_of(desk: Desk, book: Book) -> Known:
    """What a scenario of this desk may name."""
    symbols = [*book.symbols, *(one.symbol for one in desk.lake.series())]
    return known_names(desk.loaded.settings, symbols)


def chosen(file: ScenarioFile, request: Request) -> tuple[Scenario, ...]:
    """The scenarios that are to be run.

    Raises:
        BadInput: a name is not one of a scenario, or those that are asked for contradict each other.
    """
    if not request.scenarios:
        return file.scenarios
    known = {one.name: one for one in file.scenarios}
    wrong = {one.name for one in file.wrong}
    unknown = [one for one in request.scenarios if one not in known and one not in wrong]
    if unknown:
        raise BadInput(f"there is no scenario {', '.join(unknown)}; there is {', '.join(known) or 'none'}")
    found = tuple(known[one] for one in dict.fromkeys(request.scenarios) if one in known)
    if not request.together or len(found) < 2:
        return found
    names = " + ".join(one.name for one in found)
    return (combined(names, f"{names}, all at once", found),)


def reverse_rows(market: StressMarket, subjects: Sequence[Subject], kind: Scenario) -> list[ReverseRow]:
    """The smallest multiple of the scenario's moves that breaks each book's limit; one of the moves is a fall."""
    most = DEEPEST / -min(move for _, move in kind.shock.moves)
    return [_reverse_row(market, subject, kind, most) for subject in subjects]


def _reverse_row(market: StressMarket, subject: Subject, kind: Scenario, most: float) -> ReverseRow:
    def drawdown(multiple: float) -> float:
        return outcome_of(subject, market.stressed(scaled_by(kind, multiple))).drawdown

    multiple = smallest(lambda one: drawdown(one) >= subject.limit, most, SCAN, HALVINGS)
    moves = {} if multiple is None else {name: move * multiple for name, move in kind.shock.moves}
    deepest = None if multiple is None else drawdown(multiple)
    return ReverseRow(subject.book, subject.profile, kind.name, multiple, moves, deepest, subject.limit)


def scaled_by(kind: Scenario, multiple: float) -> Scenario:
    """The scenario with so many times its moves."""
    moves = tuple((name, move * multiple) for name, move in kind.shock.moves)
    return replace(kind, shock=replace(kind.shock, moves=moves))


def currency_of(book: Book) -> str:
    """The quote currency, as the symbols name it; USD where they name none, as stocks do."""
    quote = book.symbols[0].partition("/")[2]
    return quote.partition(":")[0] or "USD"


def command_of(desk: Desk, book: Book, request: Request) -> str:
    """For a shell, with the stage and the profile in force."""
    settings = desk.loaded.settings
    words = [f"KEEL_STAGE={settings.stage}", f"KEEL_TRADING__PROFILE={settings.trading.profile}"]
    words += ["keel", "stress", "--venue", book.series[0].venue]
    for one in book.models:
        words += ["--symbol", one.symbol]
    words += ["--timeframe", book.series[0].timeframe]
    for name in request.scenarios:
        words += ["--scenario", name]
    words += ["--together"] if request.together else []
    words += [] if request.file is None else ["--file", str(request.file)]
    return shlex.join(words)


def _drawing(desk: Desk) -> Drawing:
    chosen_ones = desk.loaded.settings.stress
    return Drawing(chosen_ones.recovery_paths, chosen_ones.recovery_horizon_days, chosen_ones.block_days)


def _in_order(rows: Sequence[StressRow], subjects: Sequence[Subject]) -> tuple[StressRow, ...]:
    """By book and profile, then by scenario."""
    places = {(one.book, one.profile): k for k, one in enumerate(subjects)}
    return tuple(sorted(rows, key=lambda one: places[one.book, one.profile]))
