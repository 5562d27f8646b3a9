"""Whether decisions are what their seals say: every value that was changed since, by table, key and column."""

import contextlib
import json
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import Connection, Engine, Table, func, or_, select

from data.journal.reading import reads
from data.journal.seal_chain import Altered, broken_links
from data.journal.seal_tables import decision_seals
from data.journal.seals import Digests, digests_of_row, keys_of, sha256_of_seal
from data.journal.tables import decisions, fills, intents, risk_events, routes, switches
from data.journal.taking_in import Units, taken_in
from models.types import Damaged, Reason

Row = dict[str, Any]
Rows = dict[str, list[Row]]
ADOPTED = Reason.ENTER_ADOPTED.name
# Rows that are asked for by their keys at once.
BATCH = 500


@dataclass(frozen=True, slots=True)
class Sealed:
    """A decision as the journal has it.

    Attributes:
        rows: by the name of their table, as they are now.
        made_from: JSON as an object; None where the decision has no seal, or one that cannot be read.
        altered: what is not as it was written.
        taken: of its intents, by client order id, those that a person took in since; their own values are not looked
            at here.
    """

    id: str
    rows: Rows
    made_from: dict[str, Any] | None
    altered: tuple[Altered, ...]
    taken: Mapping[str, Units] = field(default_factory=dict)

    def untouched(self, table: str, column: str) -> bool:
        """Whether a value of the decision's one row in that table is what was written; only a seal tells."""
        touched = {(one.table, one.column) for one in self.altered}
        return self.made_from is not None and not {(table, column), (table, "")} & touched


@dataclass(frozen=True, slots=True)
class Seals:
    """Of one journal; `engine` is the journal's. Only reads."""

    engine: Engine

    def check(self, book: str, after: int | None, until: int) -> tuple[list[Sealed], list[Altered]]:
        """The book's decisions for bars that opened later than `after` (None: from its first on) and not later than
        `until`, in the order of their bars; and what is wrong with the chain itself around them.
        """
        with reads(self.engine) as connection:
            made = _decisions(connection, book, after, until)
            seals = _seals(connection, [one["id"] for one in made])
            rows = _rows_of(connection, book, made, after)
            newest = connection.execute(select(func.max(decisions.c.bar)).where(decisions.c.book == book)).scalar_one()
            chain = list(broken_links(connection, book, seals, newest is None or until >= newest))
            kept = _sealed_fills(connection, seals)
            since = _sealed_since(connection, book)
            taken = _taken_in(connection, rows)
        sealed_fills = {key for one in seals.values() for key in _digests(one).get("fills", {})}
        found = [
            _checked(one, rows[one["id"]], seals[one["id"]], kept, sealed_fills, taken[one["id"]])
            if one["id"] in seals
            else replace(_unsealed(one, rows[one["id"]], since), taken=taken[one["id"]])
            for one in made
        ]
        return found, chain

    def bars(self, book: str) -> list[int]:
        """Opens of the bars of the book's decisions, ascending.

        Raises:
            Damaged: one of them is no moment.
        """
        query = select(decisions.c.id, decisions.c.bar).where(decisions.c.book == book).order_by(decisions.c.bar)
        with reads(self.engine) as connection:
            rows = connection.execute(query).all()
        for row in rows:
            if not isinstance(row.bar, int):
                raise Damaged(f"decisions {row.id} bar: found {row.bar!r}, which is no moment; restore a backup")
        return [row.bar for row in rows]

    def place(self, name: str) -> tuple[str, int] | None:
        """Book and bar of the decision with that id, None where there is none."""
        query = select(decisions.c.book, decisions.c.bar).where(decisions.c.id == name)
        with reads(self.engine) as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else (row.book, row.bar)

    def routes(self, book: str, first: int, until: int) -> list[Row]:
        """Rows of `routes` of the book's decisions for the bars from `first` to `until`, and of those before them the
        ones that switched or were damped; in the order of their bars.
        """
        tells = or_(routes.c.bar >= first, routes.c.switched, routes.c.damped)
        query = select(routes).where(routes.c.book == book, routes.c.bar <= until, tells).order_by(routes.c.bar)
        with reads(self.engine) as connection:
            return [dict(row) for row in connection.execute(query).mappings()]

    def spoken(self, book: str, first: int, last: int) -> dict[str, set[str]]:
        """By symbol, the versions of models that decisions for the bars from `first` to `last` name."""
        query = select(decisions.c.models).where(decisions.c.book == book, decisions.c.bar.between(first, last))
        found: dict[str, set[str]] = {}
        with reads(self.engine) as connection:
            texts = list(connection.execute(query.distinct()).scalars())
        for text in texts:
            with contextlib.suppress(ValueError):
                for symbol, versions in dict(json.loads(text)).items():
                    found.setdefault(symbol, set()).add(str(versions))
        return found


def _unsealed(decision: Row, rows: Rows, since: int | None) -> Sealed:
    """A decision without a seal: one of an older Keel, unless its book was sealed `since` an earlier bar."""
    if since is None or decision["bar"] < since:
        return Sealed(decision["id"], rows, None, ())
    why = "it is gone: decisions before this one have theirs"
    return Sealed(decision["id"], rows, None, (Altered("decision_seals", decision["id"], "", None, why),))


def _checked(
    decision: Row, rows: Rows, seal: Row, kept: dict[str, Row], sealed_fills: set[str], taken: Mapping[str, Units]
) -> Sealed:
    name = decision["id"]
    made_from, digests = _object(seal["made_from"]), _digests(seal)
    if made_from is None:
        altered_seal = Altered("decision_seals", name, "made_from", None, "it cannot be read")
        return Sealed(name, rows, None, (altered_seal,), taken)
    altered: list[Altered] = []
    if seal["sha256"] != sha256_of_seal(seal):
        altered.append(Altered("decision_seals", name, "sha256", seal["sha256"], "the seal does not match its hash"))
    for table in ("decisions", "intents", "switches", "routes", "fills", "risk_events"):
        now = dict(zip(keys_of(table, rows[table]), rows[table], strict=True))
        then = digests.get(table, {})
        if table == "fills":
            now = {key: row for key, row in now.items() if key in then or key not in sealed_fills}
            now |= {key: kept[key] for key in then if key in kept}
        if table == "intents":
            now = {key: row for key, row in now.items() if key in then or key not in taken}
        altered += _compared(table, now, then)
    return Sealed(name, rows, made_from, tuple(altered), taken)


def _compared(table: str, now: dict[str, Row], then: dict[str, dict[str, str]]) -> Iterator[Altered]:
    for key, digests in then.items():
        if key not in now:
            yield Altered(table, key, "", None, "the row is gone, or its key was changed")
            continue
        found = digests_of_row(table, now[key])
        for column, digest in digests.items():
            if found.get(column) != digest:
                yield Altered(table, key, column, now[key].get(column), "it is not what was written")
    for key in now:
        if key not in then:
            yield Altered(table, key, "", None, "the row was not written with the decision")


def _digests(seal: Row) -> Digests:
    """Nothing where they are not what anybody here writes."""
    found = _object(seal["digests"]) or {}
    rows = [row for table in found.values() if isinstance(table, dict) for row in table.values()]
    is_ours = all(isinstance(one, dict) for one in (*found.values(), *rows))
    return found if is_ours else {}


def _object(text: Any) -> dict[str, Any] | None:
    """What is said as a JSON object; None where it is none."""
    try:
        found = json.loads(text)
    except (ValueError, TypeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _decisions(connection: Connection, book: str, after: int | None, until: int) -> list[Row]:
    query = select(decisions).where(decisions.c.book == book, decisions.c.bar <= until).order_by(decisions.c.bar)
    if after is not None:
        query = query.where(decisions.c.bar > after)
    return [dict(row) for row in connection.execute(query).mappings()]


def _seals(connection: Connection, ids: Sequence[str]) -> dict[str, Row]:
    """By decision."""
    found: dict[str, Row] = {}
    for some in _batches(ids):
        query = select(decision_seals).where(decision_seals.c.decision_id.in_(some))
        found |= {row["decision_id"]: dict(row) for row in connection.execute(query).mappings()}
    return found


def _rows_of(connection: Connection, book: str, made: Sequence[Row], after: int | None) -> dict[str, Rows]:
    """By decision, what belongs to it: a fill belongs to the first decision at or after its bar."""
    found: dict[str, Rows] = {
        one["id"]: {"decisions": [one], "intents": [], "switches": [], "routes": [], "fills": [], "risk_events": []}
        for one in made
    }
    owned: tuple[tuple[Table, Any], ...] = (
        (intents, intents.c.position),
        (switches, switches.c.position),
        (routes, routes.c.symbol),
    )
    for some in _batches(list(found)):
        for table, order in owned:
            query = select(table).where(table.c.decision_id.in_(some)).order_by(table.c.decision_id, order)
            for row in connection.execute(query).mappings():
                found[row["decision_id"]][table.name].append(dict(row))
    if not made:
        return found
    bars = [one["bar"] for one in made]
    by_bar = {one["bar"]: one["id"] for one in made}
    events = select(risk_events).where(risk_events.c.book == book, risk_events.c.bar.between(bars[0], bars[-1]))
    for row in connection.execute(events.order_by(risk_events.c.id)).mappings():
        if row["bar"] in by_bar:
            found[by_bar[row["bar"]]]["risk_events"].append(dict(row))
    for fill in _fills_of(connection, book, bars[0] if after is None else after + 1, bars[-1]):
        owner = bisect_left(bars, fill["filled_at"])
        if owner < len(made):
            found[made[owner]["id"]]["fills"].append(fill)
    return found


def _fills_of(connection: Connection, book: str, first: int, last: int) -> list[Row]:
    query = select(fills).join(intents, intents.c.cid == fills.c.cid)
    query = query.join(decisions, decisions.c.id == intents.c.decision_id).where(decisions.c.book == book)
    query = query.where(fills.c.filled_at.between(first, last)).order_by(fills.c.id)
    return [dict(row) for row in connection.execute(query).mappings()]


def _taken_in(connection: Connection, rows: dict[str, Rows]) -> dict[str, dict[str, Units]]:
    """By decision, what was taken in beside it as Sealed has it."""
    said = {row["cid"]: name for name, some in rows.items() for row in some["intents"] if row["reason"] == ADOPTED}
    found: dict[str, dict[str, Units]] = {name: {} for name in rows}
    for some in _batches(list(said)):
        for cid, units in taken_in(connection, some).items():
            found[said[cid]][cid] = units
    return found


def _sealed_since(connection: Connection, book: str) -> int | None:
    """The bar of the book's first decision that has a seal."""
    sealed = select(decision_seals.c.decision_id)
    query = select(func.min(decisions.c.bar)).where(decisions.c.book == book, decisions.c.id.in_(sealed))
    found: int | None = connection.execute(query).scalar_one()
    return found


def _sealed_fills(connection: Connection, seals: dict[str, Row]) -> dict[str, Row]:
    """The fills that the seals name, wherever they stand now."""
    found: dict[str, Row] = {}
    for some in _batches([key for seal in seals.values() for key in _digests(seal).get("fills", {})]):
        query = select(fills).where(fills.c.trade_id.in_(some))
        found |= {row["trade_id"]: dict(row) for row in connection.execute(query).mappings()}
    return found


def _batches(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for first in range(0, len(names), BATCH):
        yield names[first : first + BATCH]
