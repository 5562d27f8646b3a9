"""Whether the settings take more than what a book's line has earned."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from conf import Settings
from data.journal import AuditLog, Journal
from models.stages import Promoted, Rules, Standing, most_capital
from models.types import KeelError, Stage
from tasks.session.book import line_of
from tasks.session.ordering.rows import quote_of
from tasks.session.staging import rules_of, standing_of
from tasks.session.staging.record import recorded_steps

SHOWN = "keel stage shows what is wanted"
HOUR = 3600 * 1_000_000


@dataclass(frozen=True, slots=True)
class Earned:
    """What a line has earned, and what is taken of it.

    Attributes:
        standing: in force; or why it is not known.
        stage, capital, rung: of the settings; capital in quote currency, `rung` that of risk.ladder.
        foreign: quote currencies of the settings in which the figures of the rules are other money.
    """

    standing: Standing | KeelError
    rules: Rules
    stage: Stage
    capital: float
    rung: int
    foreign: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """For people."""
        return "not known" if isinstance(self.standing, KeelError) else str(self.standing)


@dataclass(slots=True)
class Remembered:
    """What a long-lived process found the line to have earned. Found anew once an hour, and as soon as the settings or
    the audit chain say anything else: to go through all pages behind it takes seconds, which a decision does not have.
    """

    _key: object = None
    _found: Earned | None = field(default=None)

    def found(self, settings: Settings, journal: Journal, now: int, find: Callable[[], Earned]) -> Earned:
        """As `find` says, or said within the hour of `now` (UTC microseconds)."""
        if self._found is None or self._key != _key(settings, journal, now):
            self._found = find()
            self._key = _key(settings, journal, now)  # afterwards: to find it may have written to the chain
        return self._found


def _key(settings: Settings, journal: Journal, now: int) -> object:
    entries = AuditLog(journal.engine).verify()
    return settings.stage, settings.trading, settings.stages, settings.risk, entries, now // HOUR


def earned_by(settings: Settings, journal: Journal) -> Earned:
    """The configured line's."""
    rules, line = rules_of(settings), line_of(settings)
    standing: Standing | KeelError
    try:
        standing = standing_of(journal, line, rules)
        rules = _as_granted(rules, journal, line)
    except KeelError as error:
        standing = error  # told together with whatever else is missing
    ladder = settings.risk.ladder
    return Earned(
        standing, rules, Stage(settings.stage), settings.trading.capital, ladder.rung, _foreign_quotes(settings)
    )


def _foreign_quotes(settings: Settings) -> tuple[str, ...]:
    trading, known = settings.trading, settings.stages.money.currencies
    symbols = trading.symbols if trading.haven is None else (*trading.symbols, trading.haven)
    return tuple(sorted({quote_of(one) for one in symbols}.difference(known)))


def _as_granted(rules: Rules, journal: Journal, line: str) -> Rules:
    """The money of the rules, and no more of it than was written with the line's newest promotion: settings alone make
    no step worth more.
    """
    granted = [one.step.rules for one in recorded_steps(journal, line) if isinstance(one.step, Promoted)]
    if not granted:
        return rules
    rungs = tuple(min(pair) for pair in zip(rules.rungs, granted[-1].rungs, strict=False))
    return replace(rules, micro_most=min(rules.micro_most, granted[-1].micro_most), rungs=rungs)


def not_earned(earned: Earned) -> tuple[str, str] | None:
    """(what was found, what to do) where the stage of the settings is not earned."""
    if isinstance(earned.standing, KeelError):
        return str(earned.standing), SHOWN
    if earned.standing.stage.rank >= earned.stage.rank:
        return None
    return f"the book is at {earned.standing} by its record, and the settings say {earned.stage}", SHOWN


def beyond_earned(earned: Earned) -> Iterator[tuple[str, str]]:
    """(what was found, what to do) for whatever is more money than what was earned, or too little for the stage."""
    if isinstance(earned.standing, KeelError):
        return
    rules, capital = earned.rules, earned.capital
    if earned.foreign:
        found = f"the book trades in {', '.join(earned.foreign)}, in which the stages' capital is other money"
        yield found, "trade in one of stages.money.currencies, or add it there with figures that fit"
    if earned.stage is Stage.MICRO:
        if not rules.micro_least <= capital <= rules.micro_most:
            allowed = f"{rules.micro_least:g} to {rules.micro_most:g}"
            yield f"trading.capital {capital:g}, allowed in stage micro is {allowed}", "set trading.capital"
        return
    most = most_capital(earned.standing, rules)
    if capital > most:
        yield f"trading.capital {capital:g}, allowed at {earned.standing} is {most:g} or less", "set trading.capital"
    if earned.rung > earned.standing.rung:
        found = f"risk.ladder.rung {earned.rung}, earned is rung {earned.standing.rung}"
        yield found, "set risk.ladder.rung"
