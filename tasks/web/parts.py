"""What the API is put together from; bootstrap and tests each give their own."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from conf.schema.api import ApiConfig
from data.journal import Journal
from tasks.ports import Clock, NewsSource
from tasks.session.desk import Desk
from tasks.session.overview import AlertNow, Lookout
from tasks.web.answers import Acted, Recovering, Resumed, Reverted
from tasks.web.scopes import Tokens


class Acts(Protocol):
    """What a person may do; `who` is the scope and the client. Each may take seconds, in a thread of its own."""

    def stop(self, reason: str, who: str) -> Acted:
        """As `keel stop`: never raises, whatever is broken; the file is first."""

    def flatten(self, reason: str, who: str) -> Acted:
        """As `keel flatten`: never raises, whatever is broken; the file is first."""

    def look_before_resuming(self, why: str) -> Recovering:
        """The steps of `keel resume` before its end. Entries that stand are taken back.

        Raises:
            BadInput: nobody says why.
        """

    def resume(self, why: str, shown: str, phrase: str, reviewed: bool, who: str) -> Resumed:
        """As `keel resume`, of the stop that was `shown` and no other.

        Raises:
            Refused: a step is not done, the phrase is another one, or another stop stands.
        """

    def revert(self, why: str, who: str) -> Reverted:
        """As `keel config revert`.

        Raises:
            Refused: there is nothing to go back to, or it would loosen limits while live.
        """

    def acknowledge(self, name: str, who: str, note: str) -> AlertNow:
        """Somebody sees to the alert with that id; a second time changes nothing.

        Raises:
            BadInput: there is none.
        """

    def hand_in(self, payload: Mapping[str, Any]) -> int:
        """Alerts of Alertmanager, into the outbox; how many.

        Raises:
            BadInput: it is no notification of Alertmanager's.
        """


@dataclass(frozen=True, slots=True)
class Parts:
    """Of one home. `desk` and `journal` open it as it is now; `metrics` is the exposition that /metrics answers with.

    Attributes:
        news_sources: that the configuration names.
    """

    lookout: Lookout
    desk: Callable[[], Desk]
    journal: Callable[[], Journal]
    acts: Acts
    tokens: Tokens
    clock: Clock
    config: ApiConfig
    metrics: Callable[[], bytes]
    news_sources: Callable[[Desk], Sequence[NewsSource]] = lambda _: ()
