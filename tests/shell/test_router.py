"""Routes from the rules' file to the journal: hot reload, switches, damping, alerts, the log and what shows of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from journal_rows import NOTHING, made_decision
from parameter_files import NOW, Desk, made_desk
from sqlalchemy.exc import IntegrityError

from data.journal import Journal, Routed, RouteLog, open_journal
from models.risk.damping import Choice
from models.types import Refused, Regime, Series
from tasks.session import router_report as reporting
from tasks.session.parameters import ParameterServer, Verdict
from tasks.session.router_report import router_report
from tasks.session.routing import choose, damping_of, models_for, route_of, routed_of

pytestmark = pytest.mark.risk

SECOND = 1_000_000
MINUTE = 60 * SECOND
BOOK = SimpleNamespace(name="book")
SYMBOLS = ("BTC/USDT", "ETH/USDT")
ONE, TWO = ("momentum", "xgboost"), ("momentum", "lstm")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    made = open_journal(tmp_path / "journal.sqlite")
    yield made
    made.engine.dispose()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    made = made_desk(tmp_path / "desk")
    yield made
    made.journal.engine.dispose()


def write_rules(desk: Desk, models: tuple[str, ...]) -> None:
    """Other models for all crypto."""
    path = desk.files.folder / "model_router_rules.yml"
    lines = path.read_text().splitlines(keepends=True)
    row = f"    - {{name: crypto {models[-1]}, classes: [crypto], models: [{', '.join(models)}]}}\n"
    path.write_text("".join(row if "classes: [crypto]" in one else one for one in lines))


def session_desk(server: ParameterServer) -> Any:
    return SimpleNamespace(loaded=server.current.loaded, venue=lambda name: server.current.loaded.settings.venues[name])


@dataclass
class Session:
    """Decisions by the rules in force, one a second unless said otherwise, on a clock that tests turn."""

    desk: Desk
    server: ParameterServer
    symbols: tuple[str, ...] = SYMBOLS
    now: int = NOW
    bar: int = 0
    made: list[dict[str, Choice]] = field(default_factory=list)

    def decide(self, seconds: float = 1.0) -> dict[str, Choice]:
        self.now += round(seconds * SECOND)
        self.server.at_boundary(self.now)
        at = session_desk(self.server)
        wanted = {one: route_of(at, Series("binance", one, "1h")).rules[Regime.CRISIS] for one in self.symbols}
        choices = choose(at, self.desk.journal, BOOK, wanted, self.now)
        self.bar += 1
        decision = replace(made_decision(self.bar, symbols=()), decided_at=self.now)
        newest = self.desk.journal.last_decision("book")
        follows = None if newest is None else newest.bar
        took = dict.fromkeys(self.symbols, 0.0015)
        assert self.desk.journal.record_decision(decision, follows, NOTHING, "{}", routed=routed_of(choices, took))
        self.made.append(choices)
        return choices

    def rewrite(self, models: tuple[str, ...]) -> Verdict:
        write_rules(self.desk, models)
        return self.server.offer("file", self.now)

    @property
    def log(self) -> RouteLog:
        return RouteLog(self.desk.journal.engine)


@pytest.fixture
def session(desk: Desk) -> Session:
    return Session(desk, desk.server())


def test_a_change_of_the_rules_is_in_force_at_the_next_boundary_and_journaled(session: Session) -> None:
    assert {one.models for one in session.decide().values()} == {ONE}
    assert session.rewrite(TWO) is Verdict.PENDING
    assert session.server.current.loaded.settings.router.rules[0].models == ONE
    found = session.decide()
    assert {(one.rule, one.models, one.before, one.switched) for one in found.values()} == {
        ("crypto lstm", TWO, ONE, True)
    }
    assert [one.adoption.source for one in session.desk.log.history()] == ["file", "start"]
    newest = session.desk.log.newest()
    assert newest is not None
    assert '"name":"crypto lstm"' in newest.adoption.tree
    assert not newest.adoption.loosened


def test_rules_that_are_wrong_change_nothing_and_alert(session: Session) -> None:
    session.decide()
    assert session.rewrite(("oracle",)) is Verdict.INVALID
    assert not any(one.switched or one.damped for one in session.decide().values())
    (alert,) = session.desk.alerts()
    assert "conf/model_router_rules.yml:" in alert
    assert "'oracle'" in alert


def test_a_step_back_brings_the_rules_back(session: Session) -> None:
    session.rewrite(TWO)
    session.decide()
    session.server.revert(session.now, "me", "lstm was late")
    assert {one.models for one in session.decide().values()} == {ONE}
    assert session.server.offer("file", session.now) is Verdict.UNCHANGED  # as long as the file says the same


def test_rules_that_flap_are_damped_and_alert(session: Session) -> None:
    """25 reloads in five minutes, one symbol: 15 pass, 10 do not, and the 21st is heard of."""
    session.symbols = SYMBOLS[:1]
    session.decide()
    heard = []
    for k in range(25):
        session.rewrite((ONE, TWO)[(k + 1) % 2])
        session.decide(10.0)
        session.decide(1.0)  # nothing was changed between these
        heard.append([one.split(" were ")[0] for one in session.desk.alerts()])
    changed = [one for (one,) in (each.values() for each in session.made) if one.switched or one.damped]
    assert sum(one.switched for one in changed) == 15
    assert [one.switched for one in changed[:15]] == [True] * 15
    assert not any(one.switched for one in changed[15:])
    assert {one.models for one in changed[15:]} == {changed[14].models}
    assert len(session.log.switches_since("book", 0)) == len(changed)
    assert [len(one) for one in heard[:15]] == [0] * 15
    damped, flapping = heard[-1]
    assert damped.startswith("routes of book switched 15 times in 5 minutes: BTC/USDT keep")
    assert flapping == "routes of book"
    twentieth = next(k for k, one in enumerate(session.made) if next(iter(one.values())).alert)
    before = [one for each in session.made[:twentieth] for one in each.values() if one.switched or one.damped]
    assert len(before) == 20


def test_what_was_damped_passes_when_the_window_is_over(session: Session) -> None:
    session.symbols = tuple(f"S{k}/USDT" for k in range(16))
    session.decide()
    session.rewrite(TWO)
    assert sum(one.switched for one in session.decide().values()) == 15
    (last,) = [one for one in session.decide().values() if one.damped]
    assert (last.models, last.rule) == (ONE, "crypto")
    found = session.decide(301.0)
    assert [symbol for symbol, one in found.items() if one.switched] == ["S15/USDT"]
    assert not any(one.damped for one in session.decide().values())


def test_a_held_route_outlives_its_rule(session: Session) -> None:
    """It is kept by its models, whatever the rules say now."""
    session.symbols = tuple(f"S{k}/USDT" for k in range(16))
    session.decide()
    session.rewrite(TWO)
    session.decide()
    session.rewrite(("reversion",))
    assert {one.models for one in session.decide().values()} == {ONE, TWO}


def test_a_session_that_begins_again_goes_by_the_journal(session: Session) -> None:
    session.decide()
    session.rewrite(TWO)
    again = Session(session.desk, session.desk.server(session.now), now=session.now, bar=session.bar)
    assert {(one.before, one.switched) for one in again.decide().values()} == {(ONE, True)}
    assert not any(one.switched for one in again.decide().values())


# The log


def routed(symbol: str = "A", **changed: Any) -> Routed:
    plain = {"rule": "crypto", "models": ONE, "before": None, "switched": False, "damped": False, "latency_us": 7}
    return Routed(symbol, **(plain | changed))


def record(journal: Journal, bar: int, *routes: Routed, book: str = "book") -> None:
    newest = journal.last_decision(book)
    follows = None if newest is None else newest.bar
    assert journal.record_decision(made_decision(bar, (), book), follows, NOTHING, "{}", routed=routes)


def test_a_route_comes_back_as_it_was_written(journal: Journal) -> None:
    log, old = RouteLog(journal.engine), routed("A", rule="old")
    assert log.newest("book") == {}
    record(journal, 0, old)
    new = routed("A", models=TWO, before=ONE, switched=True), routed("B", before=(), damped=True)
    record(journal, 1, *new)
    record(journal, 5, routed("A", rule="other"), book="another")
    assert log.newest("book") == {one.symbol: one for one in new}
    record(journal, 2)  # of an older Keel, or one that traded nothing
    assert log.newest("book") == {one.symbol: one for one in new}


def test_a_decision_that_is_refused_leaves_no_route(journal: Journal) -> None:
    record(journal, 1, routed())
    again = made_decision(1, ())
    assert not journal.record_decision(again, None, NOTHING, "{}", routed=(routed("B"),))
    with pytest.raises(Refused):
        journal.record_decision(made_decision(2, ()), None, NOTHING, "{}", routed=(routed("B"),))
    with pytest.raises(IntegrityError):
        journal.record_decision(made_decision(2, ()), again.bar, NOTHING, "{}", routed=(routed(), routed()))
    assert journal.newest_decision("book") == again.id
    assert set(RouteLog(journal.engine).newest("book")) == {"A"}


def test_what_the_log_says_of_switches_usage_and_latency(journal: Journal) -> None:
    log = RouteLog(journal.engine)
    record(journal, 0, routed("A"), routed("B", models=("meta",)))
    record(journal, 1, routed("A", models=TWO, before=ONE, switched=True, latency_us=9), routed("B", damped=True))
    record(journal, 2, routed("A", models=TWO, before=TWO))
    record(journal, 1, routed("A", switched=True), book="another")
    moments = [made_decision(bar).decided_at for bar in range(3)]
    assert log.switches_since("book", 0) == [(moments[1], True), (moments[1], False)]
    assert log.switches_since("book", moments[1]) == log.switches_since("book", 0)
    assert log.switches_since("book", moments[1] + 1) == []
    assert log.usage("book") == {"momentum": 4, "xgboost": 2, "lstm": 2, "meta": 1}
    assert log.usage("book", moments[2]) == {"momentum": 1, "lstm": 1}
    assert sorted(log.latencies("book")) == [7, 7, 7, 7, 9]
    rows = log.switch_rows("book")
    assert [(one.decision, one.bar, one.routed.symbol) for one in rows] == [
        ("book-1", made_decision(1).bar, "A"),
        ("book-1", made_decision(1).bar, "B"),
    ]
    assert log.switch_rows("book", 1) == rows[:1]


def test_the_window_and_its_counts_are_those_in_force(desk: Desk) -> None:
    desk.files.local("router: {damp_after: 2, alert_after: 3, window_minutes: 0.5}\n")
    found = damping_of(session_desk(desk.server()))
    assert (found.damp_after, found.alert_after, found.window) == (2, 3, MINUTE // 2)


def test_those_that_have_to_speak_are_routed_somewhere_or_weighed(desk: Desk) -> None:
    series = Series("binance", "BTC/USDT", "1h")
    assert models_for(session_desk(desk.server()), series) == ("momentum", "xgboost")
    rules = "{name: bitcoin, instruments: [BTC/USDT], regimes: [crisis], models: [meta]}"
    others = "{name: all, models: [pressure]}"
    desk.files.local(f"router: {{rules: [{rules}, {others}]}}\nmodel: {{meta: {{models: [lstm, breakout]}}}}\n")
    at = session_desk(desk.server())
    assert models_for(at, series) == ("breakout", "pressure", "lstm", "meta")
    assert models_for(at, Series("binance", "ETH/USDT", "1h")) == ("pressure",)


def test_keel_router_shows_rules_usage_switches_and_latency(
    session: Session, keel: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "configured_book", lambda _desk: BOOK)
    empty = router_report(session_desk(session.server), session.desk.journal)
    assert (empty.usage, empty.switches, empty.p50_us, empty.p99_us) == ({}, (), None, None)
    session.decide()
    session.rewrite(TWO)
    session.decide()
    from flows.commands import router as command

    built = session_desk(session.server), session.desk.journal
    monkeypatch.setattr(command, "build_trading_desk", lambda _flags, _warn: built)
    shown = keel("router", "--json").json
    assert shown["rules"][0] == {
        "name": "crypto lstm",
        "instruments": [],
        "classes": ["crypto"],
        "horizons": [],
        "regimes": [],
        "models": list(TWO),
    }
    assert shown["usage"] == {"momentum": 4, "xgboost": 2, "lstm": 2}
    assert (shown["switched"], shown["damped"]) == (2, 0)
    assert shown["latency_us"] == {"p50": 1500.0, "p99": 1500.0}
    assert [(one["symbol"], one["before"], one["models"]) for one in shown["switches"]] == [
        (symbol, list(ONE), list(TWO)) for symbol in SYMBOLS
    ]
    text = keel("router").out
    assert "crypto lstm" in text
    assert "2 switches, 0 damped" in text
    assert "p50 1500 us, p99 1500 us" in text
