"""The dashboard in a real browser, beside a paper session that decides the minutes of now."""

import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from browser import Page, chromium_program, opened_page
from page_figures import differs, walked
from processes import eventually
from running_dashboard import Running, running

from data.journal import open_journal
from tasks.adapters.clocks import SystemClock
from tasks.adapters.servers import status
from tasks.bootstrap import build_desk, journal_place
from tasks.session.overview import Lookout, Overview
from tasks.web.dashboard.rendering import NEWEST
from tasks.web.scopes import Scope

pytestmark = [pytest.mark.services, pytest.mark.xdist_group("dashboard")]
HOSTILE = "<script>document.title='owned'</script><img src=x onerror=alert(1)>\"' {{ 7 * 7 }}"
REASON = "the fill of 16:40 has no cause <b>yet</b>"
INSIDE = "document.activeElement === document.body || at('act').contains(document.activeElement)"
FOCUSED = "document.activeElement?.id"
CONTRAST = (Path(__file__).parent.parent / "support" / "contrast.js").read_text()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("dashboard")) as found:
        now = SystemClock().now()
        found.journal.raise_alert("feed kraken", "error", f"kraken does not answer: {HOSTILE}", now)
        found.journal.raise_alert("stale AAA/USDT", "warning", "the newest bar of AAA/USDT is 4 minutes late", now - 1)
        yield found


@pytest.fixture(scope="module")
def page(home: Running, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """Signed in to do everything, with what the browser says about itself."""
    with opened_page(chromium_program(), tmp_path_factory.mktemp("browser")) as page:
        for domain in ("Log", "Runtime", "Network", "Page"):
            page.ask(f"{domain}.enable")
        home.sign_in(page, Scope.STOP, Scope.RESUME)
        page.wait("document.getElementById('live').dataset.state === 'live'")
        yield page


@pytest.fixture(scope="module")
def own(home: Running) -> Iterator[Lookout]:
    """A look of the test's own at the same home."""
    with pytest.MonkeyPatch.context() as patch:
        for name, text in home.settings.items():
            patch.setenv(name, text)
        desk, journal = build_desk(), open_journal(journal_place(home.made.home))
        yield Lookout(lambda: desk, lambda: journal, lambda: status(home.made.home))


def open_board(page: Page, home: Running) -> None:
    page.ask("Page.navigate", url=home.url)
    page.wait("document.getElementById('live')?.dataset.state === 'live'")


def rows(home: Running, query: str) -> list[tuple[Any, ...]]:
    """Of the journal's file, read by nothing of ours."""
    with sqlite3.connect(f"file:{journal_place(home.made.home).file}?mode=ro", uri=True) as connection:
        return connection.execute(query).fetchall()


def test_every_figure_is_the_overviews(page: Page, own: Lookout) -> None:
    found: list[str] = ["never looked"]
    # The page and this test keep what they found about the stage for a minute each, from a moment of their own.
    for _ in range(80):
        page.value("look()")
        time.sleep(1.5)
        revision, figures, others = walked(page)
        seen = own.look()
        found = [one for one in (differs(figure, roots(seen), 8.0) for figure in figures if figure.path != "at") if one]
        assert others == [], "figures without a data-field"
        if seen.revision == revision and not found:
            break
    assert found == []
    assert seen.revision == revision
    paths = {one.path.partition("|")[0] for one in figures}
    assert {"equity", "regimes", "in_charge", "holdings", "earned", "limits", "decisions", "orders"} <= paths
    assert len(figures) > 300


def roots(seen: Overview) -> dict[str, object]:
    newest = list(range(max(0, len(seen.curve.at) - NEWEST), len(seen.curve.at)))
    return {**{one.name: getattr(seen, one.name) for one in fields(seen)}, "newest": newest}


def test_what_it_shows_is_in_the_journals_own_rows(page: Page, home: Running) -> None:
    decided = page.value("[...document.querySelectorAll('[data-decision]')].map(e => e.dataset.decision)")
    newest = [one for (one,) in rows(home, "SELECT id FROM decisions ORDER BY bar DESC LIMIT 20")]
    assert set(decided) <= set(newest) | {one for (one,) in rows(home, "SELECT id FROM decisions")}
    assert set(newest[2:]) <= set(decided)
    states = dict(rows(home, "SELECT state, count(*) FROM wire_orders GROUP BY state"))
    shown = page.value(
        "Object.fromEntries([...document.querySelectorAll('[data-field^=\"order_states|\"]')]"
        ".map(e => [e.dataset.field.split('|')[1], Number(e.textContent)]))"
    )
    assert shown == states
    kept = json.loads(rows(home, "SELECT state_after FROM decisions ORDER BY bar DESC LIMIT 1")[0][0])
    held = {
        (system, symbol): figures[0] for system, each in kept["positions"].items() for symbol, figures in each.items()
    }
    table = page.value(
        "[...document.querySelectorAll('#positions-table tbody tr')].map(r => [r.children[1].textContent, "
        "r.children[0].textContent, Number(r.children[3].textContent.replaceAll(',', ''))])"
    )
    assert table
    for system, symbol, quantity in table:
        assert quantity == pytest.approx(held[system.lower(), symbol])


def test_hostile_text_is_text(page: Page) -> None:
    assert HOSTILE in page.value("document.getElementById('alerts').textContent")
    assert page.value("document.title").startswith("Keel:")
    assert page.value("document.querySelectorAll('#board img, #board script:not([type])').length") == 0


def test_an_alert_is_acknowledged_by_its_form(page: Page, home: Running) -> None:
    page.value("document.querySelector('#alerts details:not(#alerts-seen) summary').click()")
    page.value("document.querySelector('#alerts input[name=note]').focus()")
    page.write(HOSTILE)
    page.key("Enter")
    page.wait("document.querySelector('#alerts-seen') !== null")
    page.value("document.querySelector('#alerts-seen summary').click()")
    assert HOSTILE in page.value("document.querySelector('#alerts-closed').textContent")
    noted = rows(home, "SELECT note FROM alerts_outbox WHERE acknowledged_at IS NOT NULL")
    assert noted == [(HOSTILE,)]


def test_one_decision_is_readable_in_full(page: Page, home: Running) -> None:
    newest = rows(home, "SELECT id FROM decisions ORDER BY bar DESC LIMIT 1")[0][0]
    page.ask("Page.navigate", url=f"{home.url}/why/{newest}")
    page.wait(f"document.querySelector('h1')?.textContent.includes('{newest}')")
    text = page.value("document.body.innerText")
    for part in ("Who was in charge", "AAA/USDT", "Configuration version", "Everything that the journal has of it"):
        assert part in text
    assert "state_after" not in text, "rows are for those who open them"
    whole = page.value("document.body.textContent")
    for part in ("Decision", "Routes", "state_after", "momentum"):
        assert part.casefold() in whole.casefold()
    assert page.value(CONTRAST) == []
    open_board(page, home)


def test_a_keyboard_alone_stops_trading_and_the_session_opens_nothing_more(page: Page, home: Running) -> None:
    open_board(page, home)
    passed = tab_to(page, "act-stop")
    assert len(passed) < 12
    page.key("Enter")
    page.wait(f"document.getElementById('act').open && {FOCUSED} === 'reason'")
    for _ in range(8):
        page.key("Tab")
        assert page.value(INSIDE)
    page.key("Escape")
    page.wait(f"!document.getElementById('act').open && {FOCUSED} === 'act-stop'")
    assert not (home.made.home / "state" / "STOP").exists()
    page.key("Enter")
    page.wait(f"document.getElementById('act').open && {FOCUSED} === 'reason'")
    page.write(REASON)
    page.key("Enter")
    page.wait("document.querySelector('#act-body [data-done]')?.dataset.done === 'yes'")
    said = page.value("document.getElementById('act-body').textContent")
    assert "Trading is stopped" in said
    ((reason, level, who),) = rows(home, "SELECT reason, level, who FROM control WHERE flag = 'stop'")
    assert (reason, level) == (REASON, "PAUSE")
    assert who.startswith("api: browser")
    page.key("Enter")
    page.wait("!document.getElementById('act').open && document.getElementById('now').classList.contains('stopped')")
    assert REASON in page.value("document.getElementById('now').textContent")
    assert page.value("document.getElementById('said-now').textContent") == "Trading is stopped."
    assert page.value("document.title").startswith("Stopped:")


def tab_to(page: Page, name: str) -> list[str]:
    """Tab until the element has the focus; what had it before."""
    passed: list[str] = []
    while page.value(FOCUSED) != name:
        page.key("Tab")
        passed.append(page.value(f"{FOCUSED} || document.activeElement.textContent"))
        assert len(passed) < 60, passed
    return passed


def fill_in(page: Page, act: str, reason: str) -> None:
    """Open the form of the act, and send it with the reason."""
    page.value(f"document.getElementById('act-{act}').click()")
    page.wait(f"document.getElementById('act').open && {FOCUSED} === 'reason'")
    page.write(reason)
    page.key("Enter")


def test_everything_is_sold_by_the_page(page: Page, home: Running) -> None:
    """The session does it with its next decision, which the tests further below wait for."""
    fill_in(page, "flatten", "the fill of 16:40 was a fault")
    page.wait("!!document.querySelector('#act-body [data-done]')", seconds=40)
    said = page.value("document.getElementById('act-body').textContent")
    assert page.value("document.querySelector('#act-body [data-done]').dataset.done") == "yes", said
    assert "everything is being sold" in said
    assert rows(home, "SELECT level FROM control WHERE flag = 'stop'") == [("FLATTEN",)]
    page.key("Enter")
    page.wait("!document.getElementById('act').open")


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_every_text_is_legible_on_what_is_behind_it(page: Page, home: Running, mode: str) -> None:
    open_board(page, home)
    page.look_like(1176, 1000, mode)
    page.wait(f"matchMedia('(prefers-color-scheme: {mode})').matches")
    assert page.value(CONTRAST) == []


@pytest.mark.parametrize("width", [320, 390, 768, 1176, 1440])
def test_the_page_scrolls_down_only(page: Page, width: int) -> None:
    page.look_like(width, 900, "light")
    time.sleep(0.5)
    assert page.value("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1176, 1440])
def test_pictures_for_a_person_to_look_at(page: Page, home: Running, tmp_path: Path, width: int, mode: str) -> None:
    page.look_like(width, 900, mode)
    open_board(page, home)
    page.look_like(width, page.value("document.documentElement.scrollHeight"), mode)
    page.wait("document.querySelectorAll('#chart .scatterlayer .js-line').length === 2")
    time.sleep(0.5)
    drawn = page.screenshot(tmp_path / f"dashboard-{width}-{mode}.png")
    assert drawn.shape[1] == width
    is_dark = drawn.mean() < 128
    assert is_dark == (mode == "dark")


def test_the_mode_that_a_person_chose_stays(page: Page, home: Running) -> None:
    page.look_like(1176, 900, "light")
    page.value("document.getElementById('mode').click()")
    dark = page.value("getComputedStyle(document.body).backgroundColor")
    open_board(page, home)
    assert page.value("getComputedStyle(document.body).backgroundColor") == dark
    page.value("document.getElementById('mode').click()")
    assert page.value("getComputedStyle(document.body).backgroundColor") != dark


def test_a_connection_that_is_lost_is_said(page: Page) -> None:
    page.ask("Network.emulateNetworkConditions", offline=True, latency=0, downloadThroughput=0, uploadThroughput=0)
    try:
        page.wait("!document.getElementById('lost').hidden", seconds=60)
        assert "may be wrong" in page.value("document.getElementById('lost').textContent")
    finally:
        page.ask(
            "Network.emulateNetworkConditions", offline=False, latency=0, downloadThroughput=-1, uploadThroughput=-1
        )
    page.wait("document.getElementById('lost').hidden", seconds=60)


def test_the_next_decided_bar_comes_onto_the_page_and_opens_nothing(page: Page, home: Running) -> None:
    newest = "SELECT id, strftime('%s', 'now') FROM decisions ORDER BY bar DESC LIMIT 1"
    before = rows(home, newest)[0][0]
    eventually(lambda: rows(home, newest)[0][0] != before, seconds=130)
    after = rows(home, newest)[0][0]
    page.wait(f"!!document.querySelector('[data-decision=\"{after}\"]')")
    wanted = [one for one in rows(home, "SELECT reason, decision_id FROM intents") if one[1] == after]
    assert not [one for one, _ in wanted if str(one).casefold().startswith(("enter", "add"))], wanted


def test_what_was_held_is_sold(home: Running) -> None:
    """By an order for all of it; how much a bar's volume can fill is the broker's affair."""
    ((decision, quantity),) = rows(
        home, "SELECT decision_id, CAST(quantity AS REAL) FROM intents WHERE reason = 'EXIT_FLATTEN'"
    )
    kept = dict(rows(home, "SELECT id, state_after FROM decisions"))[decision]
    held = [row[0] for each in json.loads(kept)["positions"].values() for row in each.values()]
    assert quantity == pytest.approx(-sum(held)) != 0.0


def test_trading_is_resumed_by_the_page_after_a_look(page: Page, home: Running) -> None:
    fill_in(page, "resume", "the fill was a test of ours")
    page.wait("!!document.getElementById('phrase')", seconds=40)
    assert rows(home, "SELECT count(*) FROM control WHERE flag = 'stop'") == [(1,)], "a look releases nothing"
    phrase = page.value("document.querySelector('label[for=phrase] strong').textContent")
    page.value("document.getElementById('reviewed').click()")
    page.value("document.getElementById('phrase').focus()")
    page.write(phrase)
    page.key("Enter")
    page.wait("!!document.querySelector('#act-body [data-done]')", seconds=40)
    assert "Trading is resumed" in page.value("document.getElementById('act-body').textContent")
    assert rows(home, "SELECT count(*) FROM control WHERE flag = 'stop'") == [(0,)]
    assert not (home.made.home / "state" / "STOP").exists()
    page.value("document.querySelector('#act-body [data-close]').click()")
    page.wait("!document.getElementById('now').classList.contains('stopped')")


def test_nothing_was_complained_about_and_nobody_else_was_asked(page: Page, home: Running) -> None:
    page.value("1")
    asked = {one["params"]["request"]["url"] for one in page.heard if one["method"] == "Network.requestWillBeSent"}
    assert asked
    assert {url for url in asked if not url.startswith((home.url, "data:"))} == set()
    said = [one["params"] for one in page.heard if one["method"] == "Runtime.exceptionThrown"]
    said += [
        one["params"]["entry"]
        for one in page.heard
        if one["method"] == "Log.entryAdded"
        and one["params"]["entry"]["level"] in ("warning", "error")
        and "ERR_INTERNET_DISCONNECTED" not in one["params"]["entry"]["text"]
    ]
    assert said == []


def test_without_javascript_a_person_signs_in_and_stops(page: Page, home: Running) -> None:
    page.ask("Network.clearBrowserCookies")
    page.ask("Emulation.setScriptExecutionDisabled", value=True)
    page.ask("Page.navigate", url=home.url)
    page.wait("location.pathname === '/sign-in' && !!document.getElementById('token')")
    page.value("document.getElementById('token').focus()")
    page.write("nobody-has-this-token-0123456789abcdef")
    page.key("Enter")
    page.wait("!!document.querySelector('.lost[role=alert]')")
    assert "no token" in page.value("document.body.innerText")
    page.value("document.getElementById('token').focus()")
    page.write(home.tokens[Scope.STOP])
    page.key("Enter")
    page.wait("!!document.getElementById('act-stop')")
    assert page.value("document.getElementById('live').dataset.state") == "still", "no script has run"
    page.value("document.getElementById('act-stop').focus()")
    page.key("Enter")
    page.wait("location.pathname === '/act/stop' && !!document.getElementById('reason')")
    page.value("document.getElementById('reason').focus()")
    page.write("without scripts")
    page.key("Enter")
    page.wait("!!document.querySelector('#act-body [data-done]')")
    assert "Trading is stopped" in page.value("document.body.innerText")
    assert rows(home, "SELECT reason, level FROM control WHERE flag = 'stop'") == [("without scripts", "PAUSE")]
