"""Mistakes that cost others money, planted into the product: seeds have to find every one of them."""

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import pytest
from order_sims import Process, left_alone, stalled

from data.journal import OrderLog
from data.journal.order_admission import Standing, read_standing
from data.journal.reading import reads
from models.types.failures import Ambiguous, OrderFailed
from models.types.wire import Quote, Role, VenueTrade, WireOrder
from tasks.session.ordering import protecting, resolving, submitting
from tasks.session.ordering.desk import OrderDesk

ROOM = "tasks.session.ordering"
RESOLVE = ("submitting", "executing", "cancelling", "resting", "recovering")
SUBMIT = ("executing", "protecting", "selling")
FENCES = ("order_log", "decision_rows", "holding_log", "holding_moves", "lease")


def resend(patch: pytest.MonkeyPatch) -> None:
    """What the venue did not answer clearly is sent again under the same client order id."""
    genuine = submitting._failed

    def hopeful(desk: OrderDesk, order: WireOrder, failed: OrderFailed) -> WireOrder:
        if isinstance(failed, Ambiguous):
            try:
                return resolving.absorb(desk, order, desk.account(order.venue).submit(order))
            except OrderFailed as again:
                return genuine(desk, order, again)
        return genuine(desk, order, failed)

    patch.setattr(submitting, "_failed", hopeful)


def count_twice(patch: pytest.MonkeyPatch) -> None:
    """Fills that are heard of again are others."""
    genuine = OrderLog.add_trades

    def twice(log: OrderLog, trades: Sequence[VenueTrade], at: int) -> int:
        return genuine(log, [replace(one, trade_id=f"{one.trade_id}{at}") for one in trades], at)

    patch.setattr(OrderLog, "add_trades", twice)


def despair(patch: pytest.MonkeyPatch) -> None:
    """An order is LOST as soon as the venue does not know it once."""

    def hasty(desk: OrderDesk, order: WireOrder) -> WireOrder:
        heard, denied = resolving._ask(desk, order)
        return resolving._lost(desk, heard, 1) if denied and heard.state.is_doubtful else heard

    for name in RESOLVE:
        patch.setattr(f"{ROOM}.{name}.resolve", hasty)


@dataclass(frozen=True, slots=True)
class Stale:
    """A log whose gate judges by what was read a while ago."""

    log: OrderLog
    before: Standing

    def admit(self, order: WireOrder, judge: Callable[[Standing], str | None], at: int) -> str | None:
        return self.log.admit(order, lambda _: judge(self.before), at)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.log, name)


def judge_first(patch: pytest.MonkeyPatch) -> None:
    """The gate judges, and then, in another transaction, the order is written."""
    genuine = submitting.submit

    def careless(desk: OrderDesk, order: WireOrder, quote: Quote | None) -> WireOrder:
        with reads(desk.log.engine) as connection:
            before = read_standing(connection, desk.clock.now())
        desk.checkpoint("judged")
        return genuine(replace(desk, log=Stale(desk.log, before)), order, quote)  # type: ignore[arg-type]

    for name in SUBMIT:
        patch.setattr(f"{ROOM}.{name}.submit", careless)


def protect_what_was_ordered(patch: pytest.MonkeyPatch) -> None:
    """A stop is as large as the entry was meant to be."""
    genuine = protecting._wanted

    def wishful(desk: OrderDesk, held: Any, *rest: Any) -> Any:
        wanted = genuine(desk, held, *rest)
        entries = [one for one in desk.log.children(held.entry_cid) if one.role is Role.ENTRY]
        ordered = sum((one.quantity for one in entries), Decimal(0))
        return replace(wanted, quantity=ordered) if wanted.quantity else wanted

    patch.setattr(protecting, "_wanted", wishful)


def trust_everybody(patch: pytest.MonkeyPatch) -> None:
    """Nobody looks whose lease is in force."""
    for name in FENCES:
        module = importlib.import_module(f"data.journal.{name}")
        if hasattr(module, "require_in_force"):
            patch.setattr(module, "require_in_force", lambda *_: None)


def between_judging_and_writing(process: Process) -> None:
    """Something happens where there should be no moment at all."""
    process.acts_on = "judged"


@dataclass(frozen=True, slots=True)
class Planted:
    """A bug, and what has to happen for it to show: acts by weight, and what befalls a process; `first` is a seed that
    has found it.
    """

    plant: Callable[[pytest.MonkeyPatch], None]
    acts: Mapping[str, int]
    plan: Callable[[Process], None] = left_alone
    first: int = 0


BUGS: Mapping[str, Planted] = {
    "resend on ambiguous": Planted(resend, {"move": 1, "fault_on_order": 4}),
    "no dedupe of trades": Planted(count_twice, {"move": 1}),
    "lost too early": Planted(despair, {"move": 1, "fault_on_order": 4, "blind": 4}, first=9),
    "gate not in the transaction": Planted(judge_first, {"move": 3, "set_stop": 1}, between_judging_and_writing, 1),
    "stop sized to what was ordered": Planted(protect_what_was_ordered, {"move": 1}, first=1),
    "no fence": Planted(trust_everybody, {"move": 1}, stalled, 1),
}
