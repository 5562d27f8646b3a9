"""Who speaks for a series by the rules in force, and in a decision: held back where that changes too often."""

from collections.abc import Mapping

from data.journal import Journal, Routed, RouteLog
from models.risk.damping import Attempt, Choice, Damping, Held, choose_all
from models.risk.routing import Route, Router
from models.types import Series
from models.types.routes import Rule
from models.types.speakers import META, MODELS
from tasks.session.book import Book
from tasks.session.desk import Desk

MINUTE_US = 60_000_000


def route_of(desk: Desk, series: Series) -> Route:
    """Who speaks for a series, by the configuration in force.

    Raises:
        BadInput: no rule applies to it in some regime.
    """
    settings = desk.loaded.settings
    routes = Router(settings.router.table())
    return routes[series.symbol, desk.venue(series.venue).asset_class, settings.model.horizon]


def models_for(desk: Desk, series: Series) -> tuple[str, ...]:
    """The models that have to speak about a series so that those that are routed in some regime can, in the order of
    MODELS: those and, where the meta-learner is among them, the models that it weighs.

    Raises:
        BadInput: no rule applies to the series in some regime.
    """
    routed = {model for rule in route_of(desk, series).rules for model in rule.models}
    weighed = desk.loaded.settings.model.meta.models if META in routed else ()
    return tuple(one for one in MODELS if one in routed or one in weighed)


def choose(desk: Desk, journal: Journal, book: Book, wanted: Mapping[str, Rule], now: int) -> dict[str, Choice]:
    """Who speaks for every symbol in the book's next decision, made at `now` (UTC microseconds), where the rules want
    `wanted`; a person is alerted of what is damped, and of more attempts than router.alert_after, once in a window.

    Nothing of it is remembered before the decision was recorded with `routed_of` these choices.
    """
    damping, log = damping_of(desk), RouteLog(journal.engine)
    held = {symbol: Held(one.rule, one.models) for symbol, one in log.newest(book.name).items()}
    attempts = [Attempt(at, passed) for at, passed in log.switches_since(book.name, now - damping.window)]
    choices = choose_all(wanted, held, attempts, now, damping)
    _alert(journal, book, choices, now, damping)
    return choices


def routed_of(choices: Mapping[str, Choice], seconds: Mapping[str, float]) -> tuple[Routed, ...]:
    """The choices as they are recorded with the decision; `seconds` is how long each symbol's words and edge took."""
    return tuple(
        Routed(
            symbol=symbol,
            rule=choice.rule,
            models=choice.models,
            before=choice.before,
            switched=choice.switched,
            damped=choice.damped,
            latency_us=round(1e6 * seconds.get(symbol, 0.0)),
        )
        for symbol, choice in choices.items()
    )


def damping_of(desk: Desk) -> Damping:
    """How many switches are let through, by the configuration in force."""
    router = desk.loaded.settings.router
    return Damping(router.damp_after, router.alert_after, round(router.window_minutes * MINUTE_US))


def _alert(journal: Journal, book: Book, choices: Mapping[str, Choice], now: int, damping: Damping) -> None:
    window, minutes = now // damping.window, damping.window / MINUTE_US
    kept = [symbol for symbol, choice in choices.items() if choice.damped]
    if kept:
        text = (
            f"routes of {book.name} switched {damping.damp_after} times in {minutes:g} minutes: {', '.join(kept)} keep "
            "the models that spoke before"
        )
        journal.raise_alert(f"routes damped {book.name} {window}", "warning", text, now)
    if any(choice.alert for choice in choices.values()):
        text = (
            f"routes of {book.name} were to switch more than {damping.alert_after} times in {minutes:g} minutes; look "
            "at keel router, and at who changes model_router_rules.yml"
        )
        journal.raise_alert(f"routes flap {book.name} {window}", "error", text, now)
