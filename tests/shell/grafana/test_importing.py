"""`keel grafana import`, against a server that is as strict as Grafana: twice the same, and nobody's work is lost."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from grafana_server import ADMIN, EDITOR, VIEWER, GrafanaServer, serving_grafana
from pydantic import SecretStr

from conf.load import load
from models.types import BadInput, Refused, Unavailable
from tasks.adapters.dashboards import FOLDER_UID, Done, Outcome, grafana_at, import_dashboards
from tasks.adapters.dashboards.boards import put_dashboard
from tasks.adapters.dashboards.grafana import LONGEST
from tasks.monitoring.dashboards import DATA_SOURCE_UID, dashboards_json, data_source_json, levels_of

pytestmark = pytest.mark.monitoring
SETTINGS = load().settings
SOURCE = data_source_json(SETTINGS.monitoring.prometheus_url)
BOARDS = dashboards_json(levels_of(SETTINGS))
UIDS = ("edge-risk", "model-router", "keel-execution", "keel-data")
MADE, CHANGED, UNCHANGED, KEPT = Outcome.MADE, Outcome.CHANGED, Outcome.UNCHANGED, Outcome.KEPT


@pytest.fixture
def server() -> Iterator[GrafanaServer]:
    with serving_grafana(GrafanaServer()) as one:
        yield one


def bring(
    server: GrafanaServer, boards: Any = BOARDS, token: str | None = ADMIN, source: Any = SOURCE, **options: bool
) -> list[Done]:
    secret = None if token is None else SecretStr(token)
    with grafana_at(server.url, secret) as grafana:
        return list(import_dashboards(grafana, source, boards, **options))


def outcomes(done: list[Done]) -> list[Outcome]:
    return [one.outcome for one in done]


def renamed(uid: str, title: str) -> list[dict[str, Any]]:
    return [{**one, "title": title} if one["uid"] == uid else one for one in BOARDS]


@pytest.mark.parametrize("lifts", [False, True], ids=["as it was sent", "in a newer schema"])
def test_the_first_run_makes_all_and_the_second_one_writes_nothing(server, lifts) -> None:
    server.lifts = lifts
    assert outcomes(bring(server)) == [MADE] * 6
    assert set(server.boards) == set(UIDS)
    assert {kept.folder for kept in server.boards.values()} == {FOLDER_UID}
    assert set(server.sources) == {DATA_SOURCE_UID}
    server.asked.clear()
    assert outcomes(bring(server)) == [UNCHANGED] * 6
    assert server.written == []
    assert server.history() == dict.fromkeys(UIDS, 1)


@pytest.mark.parametrize("lifts", [False, True], ids=["as it was sent", "in a newer schema"])
def test_what_the_code_changes_is_one_new_version(server, lifts) -> None:
    server.lifts = lifts
    bring(server)
    newer = renamed("edge-risk", "Edge Risk 2")
    assert outcomes(bring(server, newer)) == [UNCHANGED, UNCHANGED, CHANGED, UNCHANGED, UNCHANGED, UNCHANGED]
    assert server.history() == {**dict.fromkeys(UIDS, 1), "edge-risk": 2}
    assert server.boards["edge-risk"].data["title"] == "Edge Risk 2"
    assert outcomes(bring(server, newer)) == [UNCHANGED] * 6


@pytest.mark.parametrize("lifts", [False, True], ids=["as it was sent", "in a newer schema"])
def test_a_persons_change_is_kept_and_named(server, lifts) -> None:
    server.lifts = lifts
    bring(server)
    server.save_by_hand("keel-data", panels=[])
    for boards in (BOARDS, renamed("keel-data", "Data 2")):
        last = bring(server, boards)[-1]
        assert last.outcome is KEPT
        assert last.why is not None
        assert last.why.startswith("changed by hand: version 2 by anna")
        assert "--force" in last.why
    assert server.history()["keel-data"] == 2
    assert server.boards["keel-data"].data["panels"] == []


def test_force_overwrites_a_persons_change_once(server) -> None:
    bring(server)
    server.save_by_hand("keel-data", panels=[])
    assert outcomes(bring(server, force=True))[-1] is CHANGED
    assert server.boards["keel-data"].data["panels"] == BOARDS[-1]["panels"]
    assert outcomes(bring(server, force=True)) == [UNCHANGED] * 6
    assert server.history()["keel-data"] == 3


def test_a_dashboard_that_came_by_hand_but_is_ours_needs_no_new_version(server) -> None:
    bring(server)
    server.save_by_hand("edge-risk")
    assert outcomes(bring(server)) == [UNCHANGED] * 6


def test_a_dashboard_that_a_person_moved_stays_there(server) -> None:
    bring(server)
    server.folders["desk"] = {"uid": "desk", "title": "Desk", "id": 9, "version": 1}
    server.boards["edge-risk"].folder = "desk"
    found = bring(server)[2]
    assert (found.outcome, server.boards["edge-risk"].folder) == (KEPT, "desk")
    assert "another folder (desk)" in str(found.why)
    bring(server, force=True)
    assert server.boards["edge-risk"].folder == FOLDER_UID


@pytest.mark.parametrize("force", [False, True])
def test_who_saves_between_reading_and_writing_is_not_overwritten(server, force) -> None:
    bring(server)
    server.between = lambda: server.save_by_hand("edge-risk", title="Anna's")
    with pytest.raises(Refused, match=r"changed by someone else.*run the import again"):
        bring(server, renamed("edge-risk", "Edge Risk 2"), force=force)
    assert server.boards["edge-risk"].data["title"] == "Anna's"


def test_what_grafana_reads_from_files_is_left_to_the_files(server) -> None:
    bring(server)
    server.boards["edge-risk"].provisioned = True
    server.sources[DATA_SOURCE_UID]["readOnly"] = True
    assert outcomes(bring(server)) == [UNCHANGED] * 6
    other = data_source_json("http://127.0.0.1:9999")
    done = bring(server, renamed("edge-risk", "X"), source=other, force=True)
    assert outcomes(done) == [UNCHANGED, KEPT, KEPT, UNCHANGED, UNCHANGED, UNCHANGED]
    assert all("from a file" in str(one.why) for one in done[1:3])


def test_the_data_source_follows_the_settings_and_keeps_what_a_person_added(server) -> None:
    bring(server)
    kept = server.sources[DATA_SOURCE_UID]
    server.sources[DATA_SOURCE_UID] = {**kept, "name": "Mine", "jsonData": {**kept["jsonData"], "tlsSkipVerify": True}}
    assert outcomes(bring(server))[1] is UNCHANGED
    done = bring(server, source=data_source_json("http://127.0.0.1:9999"))
    assert done[1].outcome is CHANGED
    found = server.sources[DATA_SOURCE_UID]
    assert (found["url"], found["name"], found["version"]) == ("http://127.0.0.1:9999", "Mine", 2)
    assert found["jsonData"]["tlsSkipVerify"] is True


def test_a_dry_run_says_the_same_and_writes_nothing(server) -> None:
    assert outcomes(bring(server, dry=True)) == [MADE] * 6
    assert server.written == []
    bring(server)
    server.asked.clear()
    assert outcomes(bring(server, renamed("edge-risk", "X"), dry=True))[2] is CHANGED
    assert server.written == []


def test_addresses_stand_below_a_sub_path(server) -> None:
    with serving_grafana(GrafanaServer(below="/grafana")) as below:
        first = bring(below)[2]
        assert first.url == f"{below.url}/d/edge-risk/edge-risk"
        assert bring(below)[2].url == first.url


def test_two_dashboards_of_one_title_are_told_where_grafana_forbids_them(server) -> None:
    server.older = True
    bring(server)
    strange = [{**BOARDS[0], "uid": "other"}]
    with pytest.raises(Refused, match="same name in the folder already exists"):
        bring(server, strange)


@pytest.mark.parametrize(
    ("token", "error", "said"),
    [
        (None, Refused, "asks for a token; make a service account"),
        ("glsa_wrong", Refused, "does not know the token; make a service account"),
        (VIEWER, Refused, "the token may not make the folder Keel .*folders:create.*role Admin"),
        (EDITOR, Refused, "the token may not make the data source Keel .*datasources:create.*role Admin"),
    ],
)
def test_a_token_that_may_not_is_told_what_it_lacks(server, token, error, said) -> None:
    with pytest.raises(error, match=said) as raised:
        bring(server, token=token)
    assert token is None or token not in str(raised.value)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"uid": "x" * 41}, "uid too long"),
        ({"uid": "a b"}, "illegal characters"),
        ({"title": " "}, "title cannot be empty"),
        ({"refresh": "1s"}, "refresh interval is too low"),
    ],
)
def test_the_server_is_strict(server, changes, said) -> None:
    with pytest.raises(BadInput, match=said):
        bring(server, [{**BOARDS[0], **changes}])


@pytest.mark.parametrize("version", ["9.5.21", "10.4.19"])
def test_a_grafana_that_is_too_old_is_named(server, version) -> None:
    server.version = version
    with pytest.raises(BadInput, match=rf"found Grafana {version} .* allowed is 11.0 or newer; update it"):
        bring(server)
    assert server.written == []


def test_no_server_is_one_sentence() -> None:
    said = r"does not answer at http://127.0.0.1:1 \(ConnectError\); start it"
    with pytest.raises(Unavailable, match=said), grafana_at("http://127.0.0.1:1", None) as grafana:
        grafana.require_version()


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (httpx.Response(200, text="<html>"), Unavailable, "is not Grafana"),
        (httpx.Response(200, json=[1]), Unavailable, "is not Grafana"),
        (httpx.Response(302, headers={"Location": "https://evil.example/"}), BadInput, "sends one on"),
        (httpx.Response(503, json={"database": "failing"}), Unavailable, "status 503"),
        (httpx.Response(502, text="Bad gateway"), Unavailable, "status 502 .no reason given."),
    ],
)
def test_strange_answers_are_sentences(answer, error, said) -> None:
    asked: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        asked.append(str(request.url))
        return answer

    network = httpx.MockTransport(handle)
    with grafana_at("http://127.0.0.1:3000", SecretStr(ADMIN), network) as grafana, pytest.raises(error, match=said):
        grafana.require_version()
    assert asked == ["http://127.0.0.1:3000/api/health"]


@pytest.mark.parametrize(
    "body",
    [{}, {"dashboard": None, "meta": None}, {"dashboard": {}, "meta": []}, {"dashboard": {}, "meta": {"version": "x"}}],
)
def test_a_dashboard_that_is_none_is_a_sentence(body) -> None:
    network = httpx.MockTransport(lambda _: httpx.Response(200, json=body))
    with grafana_at("http://127.0.0.1:3000", None, network) as grafana, pytest.raises(Unavailable, match="did not say"):
        put_dashboard(grafana, "keel", BOARDS[0], force=True, dry=False)


@pytest.mark.parametrize("text", [b" " * (LONGEST + 1), b"[" * 1_000_000])
def test_an_answer_without_end_is_not_read(text) -> None:
    network = httpx.MockTransport(lambda _: httpx.Response(200, content=iter([text])))
    with grafana_at("http://127.0.0.1:3000", None, network) as grafana, pytest.raises(Unavailable, match="not Grafana"):
        grafana.require_version()


def test_a_token_that_is_said_back_is_not_said_on() -> None:
    def repeat(request: httpx.Request) -> httpx.Response:
        return httpx.Response(400, json={"message": f"found {request.headers['Authorization']}"})

    network = httpx.MockTransport(repeat)
    with grafana_at("http://127.0.0.1:3000", SecretStr(ADMIN), network) as grafana, pytest.raises(BadInput) as raised:
        grafana.require_version()
    assert ADMIN not in str(raised.value)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://grafana.example:3000", "use https"),
        ("ftp://127.0.0.1", "allowed is http://HOST:PORT"),
        ("http://anna:word@127.0.0.1:3000", "with a name in it, allowed is one without"),
        ("127.0.0.1:3000", "allowed is http://HOST:PORT"),
    ],
)
def test_an_address_that_would_show_the_token_is_refused(url, said) -> None:
    with pytest.raises(BadInput, match=said) as raised, grafana_at(url, SecretStr(ADMIN)):
        pass
    assert "word" not in str(raised.value)


def test_the_token_goes_to_grafana_and_into_no_text() -> None:
    heard: list[str] = []

    def handle(request: httpx.Request) -> httpx.Response:
        heard.append(request.headers["Authorization"])
        return httpx.Response(200, json={"database": "ok", "version": "12.1.0"})

    with grafana_at("https://grafana.example", SecretStr(ADMIN), httpx.MockTransport(handle)) as grafana:
        assert ADMIN not in repr(grafana)
        assert grafana.require_version() == "12.1.0"
    assert heard == [f"Bearer {ADMIN}"]
