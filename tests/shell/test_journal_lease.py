"""One writer: who has the lease, who takes it over, and whose writes are refused for ever."""

from dataclasses import replace

import pytest
from journal_rows import NOTHING, made_decision
from wire_orders import HOLDER, NOON, SECOND, allow, made_order, made_report, made_trade, take_lease

from data.journal import Holder, Holding, HoldingKind, HoldingLog, Journal, Lease, Leases, OrderLog
from models.types import Refused
from models.types.wire import OrderState

OTHER = replace(HOLDER, pid=2)
TTL = 30 * SECOND


@pytest.fixture
def leases(journal: Journal) -> Leases:
    return Leases(journal.engine)


def _alive(_: Holder) -> bool:
    return False


def _take(leases: Leases, holder: Holder = HOLDER, now: int = NOON, name: str = "orders") -> Lease | None:
    return leases.take(name, holder, now, TTL, _alive)


def test_one_has_it_until_it_expires(leases: Leases) -> None:
    assert leases.current("orders") is None
    first = _take(leases)
    assert first == Lease("orders", 1, HOLDER, NOON + TTL)
    assert _take(leases, OTHER, NOON + TTL - 1) is None
    assert leases.current("orders") == first
    second = _take(leases, OTHER, NOON + TTL)
    assert second == Lease("orders", 2, OTHER, NOON + 2 * TTL)
    assert leases.current("orders") == second


def test_leases_of_other_names_are_others(leases: Leases) -> None:
    assert _take(leases) is not None
    assert _take(leases, OTHER, name="another") == Lease("another", 1, OTHER, NOON + TTL)


def test_the_token_grows_with_every_take(leases: Leases) -> None:
    tokens = []
    for turn in range(4):
        lease = _take(leases, (HOLDER, OTHER)[turn // 2], NOON + turn)
        assert lease is not None
        tokens.append(lease.token)
        if turn % 2:
            leases.release(lease, NOON)
            assert leases.current("orders") is None
    assert tokens == [1, 2, 3, 4]


def test_a_dead_holder_is_asked_about_and_followed_at_once(leases: Leases) -> None:
    _take(leases)
    asked: list[Holder] = []

    def is_dead(holder: Holder) -> bool:
        asked.append(holder)
        return len(asked) == 2

    assert leases.take("orders", OTHER, NOON + 1, TTL, is_dead) is None
    taken = leases.take("orders", OTHER, NOON + 1, TTL, is_dead)
    assert taken == Lease("orders", 2, OTHER, NOON + 1 + TTL)
    assert asked == [HOLDER, HOLDER]


@pytest.mark.parametrize("changed", [{"pid": 9}, {"started": 9}, {"boot": "later"}, {"host": "elsewhere"}])
def test_a_process_with_the_same_number_is_another_holder(leases: Leases, changed: dict[str, object]) -> None:
    _take(leases)
    assert _take(leases, replace(HOLDER, **changed), NOON + 1) is None


def test_renewing_moves_the_end_and_not_the_token(leases: Leases) -> None:
    first = _take(leases)
    assert first is not None
    later = leases.renew(first, NOON + TTL - 1, TTL)
    assert later == replace(first, expires_at=NOON + 2 * TTL - 1)
    assert leases.current("orders") == later
    assert _take(leases, OTHER, NOON + TTL) is None
    # Nobody took it when it expired: the first one may go on.
    assert leases.renew(later, NOON + 9 * TTL, TTL).expires_at == NOON + 10 * TTL


def test_a_lost_lease_is_not_renewed_and_its_release_does_nothing(leases: Leases) -> None:
    first = _take(leases)
    assert first is not None
    second = _take(leases, OTHER, NOON + TTL)
    assert second is not None
    with pytest.raises(Refused, match=r"under token 1: it is that of process 2 on host since .* under token 2"):
        leases.renew(first, NOON + TTL, TTL)
    leases.release(first, NOON + TTL)
    assert leases.current("orders") == second
    leases.release(second, NOON + TTL)
    with pytest.raises(Refused, match="nobody has it"):
        leases.renew(second, NOON + TTL, TTL)


def _dump(journal: Journal) -> str:
    return repr({name: rows for name, rows in journal.tables().items() if name != "leases"})


@pytest.mark.parametrize("end", ["taken over", "given back", "never had"])
def test_every_write_of_a_zombie_is_refused_and_changes_nothing(journal: Journal, end: str) -> None:
    zombie = OrderLog(journal.engine, take_lease(journal))
    assert zombie.admit(made_order(), allow, NOON) is None
    held = HoldingLog(journal.engine, zombie.fence).note(
        Holding("binance", "BTC", HoldingKind.EXTERNAL, made_order().quantity, None, NOON, "found", "keel")
    )
    assert zombie.fence is not None
    if end == "taken over":
        take_lease(journal, OTHER)
    elif end == "given back":
        Leases(journal.engine).release(zombie.fence, NOON)
    else:
        zombie = OrderLog(journal.engine, Lease("another", 1, HOLDER, NOON + TTL))
    before = _dump(journal)
    trade, holdings = made_trade(1), HoldingLog(journal.engine, zombie.fence)
    writes = {
        "admit": lambda: zombie.admit(made_order("b-0-1"), allow, NOON),
        "absorb": lambda: zombie.absorb(made_report(OrderState.FILLED, filled="0.3"), NOON),
        "a report of nobody": lambda: zombie.absorb(made_report(OrderState.OPEN, made_order("other")), NOON),
        "trades": lambda: zombie.add_trades([trade], NOON),
        "mark": lambda: zombie.mark("a1-0-1", OrderState.LOST, "why", NOON),
        "note": lambda: holdings.note(held),
        "clear": lambda: holdings.clear(held.id or 0, "me", NOON),
        "decision": lambda: journal.record_decision(made_decision(), None, NOTHING, "{}", fence=zombie.fence),
    }
    for name, write in writes.items():
        with pytest.raises(Refused, match="is no longer this process's"):
            write()
        assert _dump(journal) == before, name


def test_a_log_without_a_lease_only_reads(journal: Journal) -> None:
    log = OrderLog(journal.engine)
    assert log.live_orders() == []
    for write in (
        lambda: log.admit(made_order(), allow, NOON),
        lambda: log.absorb(made_report(OrderState.OPEN), NOON),
        lambda: log.add_trades([], NOON),
        lambda: log.mark("a", OrderState.LOST, "why", NOON),
        lambda: HoldingLog(journal.engine).clear(1, "me", NOON),
    ):
        with pytest.raises(ValueError, match="only be written under a lease"):
            write()


def test_who_took_it_after_a_crash_goes_on_under_its_own_token(journal: Journal) -> None:
    first = OrderLog(journal.engine, take_lease(journal))
    first.admit(made_order(), allow, NOON)
    second = OrderLog(journal.engine, take_lease(journal, OTHER))
    assert second.mark("a1-0-1", OrderState.UNKNOWN, "killed", NOON).state is OrderState.UNKNOWN
    assert [row["token"] for row in journal.tables()["order_events"]] == [1, 2]
    second.verify_chain()
