"""Journal and venue are brought together before anything is decided: what the venue says holds, what no order of ours
explains is noted as external, and what the journal cannot explain of itself stops everything.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from data.journal import (
    Changes,
    Decision,
    Holding,
    HoldingKind,
    HoldingLog,
    HoldingMoves,
    Journal,
    RiskEvent,
    RiskKind,
    VenueLedger,
)
from models.types import Refused
from models.types.wire import Report, VenueTrade
from tasks.session.ordering.accounting import NOTHING, OUTSIDE, Difference, Gone, lost_of_book, noted
from tasks.session.ordering.agreeing import disagreements
from tasks.session.ordering.departing import departure, of_asset, pending_gone, rows_held
from tasks.session.ordering.desk import KEEL, OrderDesk
from tasks.session.ordering.looking import Look, steady_look
from tasks.session.ordering.strays import is_named_like_ours, new_strays, note_of, stray_text, unanswered


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """What was found, and noted.

    Attributes:
        baselines: units by venue and asset that were looked at for the first time.
        differences: assets that others moved since the last look.
        strays: open orders that are none of ours and were not noted before.
        gone: units of the book that left the account and are not booked yet.
        unsure: assets by venue about which nothing could be concluded.
    """

    baselines: Mapping[str, Mapping[str, Decimal]]
    differences: tuple[Difference, ...]
    strays: tuple[Report, ...]
    gone: tuple[Gone, ...]
    unsure: Mapping[str, frozenset[str]]

    def as_json(self) -> dict[str, object]:
        """For scripts."""
        return {
            "baselines": {venue: {name: str(units) for name, units in all_.items()} for venue, all_ in self._first()},
            "differences": [
                {"venue": one.venue, "asset": one.asset, "expected": str(one.expected), "found": str(one.found)}
                for one in self.differences
            ],
            "strays": [
                {"venue": one.venue, "symbol": one.symbol, "order": one.exchange_id, "client_id": one.cid}
                for one in self.strays
            ],
            "gone": [
                {"system": one.system, "symbol": one.symbol, "units": str(one.units), "price": str(one.price)}
                for one in self.gone
            ],
            "unsure": {venue: sorted(assets) for venue, assets in self.unsure.items() if assets},
        }

    def _first(self) -> Iterable[tuple[str, Mapping[str, Decimal]]]:
        return ((venue, units) for venue, units in self.baselines.items() if units)


def reconcile(
    desk: OrderDesk,
    journal: Journal,
    holdings: HoldingLog,
    book: str,
    lots: Mapping[str, Decimal],
    last: Decision | None,
) -> Reconciliation:
    """Look at every account until two looks agree, and note what is there that no order of ours explains: at the first
    look as the baseline, later as EXTERNAL, with an alert. What was taken of the book itself is in `gone` until it is
    booked. `lots`: the book's quantity step by symbol; `last`: its newest decision.

    Raises:
        Refused: a venue has orders named like ours while the journal knows nothing of it, or the journal contradicts
            itself; every difference is in the message.
        Unavailable: a venue did not say how things stand: that is not known, and nothing was changed.
    """
    if holdings.fence is None:
        raise ValueError("holdings can only be noted under a lease; this log was opened for reading")
    looks = [steady_look(desk, venue, lots) for venue in desk.accounts]
    noting = _Noting(desk, journal, HoldingMoves(holdings.engine, holdings.fence), book, lots, last)
    _require_answered(noting, looks)
    for look in looks:
        noting.note(look)
    _require_agreement(noting, looks)
    return Reconciliation(
        baselines={look.venue: look.fresh for look in looks},
        differences=tuple(one for look in looks for one in look.differences),
        strays=tuple(one for look in looks for one in new_strays(look)),
        gone=noting.gone(),
        unsure={look.venue: look.unsure for look in looks},
    )


@dataclass(frozen=True, slots=True)
class _Noting:
    """What noting takes."""

    desk: OrderDesk
    journal: Journal
    moves: HoldingMoves
    book: str
    lots: Mapping[str, Decimal]
    last: Decision | None

    def gone(self) -> tuple[Gone, ...]:
        return pending_gone(self.journal, self.desk.log, tuple(self.desk.accounts), self.book, self.lots, self.last)

    def note(self, look: Look) -> None:
        """Write what a look found; a crash on the way leaves the rest to the next one."""
        now, is_first = self.desk.clock.now(), look.is_first
        notes = [
            Holding(look.venue, asset, HoldingKind.BASELINE, units, None, now, "there at the first look", KEEL)
            for asset, units in look.fresh.items()
        ]
        for report in new_strays(look):
            is_known = is_first and not is_named_like_ours(report)
            notes.append(note_of(report, HoldingKind.BASELINE if is_known else HoldingKind.EXTERNAL, now))
            if not is_known:
                self.desk.alert(
                    f"order stray {look.venue} {report.symbol} {report.exchange_id}", "error", stray_text(report)
                )
        if notes:
            # At once: what is there at the first look is the baseline all together, or not yet.
            self.moves.write(Changes(KEEL, now, tuple(notes)))
        for one in look.differences:
            self._note_difference(look, one, now)

    def _note_difference(self, look: Look, one: Difference, now: int) -> None:
        trades = self._others(look, one)
        lost = self._lost(look, one)
        said = f"{one.text}: {_explained(trades)}"
        notes = [Holding(one.venue, one.asset, HoldingKind.EXTERNAL, one.units + lost, None, now, said, KEEL)]
        event = None
        if lost:
            price, is_sold = self._price(look, one, trades)
            text = departure(self.book, f"{lost} {one.asset} left {one.venue}: {_explained(trades)}")
            notes.append(Holding(one.venue, one.asset, HoldingKind.ADOPTED, -lost, -lost * price, now, text, KEEL))
            if not is_sold:
                amount = -float(lost * price)
                event = RiskEvent(self.book, now, RiskKind.FLOW, KEEL, text, amount=amount)
        is_ours = any(one.asset == rules.base for rules in look.rules)
        text = f"{said}; it is noted as external" + (f", and the book gives up {lost}" if lost else "")
        # Before it is noted: what is noted is not looked at again.
        self.desk.alert(f"external {one.venue} {one.asset} {now}", "error" if is_ours else "warning", text)
        self.moves.write(Changes(KEEL, now, tuple(notes), event=event))

    def _lost(self, look: Look, one: Difference) -> Decimal:
        """Units of a difference that the book loses."""
        lots = [self.lots[rules.symbol] for rules in look.rules if rules.base == one.asset]
        if not lots:
            return NOTHING
        outside = noted(look.noted, OUTSIDE).get(one.asset, NOTHING)
        rows = of_asset(rows_held(self.desk.log, self.book, self.last), one.asset)
        gone = sum((each.units for each in self.gone() if (each.system, each.symbol) in rows), NOTHING)
        return lost_of_book(one, outside, sum(rows.values(), NOTHING) - gone, max(lots))

    def _others(self, look: Look, one: Difference) -> list[VenueTrade]:
        """Fills of others that may have made a difference: those since the asset was noted last, and of its sign."""
        since = max((each.at for each in look.noted if each.asset == one.asset), default=0)
        ledger = VenueLedger(self.journal.engine, one.venue)
        trades = [each for rules in look.rules for each in ledger.others(rules.symbol, since)]
        bases = {rules.symbol: rules.base for rules in look.rules}
        return [each for each in trades if bases[each.symbol] == one.asset and each.is_buy is (one.units > NOTHING)]

    def _price(self, look: Look, one: Difference, trades: list[VenueTrade]) -> tuple[Decimal, bool]:
        """(what a unit that left was worth, quote currency, whether the account was paid that for it)."""
        units = sum((each.quantity for each in trades), NOTHING)
        if units:
            return sum((each.quantity * each.price for each in trades), NOTHING) / units, True
        symbol = next(rules.symbol for rules in look.rules if rules.base == one.asset)
        return self.desk.account(one.venue).quote(symbol).mid, False


def _require_answered(noting: _Noting, looks: list[Look]) -> None:
    """Orders named like ours, and a journal that has never looked there: it was lost, or is another's."""
    wrong = []
    for look in looks:
        ours = unanswered(look) if look.is_first else ()
        new = set(new_strays(look))
        now = noting.desk.clock.now()
        for report in ours:
            if report in new:
                noting.moves.write(Changes(KEEL, now, (note_of(report, HoldingKind.EXTERNAL, now),)))
        wrong += [f"{look.venue}: {stray_text(report)}" for report in ours]
    if wrong:
        text = "; ".join(wrong)
        noting.desk.alert(f"journal lost {text}", "error", f"orders of an earlier journal stand: {text}")
        raise Refused(
            f"the journal has never looked at this account, which has orders named like Keel's ({text}): restore the "
            "journal, or cancel them there, or leave them to themselves with keel adopt --venue V --asset A --leave"
        )


def _require_agreement(noting: _Noting, looks: list[Look]) -> None:
    wrong = disagreements(noting.journal, noting.desk.log, looks, noting.book, noting.lots, noting.last)
    if wrong:
        text = "; ".join(wrong)
        noting.desk.alert(f"journal contradicts itself {noting.book} {text}", "error", text)
        raise Refused(f"the journal contradicts itself: {text}; stop trading, restore a backup or ask for help")


def _explained(trades: list[VenueTrade]) -> str:
    if not trades:
        return "no fill explains it, so it was paid in or taken out"
    told = ", ".join(
        f"{one.trade_id} ({'buy' if one.is_buy else 'sell'} {one.quantity} at {one.price})" for one in trades
    )
    return f"others ordered it, fills {told}"
