"""How often routes may switch: rules or regimes that flap would trade on other models' words at every bar."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from models.types.routes import Rule


@dataclass(frozen=True, slots=True)
class Damping:
    """How many switches are let through.

    Attributes:
        damp_after: switches in one window; further ones are damped.
        alert_after: attempts (switches, and those that were damped) in one window; one more alerts a person.
        window: microseconds.
    """

    damp_after: int
    alert_after: int
    window: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """A route that was to become another one at `at`, UTC microseconds, and whether it did."""

    at: int
    passed: bool


@dataclass(frozen=True, slots=True)
class Held:
    """Who spoke for a symbol at the decision before: the rule's name and the models, as they were recorded. The rules
    may have changed since.
    """

    rule: str
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Who speaks for a symbol.

    Attributes:
        rule: name of the rule that says so.
        models: names.
        before: those of the decision before, None at the first one.
        switched: they are others than before.
        damped: they were to become others, and did not.
        alert: an attempt beyond those that are let pass in silence.
    """

    rule: str
    models: tuple[str, ...]
    before: tuple[str, ...] | None
    switched: bool
    damped: bool
    alert: bool


def choose(wanted: Rule, held: Held | None, attempts: Sequence[Attempt], now: int, damping: Damping) -> Choice:
    """Who speaks for a symbol at `now`, UTC microseconds, when the rules want `wanted`.

    A switch is another set of models than the `held` one: the first route of a symbol is none, and a rule by another
    name with the same models neither. `attempts` are those of all symbols of the book so far. One counts until it is
    older than the window, and whatever is later than `now` (a clock was set back) counts as well.
    """
    if held is None:
        return Choice(wanted.name, wanted.models, None, switched=False, damped=False, alert=False)
    if set(held.models) == set(wanted.models):
        return Choice(wanted.name, wanted.models, held.models, switched=False, damped=False, alert=False)
    recent = [one for one in attempts if one.at >= now - damping.window]
    alert = len(recent) >= damping.alert_after
    if sum(one.passed for one in recent) >= damping.damp_after:
        return Choice(held.rule, held.models, held.models, switched=False, damped=True, alert=alert)
    return Choice(wanted.name, wanted.models, held.models, switched=True, damped=False, alert=alert)


def choose_all(
    wanted: Mapping[str, Rule],
    held: Mapping[str, Held],
    attempts: Sequence[Attempt],
    now: int,
    damping: Damping,
) -> dict[str, Choice]:
    """`choose` for every symbol of one decision, in their order: each counts what became of those before it."""
    made = list(attempts)
    choices: dict[str, Choice] = {}
    for symbol, rule in wanted.items():
        choice = choose(rule, held.get(symbol), made, now, damping)
        if choice.switched or choice.damped:
            made.append(Attempt(now, choice.switched))
        choices[symbol] = choice
    return choices
