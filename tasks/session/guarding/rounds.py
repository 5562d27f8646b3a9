"""The guardian's round: look, judge, act, and give a sign of life."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from data.journal import (
    GUARDIAN,
    TRADER,
    AuditLog,
    Beat,
    Decision,
    Heartbeats,
    RiskEvent,
    RiskKind,
    RiskLog,
    StopFlag,
)
from models.types import KeelError, Level
from models.types.timeframes import MINUTE
from tasks.session.guarding.facts import Demand, Facts, Finding, Round, Seen, What, Worth
from tasks.session.guarding.ground import Ground
from tasks.session.guarding.hands import Hands, is_taken
from tasks.session.guarding.judging import AUDIT_CHAIN, Rules, judge
from tasks.session.guarding.silence import Watch

# A price that a venue gave longer ago is none.
OLD = MINUTE
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Loss:
    """A loss as one look at the venues saw it, at `at`: what it trips, and how much of that the look before saw too."""

    at: int | None
    level: Level
    proven: Level

    @property
    def waits(self) -> bool:
        """Whether another look has to say it too."""
        return self.proven < self.level


@dataclass(slots=True)
class Memory:
    """What a guardian knows from its last round.

    Attributes:
        since: when it began, UTC microseconds: a bar is not late that was due while nobody watched.
        told: keys of the findings that were told.
        kept: the stop that is in row and file both.
        flat: when the stop was set whose positions are sold, UTC microseconds.
        decision: the book's newest, with its id.
        loss: the last look at the prices that a loss was seen in, None where it saw none.
        expected: since when a bar is waited for, UTC microseconds; None while nobody trades.
    """

    since: int
    told: frozenset[str] = frozenset()
    kept: StopFlag | None = None
    flat: int | None = None
    decision: tuple[str | None, Decision | None] = (None, None)
    loss: Loss | None = None
    expected: int | None = None


class Guardian:
    """Watches one journal. `say` tells a person where the journal cannot; `silence` in microseconds."""

    def __init__(
        self, ground: Ground, hands: Hands, watch: Watch, rules: Rules, silence: int, say: Callable[[str], None]
    ) -> None:
        self._ground = ground
        self._hands = hands
        self._watch = watch
        self._rules = rules
        self._silence = silence
        self._say = say
        self._memory = Memory(ground.clock.now())
        self._audit = AuditLog(ground.journal.engine)

    @property
    def book(self) -> str:
        """The name of the book that it watches."""
        return self._ground.book

    def round(self) -> Round:
        """One round; the stop that it set is durable when this returns.

        Raises:
            Damaged, Unavailable: the journal could not be read, or be written where that was needed.
        """
        facts = self.look()
        findings = judge(facts, self._rules)
        stop = self._stop(facts, findings)
        self._tell(findings, facts.at)
        self._hands.ask(self._demand(facts, stop))
        if not facts.helpless and (facts.seen is not None or not self._rules.is_money):
            self.beat()
        return Round(facts, findings, stop)

    def look(self) -> Facts:
        """Everything there is to know now; what a source does not say is among the troubles.

        Raises:
            Damaged, Unavailable: the journal could not be read.
        """
        ground, now = self._ground, self._ground.clock.now()
        seen = self._hands.seen
        troubles = {} if seen is None else dict(seen.troubles)
        trader = ground.heard(TRADER)
        silence = self._watch.look(trader, now)
        stop = ground.journal.stop()
        entries = ground.entries()
        taken = silence is not None and self._known(AUDIT_CHAIN, troubles, lambda: is_taken(self._audit, silence))
        worth = self._known("account", troubles, lambda: self._worth(now, troubles))
        failed = {"hands": self._hands.failed} if self._hands.failed else {}
        return Facts(
            at=now,
            silence=silence,
            is_taken=bool(taken),
            stop=stop,
            worth=worth,
            entries=entries,
            overdue=self._known("bars", troubles, lambda: self._overdue(trader, now)),
            seen=seen,
            troubles=troubles,
            helpless={**({} if seen is None else seen.helpless), **failed},
            proven=self._proven(worth, seen),
            patience=_promised(trader),
        )

    def symbols(self) -> tuple[str, ...]:
        """Of which the book holds anything.

        Raises:
            Damaged, Unavailable: the journal could not be read.
        """
        decision = self._decision()
        return () if decision is None else self._ground.holdings(decision).symbols

    def beat(self) -> None:
        """I watch, and shall be heard of again.

        Raises:
            Unavailable: the journal cannot be written.
        """
        self._beat(self._silence)

    def end(self) -> None:
        """I watch no more: nothing is opened from now on where a guardian is needed."""
        self._beat(0)

    def _beat(self, until: int) -> None:
        now = self._ground.clock.now()
        Heartbeats(self._ground.journal.engine).beat(
            Beat(GUARDIAN, self._ground.holder, now, now + until, self._ground.book)
        )

    def _known(self, source: str, troubles: dict[str, str], ask: Callable[[], Value]) -> Value | None:
        try:
            return ask()
        except KeelError as error:
            troubles[source] = str(error)
            return None

    def _worth(self, now: int, troubles: dict[str, str]) -> Worth | None:
        decision = self._decision()
        if decision is None:
            return None
        held = self._ground.holdings(decision)
        worth = self._ground.worth(decision, held, self._prices(held.symbols, now), now)
        if worth.unpriced and (not self._ground.is_money or self._is_old(now)):
            troubles["prices"] = f"{', '.join(worth.unpriced)} counted at the last known price: there is no newer one"
        return worth

    def _decision(self) -> Decision | None:
        newest = self._ground.journal.newest_decision(self._ground.book)
        if newest != self._memory.decision[0]:
            self._memory.decision = (newest, self._ground.decision())
        return self._memory.decision[1]

    def _prices(self, symbols: tuple[str, ...], now: int) -> dict[str, float]:
        """With real money the venue's own, on paper the lake's."""
        if not self._ground.is_money:
            return self._ground.closes(symbols)
        seen = self._hands.seen
        if seen is None or self._is_old(now):
            return {}
        return {symbol: float(price) for symbol, price in seen.prices.items()}

    def _is_old(self, now: int) -> bool:
        """Whether nobody has looked at the venues lately."""
        seen = self._hands.seen
        return now - (self._memory.since if seen is None else seen.at) > OLD

    def _proven(self, worth: Worth | None, seen: Seen | None) -> Level:
        """How far a loss may stop trading: with real money as far as two looks at the venues in a row saw it, as one
        bad quote is no loss. A pause sells nothing, and on paper one bar is one price.
        """
        level = Level.NONE if worth is None or worth.tripped is None else worth.tripped[0]
        if not self._rules.is_money or level < Level.REDUCE:
            self._memory.loss = None
            return level
        at, before = None if seen is None else seen.at, self._memory.loss
        if before is None:
            proven = Level.NONE
        elif before.at == at:
            level, proven = min(level, before.level), before.proven
        else:
            proven = min(level, before.level)
        self._memory.loss = Loss(at, level, proven)
        return proven

    def _overdue(self, trader: Beat | None, now: int) -> float | None:
        """A bar is waited for while a trader has promised something, and from then on: where nobody trades nobody
        fetches one either.
        """
        if trader is None or trader.due_at is None or trader.is_late(now):
            self._memory.expected = None
            return None
        if self._memory.expected is None:
            self._memory.expected = max(trader.at, self._memory.since)
        return self._ground.overdue(now, self._memory.expected)

    def _stop(self, facts: Facts, findings: tuple[Finding, ...]) -> StopFlag | None:
        """The stop as it has to be: it climbs to what the findings ask for. A loss on paper is its own book's."""
        journal, stop, worth = self._ground.journal, facts.stop, facts.worth
        for one in findings:
            if one.what is What.LIMIT and worth is not None and not self._rules.is_money:
                self._force(one, worth, facts.at)
            elif one.level > (Level.NONE if stop is None else stop.level):
                stop = journal.set_stop(one.text, facts.at, one.level, GUARDIAN)
        if stop is not None and stop != self._memory.kept:
            self._memory.kept = journal.set_stop(stop.reason, stop.at, stop.level, stop.who)
        return stop

    def _force(self, finding: Finding, worth: Worth, at: int) -> None:
        event = RiskEvent(
            self._ground.book,
            at,
            RiskKind.FORCED,
            GUARDIAN,
            finding.text,
            finding.level,
            finding.breaker,
            worth.found,
            worth.allowed,
        )
        RiskLog(self._ground.journal.engine).force(event)

    def _tell(self, findings: tuple[Finding, ...], at: int) -> None:
        """Whatever was not found the last time; found again later it is told again."""
        for one in findings:
            if one.key not in self._memory.told:
                self._say(one.text)
                self._ground.journal.raise_alert(f"{one.key} {at}", one.severity, one.text, at)
        self._memory.told = frozenset(one.key for one in findings)

    def _demand(self, facts: Facts, stop: StopFlag | None) -> Demand:
        symbols = self.symbols()
        if stop is None:
            loss = self._memory.loss
            return Demand(is_urgent=loss is not None and loss.waits, symbols=symbols)
        is_back = facts.seen is not None and bool(facts.seen.back)
        if facts.seen is not None and facts.seen.is_flat:
            self._memory.flat = stop.at
        is_sold = self._memory.flat == stop.at
        flatten = stop if stop.level is Level.FLATTEN and self._rules.is_money and not is_sold else None
        withdraw = bool(facts.entries) or is_back
        is_due = facts.silence is not None and (not facts.is_taken or withdraw or flatten is not None)
        return Demand(
            silence=facts.silence if is_due else None,
            withdraw=withdraw,
            flatten=flatten,
            protect=True,
            is_urgent=True,
            symbols=symbols,
        )


def _promised(trader: Beat | None) -> float:
    """Seconds from the trader's last sign of life to the next one, 0 where it promised none."""
    return 0.0 if trader is None or trader.due_at is None else (trader.due_at - trader.at) / 1e6
