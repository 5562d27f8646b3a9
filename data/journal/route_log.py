"""The journal's page on routes: whose words counted in each decision, and how that changed."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Engine, Row, func, or_, select

from data.journal.reading import reads
from data.journal.records import Decision
from data.journal.tables import routes

ATTEMPTED = or_(routes.c.switched, routes.c.damped)


@dataclass(frozen=True, slots=True)
class Routed:
    """Who spoke for a symbol in one decision.

    Attributes:
        rule: name of the router's rule that said so.
        models: names of those that were routed, whether they spoke or were silent.
        before: those of the decision before, None at the first one.
        switched: they are others than before.
        damped: they were to become others, and did not.
        latency_us: time that their words and the edge took, microseconds.
    """

    symbol: str
    rule: str
    models: tuple[str, ...]
    before: tuple[str, ...] | None
    switched: bool
    damped: bool
    latency_us: int


@dataclass(frozen=True, slots=True)
class LoggedRoute:
    """A route with the decision that it stands in; times are UTC microseconds."""

    decision: str
    bar: int
    decided_at: int
    routed: Routed


@dataclass(frozen=True, slots=True)
class RouteLog:
    """Routes in one journal; `engine` is the journal's. They are written with their decision (`record_decision`)."""

    engine: Engine

    def newest(self, book: str) -> dict[str, Routed]:
        """The routes of the book's newest decision that has any, by symbol."""
        mine = routes.c.book == book
        bar = select(func.max(routes.c.bar)).where(mine).scalar_subquery()
        with reads(self.engine) as connection:
            found = connection.execute(select(routes).where(mine, routes.c.bar == bar).order_by(routes.c.symbol))
            return {row.symbol: _routed(row) for row in found}

    def switches_since(self, book: str, moment: int) -> list[tuple[int, bool]]:
        """Of every route of the book that became another one or was to, at `moment` or later: when, and whether it did;
        the oldest first.
        """
        query = select(routes.c.decided_at, routes.c.switched).where(routes.c.book == book, ATTEMPTED)
        query = query.where(routes.c.decided_at >= moment).order_by(routes.c.decided_at, routes.c.symbol)
        with reads(self.engine) as connection:
            return [(row.decided_at, row.switched) for row in connection.execute(query)]

    def switch_rows(self, book: str, limit: int | None = None) -> list[LoggedRoute]:
        """The newest routes that became others or were to, `limit` of them at most."""
        query = select(routes).where(routes.c.book == book, ATTEMPTED)
        newest = query.order_by(routes.c.decided_at.desc(), routes.c.symbol).limit(limit)
        with reads(self.engine) as connection:
            return [
                LoggedRoute(row.decision_id, row.bar, row.decided_at, _routed(row))
                for row in connection.execute(newest)
            ]

    def usage(self, book: str, since: int = 0) -> dict[str, int]:
        """For how many symbols of how many decisions each model was routed, summed up, the most used first."""
        query = select(routes.c.models, func.count().label("times")).where(routes.c.book == book)
        counts: Counter[str] = Counter()
        with reads(self.engine) as connection:
            for row in connection.execute(query.where(routes.c.decided_at >= since).group_by(routes.c.models)):
                for model in json.loads(row.models):
                    counts[model] += row.times
        return dict(counts.most_common())

    def latencies(self, book: str, since: int = 0) -> list[int]:
        """Microseconds that the words and the edge of a symbol took, in no order."""
        query = select(routes.c.latency_us).where(routes.c.book == book, routes.c.decided_at >= since)
        with reads(self.engine) as connection:
            return list(connection.execute(query).scalars())


def route_rows(decision: Decision, routed: Sequence[Routed]) -> list[dict[str, Any]]:
    """Rows of `routes`."""
    return [
        {
            "decision_id": decision.id,
            "symbol": one.symbol,
            "book": decision.book,
            "bar": decision.bar,
            "decided_at": decision.decided_at,
            "rule": one.rule,
            "models": json.dumps(one.models),
            "before": None if one.before is None else json.dumps(one.before),
            "switched": one.switched,
            "damped": one.damped,
            "latency_us": one.latency_us,
        }
        for one in routed
    ]


def _routed(row: Row[Any]) -> Routed:
    return Routed(
        symbol=row.symbol,
        rule=row.rule,
        models=tuple(json.loads(row.models)),
        before=None if row.before is None else tuple(json.loads(row.before)),
        switched=row.switched,
        damped=row.damped,
        latency_us=row.latency_us,
    )
