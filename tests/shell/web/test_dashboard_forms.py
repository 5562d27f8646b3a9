"""The forms of the dashboard without JavaScript, as a browser sends them, by a server that runs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import httpx
import pytest
from served_api import TOKENS, config, parts_of, served
from shown_overview import stopped_overview

from data.journal import Journal
from models.types import BadInput, Refused
from tasks.bootstrap import build_desk, build_journal
from tasks.session.overview import Overview
from tasks.web.answers import Acted, Done, Recovering, RecoveryStep, Resumed
from tasks.web.scopes import Scope

pytestmark = pytest.mark.monitoring

HOSTILE = "<script>alert(1)</script>"
STEP = RecoveryStep(1, "cause", True, ("a person",), "")


@dataclass
class Acts:
    """Notes what was asked, and answers as it is told to."""

    asked: list[tuple[Any, ...]] = field(default_factory=list)
    stopped: bool = True
    trouble: Exception | None = None

    def stop(self, reason: str, who: str) -> Acted:
        self.asked.append(("stop", reason, who))
        parts = (Done("file", True, "written"), Done("journal", self.stopped, HOSTILE))
        return Acted(self.stopped, self.stopped, "pause", reason, who, "paper", parts, ("d0-1",), ("d0-2",))

    def flatten(self, reason: str, who: str) -> Acted:
        return replace(self.stop(reason, who), sold=("d0-3",), level="flatten")

    def look_before_resuming(self, why: str) -> Recovering:
        self.asked.append(("look", why))
        self.fail()
        steps = (STEP, RecoveryStep(2, "positions", False, ("0.5 too much",), "reconcile"))
        return Recovering(True, steps, "RESUME paper", "shown-1")

    def resume(self, why: str, shown: str, phrase: str, reviewed: bool, who: str) -> Resumed:
        self.asked.append(("resume", why, shown, phrase, reviewed))
        self.fail()
        return Resumed(False, True, "flag", "paper", (STEP,))

    def acknowledge(self, name: str, who: str, note: str) -> Any:
        self.asked.append(("acknowledge", name, note))
        self.fail()
        return replace(stopped_overview().alerts[0], id=name, acknowledged_by=who, note=note)

    def fail(self) -> None:
        if self.trouble is not None:
            raise self.trouble


@dataclass
class Looks:
    """A lookout of one overview, or of none."""

    trouble: Exception | None = None

    def look(self) -> Overview:
        if self.trouble is not None:
            raise self.trouble
        return stopped_overview()

    def revision(self) -> str:
        return "r42"


@dataclass
class Browser:
    client: httpx.Client
    acts: Acts
    looks: Looks

    def sign_in(self, *scopes: Scope) -> None:
        for scope in scopes:
            assert self.client.post("/sign-in", data={"token": TOKENS[scope]}).status_code == 200

    def fill(self, page: str, **fields: str) -> httpx.Response:
        """Open the page and send its (last) form, its hidden fields as they are."""
        return self.send(self.client.get(page).text, **fields)

    def send(self, html: str, **fields: str) -> httpx.Response:
        form = re.findall(r"<form.*?</form>", html, re.DOTALL)[-1]
        action = re.findall(r'action="([^"]+)"', form)[0]
        hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form))
        return self.client.post(action, data=hidden | fields)


@pytest.fixture(scope="module")
def journal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journal]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KEEL_HOME", str(tmp_path_factory.mktemp("home")))
        yield build_journal(build_desk())


@pytest.fixture
def browser(journal: Journal) -> Iterator[Browser]:
    acts, looks = Acts(), Looks()
    parts = replace(parts_of(build_desk(), journal, config(writes_per_minute=3)), acts=acts, lookout=looks)  # type: ignore[arg-type]
    with served(parts) as one, httpx.Client(base_url=one.url, follow_redirects=True, trust_env=False) as client:
        client.headers["Accept"] = "text/html"
        yield Browser(client, acts, looks)


def test_who_is_not_signed_in_is_led_to_the_form(browser: Browser) -> None:
    page = browser.client.get("/")
    assert page.url.path == "/sign-in"
    assert 'name="token"' in page.text
    assert browser.client.get("/static/keel.css").status_code == 200


def test_a_stop_is_asked_twice_with_a_reason_and_told_part_by_part(browser: Browser) -> None:
    browser.sign_in(Scope.STOP)
    assert browser.fill("/act/stop", reason="  ").status_code == 422
    assert browser.acts.asked == []
    done = browser.fill("/act/stop", reason=f"odd fill {HOSTILE}")
    assert done.status_code == 200
    ((act, reason, who),) = browser.acts.asked
    assert (act, reason) == ("stop", f"odd fill {HOSTILE}")
    assert who.startswith("api: browser")
    assert 'data-done="yes"' in done.text
    assert "Order d0-1: withdrawn" in done.text
    assert HOSTILE not in done.text


def test_a_stop_that_failed_says_so(browser: Browser) -> None:
    browser.sign_in(Scope.STOP)
    browser.acts.stopped = False
    done = browser.fill("/act/flatten", reason="now")
    assert done.status_code == 503
    assert "Not everything is done" in done.text
    assert 'data-done="no"' in done.text


def test_a_stop_is_never_refused_for_want_of_room(browser: Browser) -> None:
    browser.sign_in(Scope.STOP)
    answers = [browser.fill("/act/stop", reason=f"try {k}").status_code for k in range(8)]
    assert answers == [200] * 8
    notes = [browser.send(browser.client.get("/").text, note="x").status_code for _ in range(5)]
    assert 429 in notes


def test_without_the_token_of_the_browser_nothing_is_done(browser: Browser) -> None:
    browser.sign_in(Scope.STOP)
    assert browser.client.post("/act/stop", data={"reason": "from elsewhere"}).status_code == 403
    assert browser.client.post("/act/stop", data={"reason": "x", "csrf": "guessed"}).status_code == 403
    assert browser.acts.asked == []


def test_who_may_watch_may_not_act(browser: Browser) -> None:
    browser.sign_in(Scope.WATCH)
    page = browser.client.get("/")
    assert "signed in to watch" in page.text
    assert [browser.client.get(f"/act/{one}").status_code for one in ("stop", "flatten", "resume")] == [403] * 3
    assert browser.acts.asked == []


def test_a_resume_shows_what_was_found_before_it_releases_what_was_shown(browser: Browser) -> None:
    browser.sign_in(Scope.RESUME)
    found = browser.fill("/act/resume", reason="was a slow venue")
    assert "0.5 too much" in found.text
    assert "reconcile" in found.text
    done = browser.send(found.text, phrase="RESUME paper", reviewed="yes")
    assert "Trading is resumed" in done.text
    resumed = ("resume", "was a slow venue", "shown-1", "RESUME paper", True)
    assert browser.acts.asked == [("look", "was a slow venue"), resumed]


def test_a_resume_that_is_refused_says_why(browser: Browser) -> None:
    browser.sign_in(Scope.RESUME)
    found = browser.fill("/act/resume", reason="was a slow venue")
    browser.acts.trouble = Refused("another stop stands: look again")
    done = browser.send(found.text, phrase="RESUME paper")
    assert done.status_code == 409
    assert "another stop stands" in done.text
    assert "Trading stays stopped" in done.text


def test_an_alert_that_nobody_knows_is_said(browser: Browser) -> None:
    browser.sign_in(Scope.STOP)
    browser.acts.trouble = BadInput("there is no alert a1b2c3d4e5f6")
    page = browser.client.get("/").text
    form = next(one for one in re.findall(r"<form.*?</form>", page, re.DOTALL) if "/act/acknowledge/" in one)
    done = browser.send(form, note="seen")
    assert done.status_code == 400
    assert "there is no alert" in done.text


def test_where_nothing_can_be_looked_at_a_stop_is_still_offered(browser: Browser) -> None:
    browser.sign_in(Scope.STOP)
    browser.looks.trouble = BadInput(f"conf/local.yaml: {HOSTILE}")
    page = browser.client.get("/")
    assert page.status_code == 400
    assert "cannot be looked at" in page.text
    assert HOSTILE not in page.text
    assert browser.fill("/act/stop", reason="blind").status_code == 200


def test_a_file_is_sent_once(browser: Browser) -> None:
    first = browser.client.get("/static/plotly.js")
    again = browser.client.get("/static/plotly.js", headers={"If-None-Match": first.headers["etag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert browser.client.get("/static/..%2Fapp.py").status_code in (401, 404)


def test_a_wrong_token_gives_the_form_again_with_what_was_wrong(browser: Browser) -> None:
    page = browser.client.post("/sign-in", data={"token": "nobody-has-this-token-0123456789abcdef"})
    assert page.status_code == 401
    assert "This is no token that may watch, stop or resume" in page.text
    assert 'id="token"' in page.text
    assert "nobody-has-this" not in page.text
    assert "set-cookie" not in page.headers
    for _ in range(3):
        page = browser.client.post("/sign-in", data={"token": "another-0123456789abcdef-0123456789"})
    assert page.status_code == 429
    assert "come again in a minute" in page.text
    assert 'id="token"' in page.text


def test_a_form_of_somebody_who_is_no_longer_signed_in_says_that_nothing_was_done(browser: Browser) -> None:
    browser.sign_in(Scope.STOP)
    page = browser.client.get("/act/stop").text
    browser.client.cookies.clear()
    answer = browser.send(page, reason="now")
    assert (answer.status_code, browser.acts.asked) == (401, [])
    assert "Nothing was done" in answer.text
    assert 'id="token"' in answer.text


def test_a_refusal_of_a_form_is_a_page_and_that_of_a_script_is_json(browser: Browser) -> None:
    browser.sign_in(Scope.WATCH)
    page = browser.client.post("/act/stop", data={"reason": "x"})
    assert page.status_code == 403
    assert page.headers["content-type"].startswith("text/html")
    assert 'data-done="no"' in page.text
    script = browser.client.post("/act/stop", data={"reason": "x"}, headers={"Accept": "*/*"})
    assert script.json().keys() == {"error"}


def test_where_a_look_fails_as_nobody_foresaw_a_stop_is_still_offered(browser: Browser) -> None:
    browser.sign_in(Scope.STOP)
    browser.looks.trouble = KeyError("NEW_REASON")
    page = browser.client.get("/")
    assert page.status_code == 500
    assert 'href="/act/stop"' in page.text
    assert "KeyError" in page.text


def test_the_runbook_is_for_those_who_may_watch(browser: Browser) -> None:
    assert browser.client.get("/runbook").url.path == "/sign-in"
    assert browser.client.get("/runbook", headers={"Accept": "*/*"}).status_code == 401
    browser.sign_in(Scope.WATCH)
    assert '<h2 id="feed-down">' in browser.client.get("/runbook").text
