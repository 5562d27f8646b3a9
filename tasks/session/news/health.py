"""Which sources are heard, which are left alone, and which are off: by the journal's pages on feeds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from data.journal import Fault, FeedLog, Journal, PauseRule
from models.news.priority import Weight
from models.types import KeelError, iso
from models.types.timeframes import DAY, SECOND
from tasks.adapters.news.hearing import Hearing
from tasks.ports import Heard, LeftAlone, NewsSource
from tasks.session.desk import Desk

SYMBOL = "*"
# Nobody is left alone for longer, whatever he asks for.
LONGEST = DAY
# A round that comes a little early is no reason to wait for the next one.
EARLY = 30 * SECOND

State = Literal["heard", "waiting", "paused", "off"]


@dataclass(frozen=True, slots=True)
class SourceHealth:
    """One source; moments are UTC microseconds, None where there was none.

    `state`: heard the last time it was asked; waiting to be asked for the first time; paused after a failure; off.
    """

    source: str
    priority: int
    weight: Weight
    state: State
    why: str
    last_success: int | None
    failing_since: int | None
    retry_at: int | None

    def as_json(self) -> dict[str, object]:
        """The fields that scripts rely on."""
        moments = ("last_success", "failing_since", "retry_at")
        record = self.weight.reliability
        return {
            "source": self.source,
            "priority": self.priority,
            "state": self.state,
            "why": self.why,
            "weight": self.weight.weight,
            "base_weight": self.weight.base,
            "condition": self.weight.condition,
            "reliability": record.multiplier,
            "signals": record.count,
            "signals_right": record.right,
            "why_weight": self.weight.why,
            **{name: None if getattr(self, name) is None else iso(getattr(self, name)) for name in moments},
        }


def due(desk: Desk, journal: Journal, sources: Sequence[NewsSource]) -> list[NewsSource]:
    """Those that are on, not paused, and were not asked just now; in the order of their priorities."""
    log, now, configured = FeedLog(journal.engine), desk.clock.now(), desk.loaded.settings.news.sources
    seen = {one.feed: one for one in log.health(tuple(feed_of(one.name) for one in sources))}
    found = []
    for source in sorted(sources, key=lambda one: configured[one.name].priority):
        pause = log.pause(feed_of(source.name), SYMBOL)
        health = seen.get(feed_of(source.name))
        asked = None if health is None else health.last_success
        rests = asked is not None and now - asked < configured[source.name].every_seconds * SECOND - EARLY
        if source.why_off is None and not rests and (pause is None or pause.retry_at <= now):
            found.append(source)
    return found


def note(desk: Desk, journal: Journal, hearings: Sequence[Hearing]) -> dict[str, str]:
    """Write into the journal who answered and who did not; what was wrong by source, one sentence each.

    A source with several addresses answered when one of them did, and is left alone as soon as one asks for it.
    """
    log, now, rules = FeedLog(journal.engine), desk.clock.now(), desk.loaded.settings.news
    rule = PauseRule(round(rules.first_pause_seconds * SECOND), round(rules.longest_pause_seconds * SECOND))
    troubles: dict[str, str] = {}
    for name in dict.fromkeys(one.source.name for one in hearings):
        got = [one.got for one in hearings if one.source.name == name]
        errors = [one for one in got if isinstance(one, KeelError)]
        if errors:
            troubles[name] = "; ".join(dict.fromkeys(str(one) for one in errors))
        retry_at = max((one.retry_at for one in errors if isinstance(one, LeftAlone)), default=None)
        if any(isinstance(one, Heard) for one in got):
            log.success(feed_of(name), SYMBOL, now)
        if retry_at is not None:
            wait = min(max(retry_at - now, rule.first), LONGEST)
            log.failure(feed_of(name), SYMBOL, Fault.DOWN, troubles[name], now, PauseRule(wait, wait))
        elif len(errors) == len(got):
            log.failure(feed_of(name), SYMBOL, Fault.DOWN, troubles[name], now, rule)
    return troubles


def health_of(
    desk: Desk, journal: Journal, sources: Sequence[NewsSource], weights: Mapping[str, Weight]
) -> list[SourceHealth]:
    """Every configured source, in the order of the priorities."""
    log, configured = FeedLog(journal.engine), desk.loaded.settings.news.sources
    off = {one.name: one.why_off for one in sources}
    names = sorted(configured, key=lambda name: configured[name].priority)
    seen = {one.feed: one for one in log.health(tuple(feed_of(name) for name in names))}
    found = []
    for name in names:
        health, pause = seen.get(feed_of(name)), log.pause(feed_of(name), SYMBOL)
        state: State = "waiting" if health is None else "heard"
        why = "it has not been asked yet" if health is None else ""
        retry_at = None
        if off.get(name, "news.sources says that it is not enabled") is not None:
            state, why = "off", off.get(name) or "news.sources says that it is not enabled"
        elif pause is not None:
            state, why, retry_at = "paused", pause.reason, pause.retry_at
        found.append(
            SourceHealth(
                source=name,
                priority=configured[name].priority,
                weight=weights[name],
                state=state,
                why=why,
                last_success=None if health is None else health.last_success,
                failing_since=None if health is None else health.failing_since,
                retry_at=retry_at,
            )
        )
    return found


def feed_of(name: str) -> str:
    """A source's name among the journal's feeds."""
    return f"news/{name}"
