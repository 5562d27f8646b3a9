"""The gate, over every route of the application: by a server that runs, and raw requests where no client helps."""

import json
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import iter_route_contexts
from served_api import TOKENS, Served, bearer, config, parts_of, served

from data.journal import AlertLog, AuditKind, AuditLog, Journal
from tasks.bootstrap import build_desk, build_journal
from tasks.web.browsers import COOKIE
from tasks.web.gate import NOTIFY_BYTES, WRONG_PER_MINUTE
from tasks.web.scopes import Scope

pytestmark = pytest.mark.monitoring

OPEN = {("get", "/health"), ("post", "/sign-in"), ("get", "/sign-in"), ("get", "/static/keel.css")}
NOBODY = "nobody-has-this-token-0123456789abcdef"
FOREIGN = {"Origin": "http://evil.example"}


@pytest.fixture
def journal(keel_home: Path) -> Journal:
    del keel_home
    return build_journal(build_desk())


@pytest.fixture
def api(journal: Journal) -> Iterator[Served]:
    with served(parts_of(build_desk(), journal, config())) as one:
        yield one


def routes(api: Served) -> list[tuple[str, str]]:
    """(method, path) of every route of the application, those that the schema leaves out too, with something in the
    place of each parameter.
    """
    found = [(method, str(one.path)) for one in iter_route_contexts(api.app.routes) for method in one.methods or ()]
    paths = api.ask("GET", "/openapi.json").json()["paths"]
    assert {path for _, path in found} > paths.keys()
    given = {"{decision}": "d1", "{alert}": "0123456789ab", "{name}": "keel.css"}
    for name, text in given.items():
        found = [(method, path.replace(name, text)) for method, path in found]
    assert not [path for _, path in found if "{" in path]
    return [(method.lower(), path) for method, path in found if method != "HEAD"]


def refused(api: Served, journal: Journal) -> list[dict[str, Any]]:
    """What the audit chain has of refusals, each once with its number."""
    api.app.state.audit.flush()
    times: Counter[tuple[str, str, str]] = Counter()
    for row in AuditLog(journal.engine).entries([AuditKind.REFUSED]):
        assert NOBODY not in str(row.detail)
        for one in row.detail["refused"]:
            times[one["client"], one["asked"], one["why"]] += one["times"]
    return [{"client": of[0], "asked": of[1], "why": of[2], "times": count} for of, count in times.items()]


def test_no_route_answers_without_a_token_and_each_refusal_is_audited(api: Served, journal: Journal) -> None:
    closed = [one for one in routes(api) if one not in OPEN]
    for k, (method, path) in enumerate(closed):
        answer = api.ask(method, path, None, json={})
        assert answer.status_code == (401 if k < WRONG_PER_MINUTE else 429), (method, path)
        assert answer.json().keys() == {"error"}
    assert sum(one["times"] for one in refused(api, journal)) == len(closed)
    assert journal.stop() is None


@pytest.mark.parametrize("token", [NOBODY, "x", TOKENS[Scope.STOP][:-1], TOKENS[Scope.STOP].upper()])
def test_a_wrong_token_is_refused_and_audited_without_the_token(api: Served, journal: Journal, token: str) -> None:
    answer = api.ask("POST", "/stop", token, json={"reason": "no"})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    (one,) = refused(api, journal)
    assert one == {"client": "127.0.0.1", "asked": "POST /stop", "why": "wrong token", "times": 1}
    assert journal.stop() is None


def test_each_write_wants_its_own_scope(api: Served, journal: Journal) -> None:
    """Of every write in the schema: whoever may not, may not; who that is says the schema's own text of 403."""
    may = {
        **{f"{at}/{one}": {Scope.STOP} for at in ("", "/act") for one in ("stop", "flatten")},
        **{f"{at}/{one}": {Scope.RESUME} for at in ("", "/act") for one in ("resume", "resume/look")},
        "/act/acknowledge/0123456789ab": {Scope.STOP, Scope.RESUME},
        "/params/revert": {Scope.RESUME},
        "/alerts/0123456789ab/acknowledge": {Scope.STOP, Scope.RESUME},
        "/alertmanager": {Scope.NOTIFY},
        "/sign-out": {Scope.WATCH, Scope.STOP, Scope.RESUME},
    }
    writes = {path for method, path in routes(api) if method != "get" and (method, path) not in OPEN}
    assert writes == may.keys(), "a write that this test does not know"
    for path in writes:
        for scope in Scope:
            if scope not in may[path]:
                assert api.ask("POST", path, scope, json={}).status_code == 403, (path, scope)
    told = refused(api, journal)
    assert sum(one["times"] for one in told) == sum(len(Scope) - len(scopes) for scopes in may.values())
    assert {one["why"] for one in told} - {""} == {"wrong scope"}, "more kinds than a row names are counted together"
    assert journal.stop() is None


def test_who_may_notify_sees_nothing(api: Served) -> None:
    for method, path in routes(api):
        if method == "get" and (method, path) not in OPEN:
            assert api.ask("GET", path, Scope.NOTIFY).status_code == 403, path
    assert api.ask("GET", "/health", Scope.NOTIFY).json() == {"alive": True}


def test_without_a_token_only_that_somebody_answers(api: Served) -> None:
    assert api.ask("GET", "/health", None).json() == {"alive": True}
    assert api.ask("GET", "/health", NOBODY).json() == {"alive": True}
    assert api.ask("GET", "/health").json()["parts"]


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1", "127.0.0.1:1", "localhost.evil.example", ""])
def test_another_host_is_refused_and_audited(api: Served, journal: Journal, host: str) -> None:
    for path in ("/health", "/stop"):
        answer = api.ask("POST" if path == "/stop" else "GET", path, Scope.STOP, headers={"Host": host})
        assert answer.status_code == 400
    assert journal.stop() is None
    assert [one["why"] for one in refused(api, journal)] == ["foreign host"] * 2


def test_names_of_a_proxy_are_served(journal: Journal) -> None:
    with served(parts_of(build_desk(), journal, config(names=("keel.example",)))) as api:
        assert api.ask("GET", "/regime", headers={"Host": "keel.example"}).status_code == 200
        own = {"Host": "keel.example", "Origin": "https://keel.example"}
        assert api.ask("POST", "/stop", Scope.STOP, headers=own).status_code == 200
        assert api.ask("GET", "/regime", headers={"Host": "other.example"}).status_code == 400


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1"])
def test_another_origin_is_refused_and_audited_whatever_it_asks(api: Served, journal: Journal, origin: str) -> None:
    for method, path in (("POST", "/stop"), ("POST", "/sign-in"), ("GET", "/events"), ("GET", "/risk")):
        assert api.ask(method, path, Scope.STOP, headers={"Origin": origin}, json={}).status_code == 403
    assert api.ask("GET", "/risk", headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert {one["why"] for one in refused(api, journal)} == {"foreign origin"}
    assert journal.stop() is None


def test_our_own_origin_may(api: Served, journal: Journal) -> None:
    assert api.ask("POST", "/stop", Scope.STOP, headers={"Origin": api.url}).status_code == 200
    assert journal.stop() is not None


def test_a_long_body_is_refused_and_audited_whether_or_not_it_says_so(api: Served, journal: Journal) -> None:
    long = json.dumps({"reason": "x" * 5000}).encode()
    kind = {"Content-Type": "application/json"}
    assert api.ask("POST", "/stop", Scope.STOP, content=long, headers=kind).status_code == 413
    assert api.ask("POST", "/stop", Scope.STOP, content=iter([long]), headers=kind).status_code == 413
    assert [(one["why"], one["times"]) for one in refused(api, journal)] == [("oversized body", 2)]
    assert journal.stop() is None
    assert api.ask("POST", "/stop", None, content=iter([long]), headers=kind).status_code == 401


def test_a_body_of_a_gigabyte_is_not_read(api: Served) -> None:
    """So many chunks as the server takes before it hangs up: far below a gigabyte."""
    host, port = api.url.removeprefix("http://").split(":")
    chunk = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    sent = 0
    with socket.create_connection((host, int(port)), timeout=10) as line:
        token = bearer(Scope.STOP)["Authorization"]
        line.sendall(
            f"POST /stop HTTP/1.1\r\nHost: {host}:{port}\r\nAuthorization: {token}\r\n"
            "Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
        )
        try:
            while sent < 1 << 30:
                line.sendall(chunk)
                sent += len(chunk)
        except OSError:
            pass
    assert sent < 64 << 20, f"{sent} bytes were taken"
    assert api.ask("GET", "/health", None).status_code == 200


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"{}", "text/plain", 415),
        (b"{}", "multipart/form-data; boundary=x", 415),
        (b"{", "application/json", 422),
        (b'{"reason": 1}', "application/json", 422),
        (b'{"reason": "\\ud800"}', "application/json", 422),
        (b'{"\\ud800": 1}', "application/json", 422),
        (b'{"level": "none"}', "application/json", 422),
        (b"[]", "application/json", 422),
        (b"\xff\xfe", "application/json", 422),
    ],
)
def test_what_is_no_reason_is_refused(api: Served, journal: Journal, body: bytes, kind: str, status: int) -> None:
    answer = api.ask("POST", "/stop", Scope.STOP, content=body, headers={"Content-Type": kind})
    assert answer.status_code == status
    assert answer.json().keys() == {"error"}
    assert journal.stop() is None


@pytest.mark.parametrize("said", ["a\nb", "a\x9bb", "a\x85 b", "a\u2028b", "a\u202eb", " a \r\n\t b\x00"])
def test_a_reason_that_is_no_line_stops_all_the_same(api: Served, journal: Journal, said: str) -> None:
    assert api.ask("POST", "/stop", Scope.STOP, json={"reason": said}).json()["stopped"]
    flag = journal.stop()
    assert flag is not None
    assert flag.reason == "a b"


def test_a_stop_without_a_body_stops(api: Served, journal: Journal) -> None:
    assert api.ask("POST", "/stop", Scope.STOP).json()["stopped"]
    flag = journal.stop()
    assert flag is not None
    assert (flag.reason, flag.who) == ("no reason was given", "api: stop token at 127.0.0.1")


def test_too_many_requests_are_refused_but_never_a_stop(journal: Journal) -> None:
    with served(parts_of(build_desk(), journal, config(reads_per_minute=3, writes_per_minute=2))) as api:
        reads = [api.ask("GET", "/health").status_code for _ in range(5)]
        assert [one == 429 for one in reads] == [False] * 3 + [True] * 2
        writes = [api.ask("POST", "/params/revert", Scope.RESUME, json={"why": "x"}).status_code for _ in range(4)]
        assert writes == [409, 409, 429, 429]
        wrong = [api.ask("POST", "/stop", NOBODY).status_code for _ in range(WRONG_PER_MINUTE + 5)]
        assert wrong == [401, 401, *[429] * (WRONG_PER_MINUTE + 3)]
        assert api.ask("GET", "/health", None).status_code == 200
        stops = [api.ask("POST", "/stop", Scope.STOP).status_code for _ in range(6)]
        assert stops == [200] * 6
        assert api.ask("POST", "/flatten", Scope.STOP).status_code == 200
        assert sum(one["times"] for one in refused(api, journal)) == 2 + 2 + len(wrong)


def test_every_answer_has_the_headers_of_a_private_page(api: Served) -> None:
    for path, scope in (("/risk", Scope.WATCH), ("/risk", None), ("/nothing", Scope.WATCH), ("/health", None)):
        found = api.ask("GET", path, scope).headers
        assert found["cache-control"] == "no-store"
        assert found["x-content-type-options"] == "nosniff"
        assert "frame-ancestors 'none'" in found["content-security-policy"]
        assert "unsafe" not in found["content-security-policy"]
        assert "server" not in found or "uvicorn" not in found["server"]


def test_an_unknown_path_tells_a_stranger_nothing(api: Served) -> None:
    unknown, known = (api.ask("GET", path, None) for path in ("/nothing-of-that-name", "/risk"))
    assert (unknown.status_code, unknown.text) == (known.status_code, known.text) == (401, known.text)
    assert api.ask("GET", "/nothing-of-that-name").status_code == 404
    assert api.ask("GET", "/docs").status_code == 404
    page = api.ask("GET", "/", None, headers={"Accept": "text/html"}, follow_redirects=False)
    assert (page.status_code, page.headers["location"]) == (303, "/sign-in")


# -- browsers


@contextmanager
def browser(api: Served, scope: Scope) -> Iterator[tuple[httpx.Client, str]]:
    """One that is signed in, and what its writes have to carry."""
    with httpx.Client(base_url=api.url, headers={"Origin": api.url}, trust_env=False, timeout=30) as client:
        answer = client.post("/sign-in", json={"token": TOKENS[scope]})
        assert answer.status_code == 200, answer.text
        said = answer.headers["set-cookie"].lower()
        assert all(one in said for one in ("httponly", "samesite=strict", "path=/", "max-age=3600"))
        yield client, answer.json()["csrf"]


def test_a_browser_watches_by_its_cookie_and_writes_with_its_other_token(api: Served, journal: Journal) -> None:
    with browser(api, Scope.STOP) as (client, csrf):
        assert client.get("/regime").status_code == 200
        assert client.post("/stop").status_code == 403
        assert client.post("/stop", headers={"X-CSRF-Token": csrf + "x"}).status_code == 403
        assert client.post("/stop", data={"csrf": "no", "reason": "form"}).status_code == 403
        assert journal.stop() is None
        assert {one["why"] for one in refused(api, journal)} == {"no csrf token"}
        assert client.post("/resume/look", headers={"X-CSRF-Token": csrf}, json={"why": "x"}).status_code == 403
        assert client.post("/stop", headers={"X-CSRF-Token": csrf}).status_code == 200
        assert client.post("/stop", data={"csrf": csrf, "reason": "form"}).status_code == 200
        assert client.post("/sign-out", headers={"X-CSRF-Token": csrf}).status_code == 200
        assert client.get("/regime").status_code == 401
    acts = AuditLog(journal.engine).entries([AuditKind.STOPPED])
    assert [one.who for one in acts] == ["api: browser (stop, watch) at 127.0.0.1"]


def test_a_second_token_is_added_to_what_a_browser_may(api: Served) -> None:
    with browser(api, Scope.STOP) as (client, _):
        before = client.cookies[COOKIE]
        answer = client.post("/sign-in", json={"token": TOKENS[Scope.RESUME]})
        assert answer.json()["scopes"] == ["resume", "stop", "watch"]
        assert client.cookies[COOKIE] != before
        old = {COOKIE: before}
    assert httpx.get(f"{api.url}/regime", cookies=old, trust_env=False).status_code == 401


@pytest.mark.parametrize("token", [NOBODY, TOKENS[Scope.NOTIFY], "x"])
def test_no_browser_signs_in_with_another_token(api: Served, journal: Journal, token: str) -> None:
    answer = api.ask("POST", "/sign-in", None, json={"token": token})
    assert answer.status_code == 401
    assert "set-cookie" not in answer.headers
    assert token not in answer.text or len(token) < 6
    assert [one["asked"] for one in refused(api, journal)] == ["POST /sign-in"]


def test_a_form_leads_on_to_the_dashboard(api: Served) -> None:
    answer = api.ask("POST", "/sign-in", None, data={"token": TOKENS[Scope.WATCH]}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")


# -- events


def test_an_event_comes_soon_after_the_journal_has_changed_and_the_end_is_clean(journal: Journal) -> None:
    with served(parts_of(build_desk(), journal, config())) as api:
        timeout = httpx.Timeout(60)
        with httpx.stream(
            "GET", f"{api.url}/events", headers=bearer(Scope.WATCH), timeout=timeout, trust_env=False
        ) as stream:
            lines = stream.iter_lines()
            assert stream.headers["content-type"].startswith("text/event-stream")
            assert _event(lines)[0] == "overview"
            _event(lines)  # what was not known before anybody listened
            journal.raise_alert("a key", "warning", "a text", 1)
            name, said = _event(lines)
            assert name == "overview"
            assert "alerts" in said["changed"]
            api.app.state.pulse.end()
            assert list(lines) == []


def _event(lines: Iterator[str]) -> tuple[str, dict[str, Any]]:
    name, data = next(lines), next(lines)
    assert next(lines) == ""
    return name.removeprefix("event: "), json.loads(data.removeprefix("data: "))


def test_a_stream_ends_when_its_browser_signs_out(api: Served) -> None:
    api.app.state.pulse.heartbeat = 0.2
    with browser(api, Scope.WATCH) as (client, csrf), client.stream("GET", "/events") as stream:
        lines = stream.iter_lines()
        assert _event(lines)[0] == "overview"
        with httpx.Client(cookies=client.cookies, trust_env=False) as other:
            assert other.post(f"{api.url}/sign-out", headers={"X-CSRF-Token": csrf}).status_code == 200
        assert len(list(lines)) <= 9


def test_a_flood_of_alerts_is_taken_whole(journal: Journal) -> None:
    """Alertmanager drops what it is refused: a whole universe that is late at once, and every rule that fires."""
    with served(parts_of(build_desk(), journal, config(body_bytes=65536, writes_per_minute=20))) as api:
        late = [handed("BarsLate", symbol=f"S{k}/USDT") for k in range(500)]
        bodies = [late, *([handed(f"Rule{k}")] for k in range(30))]
        answers = [api.ask("POST", "/alertmanager", Scope.NOTIFY, json={"alerts": one}) for one in bodies]
        assert {one.status_code for one in answers} == {200}
        assert len(AlertLog(journal.engine).alerts(1000)) == 530
        long = b'{"alerts": [' + b" " * NOTIFY_BYTES + b"]}"
        kind = {"Content-Type": "application/json"}
        assert api.ask("POST", "/alertmanager", Scope.NOTIFY, content=long, headers=kind).status_code == 413
        assert api.ask("POST", "/alertmanager", Scope.WATCH, content=late_bytes(late), headers=kind).status_code == 403


def handed(name: str, **labels: str) -> dict[str, Any]:
    """As Alertmanager writes one alert of ours."""
    source = "http://keel.example:9090/graph?g0.expr=" + "x" * 200 + "&g0.tab=1"
    return {
        "status": "firing",
        "labels": {"alertname": name, "severity": "error", "timeframe": "1h", "venue": "binance", **labels},
        "annotations": {"summary": f"{name}: the newest bar closed 3721 s ago", "runbook": "docs/runbook.md#bars-late"},
        "startsAt": "2026-03-02T11:59:00.123456789Z",
        "endsAt": "0001-01-01T00:00:00Z",
        "generatorURL": source,
        "fingerprint": "0123456789abcdef",
    }


def late_bytes(alerts: list[dict[str, Any]]) -> bytes:
    return json.dumps({"alerts": alerts}).encode()
