"""What the API answers with, beside the values of the overview. Moments are ISO 8601 texts in UTC."""

from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints
from pydantic.dataclasses import dataclass as checked

from tasks.session.news.showing import readable
from tasks.session.overview import (
    AlertNow,
    BarsNow,
    Decided,
    Earned,
    Equity,
    FeedNow,
    Holding,
    InCharge,
    LimitNow,
    ModelNow,
    OrderNow,
    Part,
    RegimeNow,
    StageNow,
    StopNow,
)

Facts = dict[str, Any]
"""As the command of that name says it with --json."""

STRICT = ConfigDict(extra="forbid")
# One line that says to a terminal and to a reader what it says to everybody: no control characters, those of eight bits
# neither, no line separators, and nothing that turns the direction of what follows. A lone surrogate, which JSON can
# have, is no text and refused by pydantic itself.
Text = Annotated[
    str,
    StringConstraints(max_length=500, pattern=r"^[^\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]*$"),
]

LONGEST = 500
# Whoever stops in a hurry is not sent back for a line break: what no line can hold is taken out.
Reason = Annotated[str, StringConstraints(max_length=4 * LONGEST), AfterValidator(lambda text: readable(text, LONGEST))]


@dataclass(frozen=True, slots=True)
class Problem:
    """Why there is no other answer: one sentence."""

    error: str


@dataclass(frozen=True, slots=True)
class Alive:
    """The process answers; more is for those who may watch."""

    alive: Literal[True] = True


@dataclass(frozen=True, slots=True)
class Health:
    """Is all well: every part that is required is, and trading is not stopped by that alone.

    Attributes:
        parts: each with its reason.
        missing: what could not be looked at, and why.
        audit: why the audit chain lags behind; empty where it does not.
    """

    alive: Literal[True]
    well: bool
    at: str
    revision: str
    book: str
    stage: str
    stopped: bool
    reason: str | None
    parts: tuple[Part, ...]
    feeds: tuple[FeedNow, ...]
    bars: tuple[BarsNow, ...]
    missing: dict[str, str]
    audit: str


@dataclass(frozen=True, slots=True)
class Risk:
    """Stops, limits and what could be lost in a day; `report` is what `keel risk --json` says, None with its why."""

    at: str
    revision: str
    stopped: bool
    reason: str | None
    equity: float | None
    drawdown: float | None
    var: float | None
    stops: tuple[StopNow, ...]
    limits: tuple[LimitNow, ...]
    report: Facts | None
    report_missing: str | None
    missing: dict[str, str]


@dataclass(frozen=True, slots=True)
class Positions:
    """What each system holds."""

    at: str
    revision: str
    book: str
    equity: float | None
    positions: tuple[Holding, ...]
    missing: dict[str, str]


@dataclass(frozen=True, slots=True)
class Orders:
    """Orders as venues know them, the newest first; `states` counts all there ever were."""

    at: str
    revision: str
    states: dict[str, int]
    orders: tuple[OrderNow, ...]
    missing: dict[str, str]


@dataclass(frozen=True, slots=True)
class Decisions:
    """The newest first."""

    at: str
    revision: str
    decisions: tuple[Decided, ...]
    missing: dict[str, str]


@dataclass(frozen=True, slots=True)
class WholeDecision:
    """Everything that the journal has of one decision: the rows of each table, moments ISO, amounts decimal texts.

    Attributes:
        made_from: by hash what it was made from; None where an older Keel made it, or where its seal cannot be read.
    """

    id: str
    decision: Facts
    rows: dict[str, list[Facts]]
    made_from: Facts | None


@dataclass(frozen=True, slots=True)
class Unlike:
    """Something that is not what was written, or does not come out when the decision is made again.

    Attributes:
        what: journal, order, bars, words, features, actions, model, history, recomputed.
        where: the table and the row's key, or the file; `column` of the row, and behind a point the place in its JSON.
        found: what stands there; `recomputed`: what comes out.
    """

    what: str
    where: str
    column: str
    found: str | None
    recomputed: str | None
    why: str


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What came out when a decision was made again just now.

    Attributes:
        equal: to the bit, and of what was written.
        orders: how many were held against it, at venues too.
        sealed: whether the journal has what it was made from.
    """

    id: str
    kind: str
    decision: str
    equal: bool
    text: str
    differences: tuple[Unlike, ...]
    notes: tuple[str, ...]
    orders: int
    sealed: bool


@dataclass(frozen=True, slots=True)
class Regimes:
    """By symbol."""

    at: str
    revision: str
    regimes: tuple[RegimeNow, ...]
    missing: dict[str, str]


@dataclass(frozen=True, slots=True)
class Specialists:
    """Who trades what, what each earned, who speaks; `router` is what `keel router --json` says."""

    at: str
    revision: str
    in_charge: tuple[InCharge, ...]
    earned: tuple[Earned, ...]
    models: tuple[ModelNow, ...]
    router: Facts | None
    router_missing: str | None
    missing: dict[str, str]


@dataclass(frozen=True, slots=True)
class Performance:
    """What came of it; `review` and `campaign` (asked for by ?campaign=true) are None with their why."""

    at: str
    revision: str
    equity: float | None
    drawdown: float | None
    profit: float | None
    earned: tuple[Earned, ...]
    curve: Equity
    review: Facts | None
    review_missing: str | None
    campaign: Facts | None
    campaign_missing: str | None
    missing: dict[str, str]


@dataclass(frozen=True, slots=True)
class News:
    """What the news makes one expect, and which sources are heard: as `keel news --json`."""

    opportunities: list[Facts]
    sources: list[Facts]


@dataclass(frozen=True, slots=True)
class Stages:
    """Where the book stands; `record` is what `keel stage --json` says."""

    at: str
    revision: str
    standing: StageNow | None
    record: Facts | None
    record_missing: str | None
    missing: dict[str, str]


@dataclass(frozen=True, slots=True)
class Alerts:
    """The newest first."""

    at: str
    revision: str
    alerts: tuple[AlertNow, ...]
    missing: dict[str, str]


@dataclass(frozen=True, slots=True)
class Done:
    """A part of an act: whether it is done, and what was found."""

    name: str
    ok: bool
    why: str


@dataclass(frozen=True, slots=True)
class Acted:
    """What a stop came to, part by part; client order ids of what was taken back, stands, was sold."""

    stopped: bool
    done: bool
    level: str
    reason: str
    who: str
    stage: str | None
    parts: tuple[Done, ...]
    cancelled: tuple[str, ...] = ()
    standing: tuple[str, ...] = ()
    sold: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RecoveryStep:
    """A step of the recovery procedure: what was found, and where it is not done what to do."""

    number: int
    title: str
    ok: bool
    found: tuple[str, ...]
    todo: str


@dataclass(frozen=True, slots=True)
class Recovering:
    """The steps before a stop is released: `shown` names it, `phrase` has to be typed; None: nothing is stopped."""

    stopped: bool
    steps: tuple[RecoveryStep, ...]
    phrase: str | None
    shown: str | None


@dataclass(frozen=True, slots=True)
class Resumed:
    """What a release ended."""

    stopped: bool
    released: bool
    flag: str | None
    stage: str
    steps: tuple[RecoveryStep, ...]


@dataclass(frozen=True, slots=True)
class Reverted:
    """The parameters that are in force now; a running session follows at its next bar."""

    number: int
    version: str
    adopted_at: str
    who: str
    why: str
    loosened: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HandedIn:
    """How many alerts were put into the outbox."""

    alerts: int


@dataclass(frozen=True, slots=True)
class SignedInNow:
    """A browser is signed in; `csrf` belongs into the header X-CSRF-Token of each write that its cookie makes."""

    scopes: tuple[str, ...]
    csrf: str


@dataclass(frozen=True, slots=True)
class SignedOut:
    """A browser is signed out."""

    signed_in: Literal[False] = False


@checked(config=STRICT, frozen=True, slots=True)
class Stopping:
    """What for; of several lines one is made."""

    reason: Reason = ""


@checked(config=STRICT, frozen=True, slots=True)
class Why:
    """What for; journal and audit chain keep it."""

    why: Annotated[Text, Field(min_length=1)]


@checked(config=STRICT, frozen=True, slots=True)
class Resuming:
    """The last step of a recovery: `shown` and `phrase` are those of POST /resume/look."""

    why: Annotated[Text, Field(min_length=1)]
    shown: Text
    phrase: Text
    reviewed: bool = field(default=False)


@checked(config=STRICT, frozen=True, slots=True)
class Acknowledging:
    """A note for those who come later."""

    note: Text = ""


@checked(config=STRICT, frozen=True, slots=True)
class SigningIn:
    """A token, once more of another scope to have both."""

    token: Annotated[str, StringConstraints(min_length=1, max_length=500)]
