"""What the guardian makes of what it saw: pure, from facts to findings."""

from collections.abc import Iterator
from dataclasses import dataclass

from conf.schema.control import GuardianConfig
from models.types import Level
from models.types.timeframes import MINUTE
from tasks.session.guarding.facts import Facts, Finding, Seen, What, Worth
from tasks.session.ordering.strays import is_named_like_ours, stray_text

CANCEL, FLATTEN = "cancel", "flatten"
JOURNAL, AUDIT_CHAIN, ORDER_CHAIN = "journal", "audit chain", "order chain"
# Without these nobody knows what is ordered or stopped.
VITAL = (JOURNAL, AUDIT_CHAIN, ORDER_CHAIN)


@dataclass(frozen=True, slots=True)
class Rules:
    """What is asked of the trader.

    Attributes:
        on_silence: how far a silence stops trading.
        feed: seconds that the newest bar may be overdue, or as long as the trader promised, whichever is longer.
        is_money: whether orders cost real money.
    """

    on_silence: Level
    feed: float
    is_money: bool


def rules_of(guardian: GuardianConfig, is_money: bool) -> Rules:
    """By the settings."""
    on_silence = {CANCEL: Level.REDUCE, FLATTEN: Level.FLATTEN}[guardian.on_silence]
    return Rules(on_silence, guardian.feed_minutes * MINUTE / 1e6, is_money)


def judge(facts: Facts, rules: Rules) -> tuple[Finding, ...]:
    """Everything that is not as it should be, the most urgent first."""
    return tuple(_found(facts, rules))


def _found(facts: Facts, rules: Rules) -> Iterator[Finding]:
    if facts.silence is not None:
        # What was acted on is a person's now: whoever resumes has looked at it.
        level = Level.NONE if facts.is_taken else rules.on_silence
        key = f"guardian silence {facts.silence.beat.at} {facts.silence.beat.holder.pid}"
        yield Finding(What.SILENT, level, facts.silence.text, key)
    if facts.worth is not None:
        yield from _limit(facts.worth, facts.proven)
    allowed = max(rules.feed, facts.patience)
    if facts.overdue is not None and facts.overdue > allowed:
        text = f"the newest bar is overdue by {facts.overdue:.0f} s; {allowed:g} s are allowed"
        yield Finding(What.FEED, Level.PAUSE, text, "guardian feed", "error")
    if facts.stop is not None and facts.entries:
        listed = ", ".join(one.cid for one in facts.entries)
        text = f"trading is stopped, and orders that open are not over: {listed}"
        yield Finding(What.ENTRIES, Level.NONE, text, f"guardian entries {listed}", "error")
    if facts.seen is not None:
        yield from _strays(facts.seen)
    for source, why in facts.helpless.items():
        text = f"the guardian could not act ({source}: {why}); it gives no sign of life until it can"
        yield Finding(What.HELPLESS, Level.NONE, text, f"guardian helpless {source}")
    for source, why in facts.troubles.items():
        level = Level.PAUSE if source in VITAL else Level.NONE
        yield Finding(What.SOURCE, level, f"{source}: {why}", f"guardian source {source}", "error")


def _limit(worth: Worth, proven: Level) -> Iterator[Finding]:
    tripped = worth.tripped
    if tripped is not None and min(tripped[0], proven) > Level.NONE:
        level, breaker = min(tripped[0], proven), tripped[1]
        text = f"{breaker.text} ({worth.found:.2%} found, {worth.allowed:.2%} allowed, equity {worth.equity:,.2f})"
        yield Finding(What.LIMIT, level, text, f"guardian limit {breaker.name}", breaker=breaker)


def _strays(seen: Seen) -> Iterator[Finding]:
    """Another's orders are another's business; one that is named like ours is not."""
    for one in seen.strays:
        if is_named_like_ours(one):
            key = f"guardian stray {one.venue} {one.symbol} {one.exchange_id}"
            yield Finding(What.STRAY, Level.NONE, f"{one.venue}: {stray_text(one)}", key, "error")
