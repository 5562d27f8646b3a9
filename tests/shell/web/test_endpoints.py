"""Every address on a home that has traded: what it says is what the commands say; and a fuzzer finds nothing."""

import dataclasses
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis.errors import Unsatisfiable
from lived_home import lived_home
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)
from served_api import Served, bearer, config, parts_of, served

from data.journal import AuditKind, AuditLog, Journal, RouteLog
from data.journal.alert_log import AlertLog, id_of
from data.journal.tables import metadata
from tasks.session.desk import Desk
from tasks.session.json_values import finite
from tasks.session.overview import Lookout
from tasks.session.review import look_back
from tasks.session.riskdesk import mark_book, review_json, risk_report
from tasks.session.router_report import router_report
from tasks.session.staging.looking import look
from tasks.session.staging.showing import look_json
from tasks.web.scopes import Scope

pytestmark = pytest.mark.monitoring

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    negative_data_rejection,
)
EXAMPLES = 6
KEY = "trip drawdown 2021-01-01"


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Desk, Journal]]:
    with pytest.MonkeyPatch.context() as patched:
        yield lived_home(tmp_path_factory, tmp_path_factory.mktemp("web") / "home", patched)


@pytest.fixture(scope="module")
def api(lived: tuple[Desk, Journal]) -> Iterator[Served]:
    desk, journal = lived
    journal.raise_alert(KEY, "error", "a <b>text</b>", desk.clock.now())
    with served(parts_of(desk, journal, config())) as one:
        yield one


@pytest.fixture(scope="module")
def schema(api: Served) -> Any:
    found = schemathesis.openapi.from_url(f"{api.url}/openapi.json", headers=bearer(Scope.WATCH))
    return found.exclude(path="/events")


def said(api: Served, path: str) -> Any:
    """What a read says."""
    answer = api.ask("GET", path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def as_json(value: object) -> Any:
    return json.loads(json.dumps(finite(value), default=str))


def test_each_read_is_the_overview_and_the_report_of_its_command(api: Served, lived: tuple[Desk, Journal]) -> None:
    desk, journal = lived
    seen = as_json(dataclasses.asdict(Lookout(lambda: desk, lambda: journal, list).look()))
    assert seen["missing"] == {}
    settings_now = desk.loaded.settings
    wanted = {
        "/positions": {"positions": seen["holdings"], "equity": seen["equity"], "book": seen["book"]},
        "/orders": {"orders": seen["orders"], "states": seen["order_states"]},
        "/decisions": {"decisions": seen["decisions"][:50]},
        "/regime": {"regimes": seen["regimes"]},
        "/alerts": {"alerts": seen["alerts"]},
        "/risk": {
            **{name: seen[name] for name in ("stops", "limits", "equity", "drawdown", "var", "stopped", "reason")},
            "report": as_json(risk_report(desk, journal, mark_book(desk, journal)).as_json()),
        },
        "/specialists": {
            "in_charge": seen["in_charge"],
            "models": seen["models"],
            "router": as_json(router_report(desk, journal).as_json()),
        },
        "/performance": {
            **{name: seen[name] for name in ("earned", "curve", "profit", "equity")},
            "review": as_json(review_json(look_back(desk, journal))),
        },
        "/stages": {
            "standing": seen["standing"],
            "record": as_json(look_json(look(journal, settings_now, desk.clock.now()), settings_now.stage)),
        },
        "/health": {name: seen[name] for name in ("book", "stage", "stopped", "reason", "feeds", "bars", "missing")},
    }
    for path, parts in wanted.items():
        found = said(api, path)
        assert {name: found[name] for name in parts} == parts, path
        assert found["revision"] == seen["revision"]
    assert said(api, "/news").keys() == {"opportunities", "sources"}
    assert said(api, "/orders?state=open")["orders"] == []
    assert len(said(api, "/orders?limit=2&state=filled")["orders"]) == 2
    assert len(said(api, "/decisions?limit=1")["decisions"]) == 1
    assert api.ask("GET", "/metrics").text == "keel_available 1\n"


def test_a_decision_is_shown_with_every_row_that_the_journal_has_of_it(
    api: Served, lived: tuple[Desk, Journal]
) -> None:
    desk, journal = lived
    del desk
    tables = journal.tables()
    for of in said(api, "/decisions?limit=1000")["decisions"]:
        found = said(api, f"/decisions/{of['id']}")
        rows = found["rows"]
        assert found["decision"]["book"] == of["book"]
        for name in ("intents", "switches", "routes"):
            mine = [one for one in tables[name] if one["decision_id"] == of["id"]]
            assert len(rows[name]) == len(mine)
        cids = {one["cid"] for one in rows["intents"]}
        assert {one["parent"] for one in rows["wire_orders"]} <= cids
        assert len(rows["fills"]) == sum(one["cid"] in cids for one in tables["fills"])
        assert len(rows["wire_orders"]) == sum(one["parent"] in cids for one in tables["wire_orders"])
        sent = {one["cid"] for one in rows["wire_orders"]}
        assert len(rows["order_events"]) == sum(one["cid"] in sent for one in tables["order_events"])
    assert any(one["decision_id"] == of["id"] for one in tables["routes"])
    assert RouteLog(journal.engine)
    answer = api.ask("GET", "/decisions/nobody-decided-this")
    assert (answer.status_code, answer.json().keys()) == (404, {"error"})


def test_each_decision_is_told_in_sentences(api: Served, lived: tuple[Desk, Journal]) -> None:
    _, journal = lived
    fills = journal.tables()["fills"]
    told = 0
    for of in said(api, "/decisions?limit=1000")["decisions"]:
        page = api.ask("GET", f"/why/{of['id']}")
        assert page.status_code == 200, page.text
        assert page.text.count("data-wanted=") == len(of["intents"])
        cids = {one["cid"] for one in of["intents"]}
        told += (mine := sum(one["cid"] in cids for one in fills))
        assert page.text.count("<p>Filled at ") == mine
    assert told > 0
    assert api.ask("GET", "/why/nobody-decided-this").status_code == 404


def test_a_decision_is_made_again_when_somebody_asks(api: Served, lived: tuple[Desk, Journal]) -> None:
    _, journal = lived
    before = journal.tables()
    order = before["intents"][-1]
    found = said(api, f"/decisions/{order['cid']}/recomputed")
    assert (found["equal"], found["differences"], found["decision"]) == (True, [], order["decision_id"])
    assert said(api, f"/decisions/{order['decision_id']}")["made_from"]["keel"]
    page = api.ask("GET", f"/why/{order['decision_id']}")
    assert f'href="/why/{order["decision_id"]}/recomputed#made"' in page.text
    assert 'data-equal="yes"' in api.ask("GET", f"/why/{order['decision_id']}/recomputed").text
    for path in ("/decisions/nobody-decided-this/recomputed", "/why/nobody-decided-this/recomputed"):
        assert api.ask("GET", path).status_code == 404
    assert {name: rows for name, rows in journal.tables().items() if name != "audit_chain"} == {
        name: rows for name, rows in before.items() if name != "audit_chain"
    }


@pytest.mark.parametrize("column", ["outcome", "inputs"])
def test_of_a_decision_that_was_spoilt_the_pages_still_tell(
    api: Served, lived: tuple[Desk, Journal], column: str
) -> None:
    _, journal = lived
    row = journal.tables()["decisions"][-1]
    change = f"UPDATE decisions SET {column} = ? WHERE id = ?"  # noqa: S608 - a column's name
    try:
        with journal.engine.begin() as connection:
            connection.exec_driver_sql(change, ("[7]", row["id"]))
        for path in (f"/why/{row['id']}", f"/why/{row['id']}/recomputed"):
            page = api.ask("GET", path)
            assert (page.status_code, "name what was altered" in page.text) == (503, True), path
        found = said(api, f"/decisions/{row['id']}/recomputed")
        assert (f"decisions {row['id']}", column) in [(one["where"], one["column"]) for one in found["differences"]]
        assert said(api, f"/decisions/{row['id']}")["decision"][column] == [7]
    finally:
        with journal.engine.begin() as connection:
            connection.exec_driver_sql(change, (row[column], row["id"]))


@pytest.mark.parametrize("shape", ['{"actions": 3}', '{"keel": 5, "bars": {"x": 1}}', "[1]"])
def test_of_a_seal_that_was_spoilt_the_pages_still_tell(api: Served, lived: tuple[Desk, Journal], shape: str) -> None:
    _, journal = lived
    row = journal.tables()["decision_seals"][-1]
    change, name = "UPDATE decision_seals SET made_from = ? WHERE decision_id = ?", row["decision_id"]
    try:
        with journal.engine.begin() as connection:
            connection.exec_driver_sql(change, (shape, name))
        page = api.ask("GET", f"/why/{name}")
        assert (page.status_code, "What its seal says of that cannot be read" in page.text) == (200, True)
        page = api.ask("GET", f"/why/{name}/recomputed")
        assert (page.status_code, f"decision_seals {name}" in page.text) == (200, True)
        found = said(api, f"/decisions/{name}")
        assert (found["made_from"], found["rows"]["decision_seals"][0]["made_from"]) == (None, json.loads(shape))
    finally:
        with journal.engine.begin() as connection:
            connection.exec_driver_sql(change, (row["made_from"], name))


def test_reading_writes_nothing(api: Served, lived: tuple[Desk, Journal]) -> None:
    _, journal = lived
    api.app.state.audit.flush()
    before = journal.tables()
    for path in ("/risk", "/performance", "/specialists", "/stages", "/news", "/health", "/orders", "/alerts"):
        said(api, path)
    assert journal.tables() == before
    assert before.keys() == {table.name for table in metadata.sorted_tables}


def test_a_report_of_too_many_decisions_is_left_to_the_command(api: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whole, 100,000 of them take 6 GB, and this process has the stop button."""
    api.app.state.reads._kept.clear()  # what was told before the book had so many
    monkeypatch.setattr(import_module("tasks.web.routes.reporting"), "MOST", 50)
    found = said(api, "/performance?campaign=true")
    assert found["review"] is found["campaign"] is None
    assert "more than 50 decisions" in str(found)
    assert found["equity"] is not None


def test_reports_are_made_once_for_each_revision(api: Served, lived: tuple[Desk, Journal]) -> None:
    made: list[int] = []

    def make() -> int:
        made.append(1)
        return len(made)

    async def ask() -> int:
        found: int = await api.app.state.reads.report("counted", make)
        return found

    loop = api.app.state.loop
    import asyncio

    def run() -> int:
        return asyncio.run_coroutine_threadsafe(ask(), loop).result(30)

    assert [run(), run()] == [1, 1]
    lived[1].raise_alert("another key", "info", "text", 1)
    assert [run(), run()] == [2, 2]


def test_an_alert_is_acknowledged_by_its_id(api: Served, lived: tuple[Desk, Journal]) -> None:
    path = f"/alerts/{id_of(KEY)}/acknowledge"
    one = api.ask("POST", path, Scope.STOP, json={"note": "I look"}).json()
    assert (one["acknowledged_by"], one["note"]) == ("api: stop token at 127.0.0.1", "I look")
    again = api.ask("POST", path, Scope.RESUME, json={"note": "me too"}).json()
    assert again == one
    (row,) = [each for each in AlertLog(lived[1].engine).alerts(100) if each.key == KEY]
    assert row.note == "I look"
    assert api.ask("POST", "/alerts/0123456789ab/acknowledge", Scope.STOP).status_code == 404


def test_a_stop_that_was_shown_is_released_and_no_other(api: Served, lived: tuple[Desk, Journal]) -> None:
    _, journal = lived
    assert api.ask("POST", "/resume/look", Scope.RESUME, json={"why": "calm"}).json()["shown"] is None
    assert api.ask("POST", "/stop", Scope.STOP, json={"reason": "look at this"}).json()["done"]
    seen = api.ask("POST", "/resume/look", Scope.RESUME, json={"why": "seen"}).json()
    given = {"why": "seen", "shown": seen["shown"], "phrase": seen["phrase"], "reviewed": True}
    for wrong in ({"reviewed": False}, {"phrase": "resume"}, {"shown": "0123456789abcdef"}):
        assert api.ask("POST", "/resume", Scope.RESUME, json=given | wrong).status_code == 409
    assert api.ask("POST", "/flatten", Scope.STOP, json={"reason": "worse"}).json()["level"] == "flatten"
    assert api.ask("POST", "/resume", Scope.RESUME, json=given).status_code == 409
    assert journal.stop() is not None
    seen = api.ask("POST", "/resume/look", Scope.RESUME, json={"why": "seen"}).json()
    answer = api.ask("POST", "/resume", Scope.RESUME, json=given | {"shown": seen["shown"]})
    assert answer.status_code == 200, answer.text
    assert (answer.json()["stopped"], answer.json()["released"]) == (False, True)
    assert journal.stop() is None
    (newest,) = AuditLog(journal.engine).entries([AuditKind.RESUMED])[-1:]
    assert (newest.who, newest.why) == ("api: resume token at 127.0.0.1", "seen")


def test_two_hundred_reads_do_not_hinder_a_stop(api: Served) -> None:
    """The reads look anew at what costs much; the stop is asked in the middle of them."""
    with ThreadPoolExecutor(50) as pool, httpx.Client(trust_env=False, timeout=60) as client:
        paths = ["/risk", "/performance", "/orders", "/decisions"] * 50
        reads = [pool.submit(client.get, api.url + one, headers=bearer(Scope.WATCH)) for one in paths]
        answer = api.ask("POST", "/stop", Scope.STOP, json={"reason": "busy"})
        assert answer.elapsed.total_seconds() < 30.0
        assert answer.json()["stopped"]
        assert {one.result().status_code for one in reads} == {200}


# -- the fuzzer


def cases(schema: Any, mode: GenerationMode, check: Callable[[Any], None], examples: int) -> list[str]:
    """Hold `check` against so many made cases of every operation of the schema; their names."""
    names = []
    for found in schema.get_all_operations():
        operation = found.ok()

        def run(case: Any) -> None:
            check(case)

        usual = settings(max_examples=examples, suppress_health_check=list(HealthCheck), deadline=None)
        try:
            usual(given(case=operation.as_strategy(generation_mode=mode))(run))()
        except Unsatisfiable:
            assert mode is GenerationMode.NEGATIVE, operation.label  # where nothing is taken, nothing is wrong
        names.append(operation.label)
    return names


@pytest.mark.parametrize("scope", list(Scope))
@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_the_fuzzer_finds_nothing(schema: Any, scope: Scope, mode: GenerationMode) -> None:
    """Nothing fails unforeseen, and every answer is as the schema says, whoever asks."""

    def check(case: Any) -> None:
        # A health of 503 is an answer.
        checks = CHECKS[1:] if case.operation.path == "/health" else CHECKS
        case.call_and_validate(headers=bearer(scope), checks=checks)

    assert len(cases(schema, mode, check, EXAMPLES)) >= 20


def test_the_fuzzer_writes_nothing_without_a_token(schema: Any, api: Served, lived: tuple[Desk, Journal]) -> None:
    """Nothing but rows of refusals, whatever it sends."""
    _, journal = lived
    api.app.state.audit.flush()
    before = _without_audit(journal)

    def check(case: Any) -> None:
        answer = case.call(headers={"Authorization": "Bearer nobody"})
        assert answer.status_code < 500
        if case.operation.path not in ("/health", "/sign-in"):
            assert answer.status_code in (400, 401, 413, 429), case.operation.label

    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):
        cases(schema, mode, check, EXAMPLES)
    assert _without_audit(journal) == before


def _without_audit(journal: Journal) -> dict[str, Any]:
    return {name: rows for name, rows in journal.tables().items() if name != "audit_chain"}
