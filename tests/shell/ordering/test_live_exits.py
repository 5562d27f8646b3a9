"""Exits of a live book whose account has less than the book holds: others took some of it."""

from decimal import Decimal
from pathlib import Path

import pytest
from protected_desks import BASELINE, SYMBOL, SYSTEM, Account, account_at
from reconciled_desks import reconciled

from data.journal import Decision, Holder, Leases
from models.types import Bound, Intent, Reason, Regime
from models.types.wire import OrderState, Role, WireOrder
from tasks.session.ordering.live import LiveBroker
from tasks.session.ordering.protecting import protect
from tasks.session.ordering.writing import Writing

TAKEN = Decimal("0.4")
LOTS = {SYMBOL: Decimal("0.001")}


def holding(folder: Path, others: Decimal) -> Account:
    """One unit is held, behind a stop that rests, beside what others had there before."""
    account = account_at(folder)
    account.venue.wallet["BTC"] = others
    reconciled(account)
    account.enter()
    account.decide()
    protect(account.desk, account.held())
    assert account.stops() == [("1", "95")]
    return account


def left(account: Account) -> list[WireOrder]:
    """The orders of an exit that is decided, and seen to its end, now."""
    wanted = Intent(0, SYMBOL, -1.0, 100.0, Reason.EXIT_EDGE, Bound.NONE, 0.0, Regime.TRENDING, system=SYSTEM)
    decision: Decision = account.decide((wanted,), ordered=-1.0)
    cid = decision.cid(wanted)
    holder = Holder("here", "boot", 1, 1)
    writing = Writing(Leases(account.journal.engine), holder, lambda _: True, account.clock, 10**9, 0, beats=False)
    broker = LiveBroker(account.journal, account.desk, writing, (account.venue.name,), LOTS)
    broker.place(cid, wanted, decision)
    return [one for one in account.log.children(cid) if one.role is Role.EXIT]


def shown(orders: list[WireOrder]) -> list[tuple[Decimal, OrderState]]:
    return [(one.quantity, one.state) for one in orders]


@pytest.mark.parametrize("others", [Decimal(0), BASELINE])
def test_an_exit_sells_all_that_is_held_where_it_is_there(tmp_path: Path, others: Decimal) -> None:
    account = holding(tmp_path, others)
    assert shown(left(account)) == [(Decimal(1), OrderState.FILLED)]
    assert account.venue.wallet["BTC"] == others


def test_an_exit_sells_what_is_free_and_is_not_refused_as_a_whole(tmp_path: Path) -> None:
    """An order for all that the book holds would be more than the account has."""
    account = holding(tmp_path, Decimal(0))
    account.venue.wallet["BTC"] -= TAKEN
    assert shown(left(account)) == [(1 - TAKEN, OrderState.FILLED)]
    assert account.venue.wallet["BTC"] == 0


def test_an_exit_sells_nothing_of_what_was_there_before(tmp_path: Path) -> None:
    """The venue would take an order for all that the book holds, and a part of it would be somebody else's."""
    account = holding(tmp_path, BASELINE)
    account.venue.wallet["BTC"] -= TAKEN
    assert shown(left(account)) == [(1 - TAKEN, OrderState.FILLED)]
    assert account.venue.wallet["BTC"] == BASELINE
    assert any(key.startswith("not ours") for key in account.alerts)
