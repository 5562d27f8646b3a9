"""Who may ask: tokens, browsers, throttle, and what the audit chain hears of it."""

import sqlite3
import threading
from pathlib import Path

import pytest
from waiting import wait_until

from data.journal import AuditKind, AuditLog, Entry, Journal, open_journal
from models.types import BadInput
from tasks.web.audit import NAMED, Audit
from tasks.web.browsers import MOST, Browsers
from tasks.web.scopes import SHORTEST, Scope, Tokens, tokens_of
from tasks.web.throttle import Throttle

pytestmark = pytest.mark.monitoring

GOOD = {one: f"{one.value:x<40}" for one in Scope}


class Hands:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return open_journal(tmp_path / "journal.sqlite")


@pytest.fixture
def clock() -> Hands:
    return Hands()


# -- tokens


def test_each_token_is_of_its_own_scope_and_no_other_text_is_of_any() -> None:
    tokens = tokens_of(GOOD)
    assert {tokens.scope_of(token): scope for scope, token in GOOD.items()} == {one: one for one in Scope}
    for wrong in ("", " ", GOOD[Scope.STOP][:-1], GOOD[Scope.STOP] + "x", GOOD[Scope.STOP].upper(), "\udcff", "ü" * 40):
        assert tokens.scope_of(wrong) is None


@pytest.mark.parametrize(
    ("scope", "allows"),
    [
        (Scope.WATCH, {Scope.WATCH}),
        (Scope.STOP, {Scope.STOP, Scope.WATCH}),
        (Scope.RESUME, {Scope.RESUME, Scope.WATCH}),
        (Scope.NOTIFY, {Scope.NOTIFY}),
    ],
)
def test_what_a_scope_allows(scope: Scope, allows: set[Scope]) -> None:
    assert scope.allows == allows


@pytest.mark.parametrize("missing", [Scope.WATCH, Scope.STOP, Scope.RESUME])
def test_there_is_no_token_by_default(missing: Scope) -> None:
    with pytest.raises(BadInput, match=f"KEEL_API__{missing.name}_TOKEN.*token_urlsafe"):
        tokens_of({one: token for one, token in GOOD.items() if one is not missing})
    with pytest.raises(BadInput, match=f"KEEL_API__{missing.name}_TOKEN"):
        tokens_of({**GOOD, missing: ""})


def test_nobody_needs_to_notify() -> None:
    assert tokens_of({one: token for one, token in GOOD.items() if one is not Scope.NOTIFY}).scope_of("") is None


@pytest.mark.parametrize("weak", ["x" * (SHORTEST - 1), "two words " * 8, "ü" * 40, "line\n" * 10])
def test_weak_tokens_are_refused_without_being_named(weak: str) -> None:
    with pytest.raises(BadInput, match="KEEL_API__STOP_TOKEN has") as refused:
        tokens_of({**GOOD, Scope.STOP: weak})
    assert weak not in str(refused.value)


def test_two_scopes_never_share_a_token() -> None:
    with pytest.raises(BadInput, match="are the same"):
        tokens_of({**GOOD, Scope.NOTIFY: GOOD[Scope.STOP]})


def test_tokens_cannot_be_read_out_of_what_is_kept() -> None:
    tokens = tokens_of(GOOD)
    for token in GOOD.values():
        assert token not in repr(tokens)
        assert token.encode() not in tokens.hashes.values()
    assert tokens.hashes != tokens_of(GOOD).hashes, "each process has a key of its own"


def test_every_hash_is_compared_whichever_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[bytes] = []
    tokens: Tokens = tokens_of(GOOD)

    def compare(one: bytes, other: bytes) -> bool:
        compared.append(one)
        return one == other

    monkeypatch.setattr("tasks.web.scopes.hmac.compare_digest", compare)
    for token in (*GOOD.values(), "wrong"):
        compared.clear()
        tokens.scope_of(token)
        assert compared == list(tokens.hashes.values())


# -- browsers


def test_a_browser_is_known_by_its_id_until_its_time_is_over(clock: Hands) -> None:
    browsers = Browsers(60.0, clock)
    name, made = browsers.sign_in(Scope.STOP.allows)
    assert browsers.find(name) == made
    assert browsers.find(name + "x") is None
    assert name not in repr(browsers)
    clock.now = 59.9
    assert browsers.find(name) == made
    clock.now = 60.0
    assert browsers.find(name) is None


def test_a_browser_that_signed_out_is_not_known(clock: Hands) -> None:
    browsers = Browsers(60.0, clock)
    name, _ = browsers.sign_in(Scope.WATCH.allows)
    browsers.sign_out(name)
    assert browsers.find(name) is None


def test_so_many_browsers_and_no_more(clock: Hands) -> None:
    browsers = Browsers(60.0, clock)
    names = [browsers.sign_in(Scope.WATCH.allows)[0] for _ in range(MOST + 1)]
    assert [name for name in names if browsers.find(name) is None] == names[:1]


# -- throttle


def test_a_client_has_its_own_minute(clock: Hands) -> None:
    throttle = Throttle(clock)
    assert [throttle.takes("a", "reads", 2) for _ in range(3)] == [True, True, False]
    assert throttle.takes("b", "reads", 2)
    assert throttle.takes("a", "writes", 2)
    clock.now = 59.0
    assert not throttle.takes("a", "reads", 2)
    clock.now = 60.0
    assert throttle.takes("a", "reads", 2)


# -- audit


def entries(journal: Journal, kind: AuditKind) -> list[Entry]:
    return AuditLog(journal.engine).entries([kind])


def test_a_flood_of_refusals_is_one_row_with_their_number(journal: Journal) -> None:
    audit = Audit(lambda: journal, lambda: 7)
    for number in range(5_000):
        audit.refused("127.0.0.1", f"GET /{number % 40}", "wrong token")
    audit.flush()
    (one,) = entries(journal, AuditKind.REFUSED)
    assert one.detail["count"] == sum(each["times"] for each in one.detail["refused"]) == 5_000
    assert len(one.detail["refused"]) == NAMED + 1
    audit.flush()
    assert len(entries(journal, AuditKind.REFUSED)) == 1, "nothing new, no row"


def test_a_flood_writes_a_bounded_number_of_rows(journal: Journal) -> None:
    audit = Audit(lambda: journal, lambda: 7, every=0.5)
    audit.start()
    told = 0

    def written() -> int:
        return sum(one.detail["count"] for one in entries(journal, AuditKind.REFUSED))

    for _ in range(40):
        for _ in range(50):
            audit.refused("127.0.0.1", "GET /risk", "wrong token")
            told += 1
        threading.Event().wait(0.02)
    wait_until(lambda: written() == told)
    audit.end()
    assert 2 <= len(entries(journal, AuditKind.REFUSED)) <= 6


def test_an_act_is_a_row_at_once(journal: Journal) -> None:
    audit = Audit(lambda: journal, lambda: 7, every=60.0)
    audit.start()
    audit.refused("127.0.0.1", "GET /risk", "wrong token")
    wait_until(lambda: bool(entries(journal, AuditKind.REFUSED)))
    audit.refused("127.0.0.1", "GET /risk", "wrong token")
    audit.asked("api: stop token at 127.0.0.1", "POST /stop", 200)
    wait_until(lambda: bool(entries(journal, AuditKind.ASKED)))
    (one,) = entries(journal, AuditKind.ASKED)
    assert (one.who, one.why, one.detail) == ("api: stop token at 127.0.0.1", "POST /stop", {"status": 200})
    assert len(entries(journal, AuditKind.REFUSED)) == 1, "its minute is not over"
    audit.end()
    assert len(entries(journal, AuditKind.REFUSED)) == 2, "the end writes what waits"


def test_a_locked_journal_loses_nothing_and_keeps_nobody_waiting(journal: Journal) -> None:
    audit = Audit(lambda: journal, lambda: 7, every=0.2)
    audit.start()
    with sqlite3.connect(str(journal.engine.url.database), isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        audit.asked("somebody", "POST /stop", 200)
        audit.refused("127.0.0.1", "GET /risk", "wrong token")
        wait_until(lambda: bool(audit.trouble), 20)
        assert "locked" in audit.trouble
        other.execute("ROLLBACK")
    wait_until(lambda: bool(entries(journal, AuditKind.ASKED) and entries(journal, AuditKind.REFUSED)), 20)
    wait_until(lambda: not audit.trouble)
    audit.end()
    assert AuditLog(journal.engine).verify() == 2
