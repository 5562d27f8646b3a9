"""Explaining one decision or order, and auditing a whole book: each is made again and held against the record."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from data.journal import Decision, Journal
from data.journal.given_orders import GivenOrders
from data.journal.order_audit import verify_orders
from data.journal.reading import reads
from data.journal.seal_chain import Altered
from data.journal.seal_check import Sealed, Seals
from data.journal.whole_decision import WholeDecisions
from models.types import BadInput, Damaged, KeelError, Series
from tasks.session.desk import Desk
from tasks.session.explaining.comparing import compared
from tasks.session.explaining.finding import find
from tasks.session.explaining.holding import Holding, damaged_files, other_features, other_words, view_of
from tasks.session.explaining.orders import ordered
from tasks.session.explaining.reading import UNREADABLE, Read, made_from_of, read
from tasks.session.explaining.recomputing import Again, Recomputer, waiting_rows
from tasks.session.explaining.report import Audit, Difference, Explanation, Verdict, What
from tasks.session.explaining.routing import rerouted

Told = Callable[[int, int], None]
# Decisions that are made again in one go: memory for a few of them, however long the book is.
AT_ONCE = 500
# Times that a book is looked at which decides while it is looked at.
LOOKS = 3


def explain(desk: Desk, journal: Journal, text: str) -> Explanation:
    """Why the decision, order or fill with that id, made again just now.

    Raises:
        BadInput: nothing has it, or more than one thing.
    """
    named = find(journal, text)
    row, rows = WholeDecisions(journal.engine).find(named.decision)
    book, bar = _place(journal, named.decision)
    audit = _audited(desk, journal, book, (bar, bar), lambda *_: None)
    (verdict,) = audit.verdicts
    whole = Verdict(
        verdict.decision,
        (*verdict.differences, *audit.differences),
        verdict.notes,
        verdict.orders,
        verdict.is_sealed,
    )
    return Explanation(named.id, named.kind, row, rows, made_from_of(rows), whole)


def audit(desk: Desk, journal: Journal, book: str, last: int | None, told: Told = lambda *_: None) -> Audit:
    """The book's `last` decisions (None: all of them) with their orders and fills; `told` hears how many of how many
    are done.

    Raises:
        BadInput: `last` is below one, or the book has decided nothing.
    """
    if last is not None and last < 1:
        raise BadInput(f"found {last} decisions to make again; give 1 or more")
    bars = Seals(journal.engine).bars(book)
    if not bars:
        raise BadInput(f"the book {book} has no decisions yet; run keel trade --once first")
    chosen = bars if last is None else bars[-last:]
    return _audited(desk, journal, book, (chosen[0], chosen[-1]), told)


@dataclass(slots=True)
class _Auditor:
    desk: Desk
    journal: Journal
    book: str
    newest: int
    recomputer: Recomputer = field(init=False)
    holding: Holding = field(init=False)
    may_wait: frozenset[str] = field(init=False)
    series: dict[Series, None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.may_wait = _may_wait(self.journal, self.book)
        self.recomputer = Recomputer(self.desk, self.journal)
        self.holding = Holding(self.recomputer.desk)

    def verdicts(self, lead: Sealed | None, some: Sequence[Sealed]) -> list[Verdict]:
        """Of neighbours; `lead` is the decision before the first of them."""
        before = None if lead is None else read(lead)
        found = [read(one) for one in some]
        again: dict[str, Again | str] = {}
        for first, stretch in _stretches(before, found):
            again |= self.recomputer.again(first, stretch)
        for made in again.values():
            self.series |= dict.fromkeys(made.book.series if isinstance(made, Again) else ())
        decided = [intent for one in found if isinstance(one, Read) for intent in _cids(one.decision)]
        given = GivenOrders(self.journal.engine).of(decided)
        verdicts, last = [], before
        routes = self._routes(lead or some[0], some[-1])
        for sealed, one in zip(some, found, strict=True):
            lacks = last is not None and not isinstance(last, Read)
            found_differences, notes = self._differences(sealed, one, last, again, given, routes)
            if lacks:
                notes.append("the decision before it cannot be read: nothing was made from its state")
            orders = len(one.decision.intents) if isinstance(one, Read) else 0
            orders += sum(len(given[1].get(cid, ())) for cid in (_cids(one.decision) if isinstance(one, Read) else ()))
            differences = _once([*found_differences])
            verdicts.append(Verdict(sealed.id, differences, tuple(notes), orders, sealed.made_from is not None))
            last = one
        return verdicts

    def _routes(self, first: Sealed, last: Sealed) -> list[dict[str, Any]]:
        """Routes of the decisions from the first to the last, and those before them that they may be damped by."""
        bars = (one.rows["decisions"][0]["bar"] for one in (first, last))
        return Seals(self.journal.engine).routes(self.book, *bars)

    def _differences(
        self,
        sealed: Sealed,
        one: Read | str,
        last: Read | str | None,
        again: dict[str, Again | str],
        given: tuple[Any, Any, Any],
        routes: list[dict[str, Any]],
    ) -> tuple[list[Difference], list[str]]:
        differences = [_altered(each) for each in sealed.altered]
        notes: list[str] = []
        if isinstance(one, str):
            differences.append(Difference(What.JOURNAL, f"decisions {sealed.id}", "", None, None, one))
            return differences, notes
        made = again.get(sealed.id, "the decision before it cannot be read")
        if isinstance(made, str):
            differences.append(Difference(What.RECOMPUTED, f"decision {sealed.id}", "", None, None, made))
        else:
            before = last.decision if isinstance(last, Read) else None
            parts = (
                lambda: compared(one, made, before),
                lambda: rerouted(made, sealed.rows["routes"], _before(routes, one.decision.bar)),
                lambda: self.holding.held(made, sealed.made_from),
            )
            for part in parts:
                differences += _safely(sealed.id, part)
            try:
                notes += self.holding.notes(made, sealed.made_from)
            except UNREADABLE:
                notes.append("what it was made from is recorded in no way that can be read")
        is_newest = one.decision.bar == self.newest
        differences += _safely(sealed.id, lambda: ordered(one.decision, *given, sealed.taken, is_newest, self.may_wait))
        return differences, notes


def _audited(desk: Desk, journal: Journal, book: str, span: tuple[int, int], told: Told) -> Audit:
    """Looked at again where something differs and the book has decided in the meantime: one look is many transactions,
    and a decision that is written between two of them moves the orders of the one before it.
    """
    seals = Seals(journal.engine)
    for _ in range(LOOKS):
        newest = seals.bars(book)[-1]
        found = _looked(desk, journal, book, span, told)
        if found.equal or seals.bars(book)[-1] == newest:
            break
    return found


def _looked(desk: Desk, journal: Journal, book: str, span: tuple[int, int], told: Told) -> Audit:
    seals = Seals(journal.engine)
    every = seals.bars(book)
    bars = [one for one in every if span[0] <= one <= span[1]]
    place = every.index(bars[0])
    lead_bar = every[place - 1] if place else None
    auditor = _Auditor(desk, journal, book, every[-1])
    verdicts: list[Verdict] = []
    differences: list[Difference] = []
    lead: Sealed | None = None
    if lead_bar is not None:
        older = every[place - 2] if place > 1 else None
        (lead,), _ = seals.check(book, older, lead_bar)
    for first in range(0, len(bars), AT_ONCE):
        some = bars[first : first + AT_ONCE]
        told(first, len(bars))
        after = None if lead is None else lead.rows["decisions"][0]["bar"]
        sealed, chain = seals.check(book, after, some[-1])
        differences += [_altered(one) for one in chain]
        verdicts += auditor.verdicts(lead, sealed)
        lead = sealed[-1]
    told(len(bars), len(bars))
    differences += _orders_chain(journal)
    differences += (
        Difference(What.ORDER, f"wire_orders {cid}", "", None, None, "the decision that wanted it is gone")
        for cid in GivenOrders(journal.engine).orphans(book)
    )
    differences += _files(auditor, span)
    return Audit(book, tuple(verdicts), _once(differences))


def _files(auditor: _Auditor, span: tuple[int, int]) -> Iterator[Difference]:
    """What is amiss with files of the book's series, whichever decision they stand behind: the series of the decisions
    that were made again, where none was those of the settings in force.
    """
    desk = auditor.recomputer.desk
    texts = Seals(auditor.journal.engine).spoken(auditor.book, *span)
    for series in auditor.series or desk.book_series():
        named = list(damaged_files(desk, series))
        yield from named
        try:
            view = view_of(desk, series)
            yield from other_features(desk, view)
            for text in sorted(texts.get(series.symbol, ())):
                yield from other_words(desk, view, text, *span)
        except (KeelError, *UNREADABLE) as error:
            if not named:
                why = f"its features and words cannot be held against its bars ({type(error).__name__}: {error})"
                yield Difference(What.FEATURES, str(desk.lake.derived("features", series)), "", None, None, why)


def _may_wait(journal: Journal, book: str) -> frozenset[str]:
    """Orders that may still be open: the newest decision's, and the newest order of each row that waits after it."""
    try:
        newest = journal.last_decision(book)
    except UNREADABLE:
        return frozenset()  # it is named
    if newest is None:
        return frozenset()
    behind = (journal.newest_order(book, system, symbol) for system, symbol in waiting_rows(newest))
    return frozenset([*_cids(newest), *(one.cid for one in behind if one is not None)])


def _orders_chain(journal: Journal) -> Iterator[Difference]:
    try:
        with reads(journal.engine) as connection:
            verify_orders(connection)
    except Damaged as error:
        yield Difference(What.ORDER, "order_events", "", None, None, str(error))
    except UNREADABLE as error:
        why = f"a row cannot be read ({type(error).__name__}: {error})"
        yield Difference(What.ORDER, "order_events", "", None, None, why)


def _stretches(before: Read | str | None, found: Sequence[Read | str]) -> Iterator[tuple[Decision | None, list[Read]]]:
    """Neighbours that can be read, each with the decision before the first of them; one behind a decision that cannot
    is made again only where its own seal vouches for the state it was made from.
    """
    lead: Read | str | None = before
    group: list[Read] = []
    first: Decision | None = before.decision if isinstance(before, Read) else None
    for one in found:
        if isinstance(one, str):
            if group:
                yield first, group
            group = []
        elif isinstance(lead, str):
            group = []
        else:
            if not group:
                first = None if lead is None else lead.decision
            group.append(one)
        lead = one
    if group:
        yield first, group


def _safely(name: str, part: Callable[[], Iterator[Difference]]) -> list[Difference]:
    try:
        return list(part())
    except (KeelError, *UNREADABLE) as error:
        why = f"it cannot be held against what came out ({type(error).__name__}: {str(error)[:200]})"
        return [Difference(What.RECOMPUTED, f"decision {name}", "", None, None, why)]


def _altered(one: Altered) -> Difference:
    found = None if one.found is None else str(one.found)
    text = found if found is None or len(found) <= 200 else f"{found[:200]}…"
    return Difference(What.JOURNAL, f"{one.table} {one.key}", one.column, text, None, one.why)


def _once(differences: Sequence[Difference]) -> tuple[Difference, ...]:
    return tuple(dict.fromkeys(differences))


def _before(routes: Sequence[dict[str, Any]], bar: int) -> list[dict[str, Any]]:
    return [one for one in routes if one["bar"] < bar]


def _cids(decision: Decision) -> list[str]:
    return [decision.cid(one) for one in decision.intents]


def _place(journal: Journal, name: str) -> tuple[str, int]:
    found = Seals(journal.engine).place(name)
    if found is None:
        raise BadInput(f"there is no decision {name[:80]!r}; /decisions lists the newest")
    return found
