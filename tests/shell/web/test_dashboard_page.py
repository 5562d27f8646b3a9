"""The dashboard's HTML from an overview by hand: every value is on it, every gap says why, and no text is markup."""

import re
from dataclasses import dataclass, fields, is_dataclass, replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from markupsafe import Markup
from page_figures import Shown, at_path, differs
from shown_overview import decided, empty_overview, iso_before, shown_overview, stopped_overview

from models.types import Unavailable
from models.types.alerts import KINDS
from tasks.session.overview import Explained, Overview, Part
from tasks.web.dashboard.acting import ACTS, Done
from tasks.web.dashboard.assets import PLOTLY, asset
from tasks.web.dashboard.rendering import (
    SECTIONS,
    act_page,
    board_part,
    dashboard_page,
    done_page,
    runbook_page,
    sign_in_page,
    why_page,
)
from tasks.web.dashboard.runbook import as_html, runbook_text

pytestmark = pytest.mark.monitoring

HOSTILE = "<script>alert(1)</script><img src=x onerror='alert(2)'>\"{{ 7 * 7 }}"


@dataclass(frozen=True)
class Viewer:
    scopes: frozenset[str] = frozenset({"watch", "stop", "resume"})
    csrf: str = "of-this-browser"


class Fields(HTMLParser):
    """Figures with their paths, tags in order, and whatever else is text."""

    def __init__(self) -> None:
        super().__init__()
        self.figures: list[Shown] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[Any] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if tag == "span":
            self._open.append([found.get("data-field"), found.get("data-kind"), ""])

    def handle_endtag(self, tag: str) -> None:
        if tag == "span":
            path, kind, text = self._open.pop()
            if path is not None:
                self.figures.append(Shown(path, kind, text))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)
        for one in self._open:
            one[2] += data


def read(html: str) -> Fields:
    found = Fields()
    found.feed(html)
    return found


def page(seen: Overview, viewer: Viewer = Viewer()) -> Fields:
    return read(dashboard_page(seen, viewer, "auto"))


def roots(seen: Overview) -> dict[str, object]:
    return {one.name: getattr(seen, one.name) for one in fields(seen)} | {"newest": range(20)}


@pytest.mark.parametrize("make", [shown_overview, stopped_overview, empty_overview])
def test_every_figure_is_what_stands_at_its_path(make: Any) -> None:
    seen = make()
    found = page(seen)
    assert [one for one in (differs(figure, roots(seen)) for figure in found.figures) if one is not None] == []


COLUMNS = {
    "charge": {"Symbol": "symbol", "System": "system", "Active specialist": "specialist", "Expected edge": "edge_bps"},
    "limits": {"Used": "used", "Found": "found", "Allowed": "limit"},
    "positions": {
        "Symbol": "symbol", "System": "system", "Specialist": "specialist", "Quantity": "quantity",
        "Waiting": "ordered", "Entry": "entry", "Price": "price", "Value, ": "value",
        "Open profit": "profit", "Stop": "stop", "Target": "target", "Value at risk": "var",
    },
    "earned-regime": {
        "Regime": "name", "Closed trades": "trades", "Won": "win_rate", "Profit": "profit", "Costs": "costs",
        "Open": "unrealised",
    },
    "orders": {
        "Changed": "updated_at", "State": "state", "Symbol": "symbol", "Side": "side", "For": "role", "Kind": "kind",
        "Venue": "venue", "Quantity": "quantity", "Filled": "filled", "Limit": "limit", "Stop": "stop", "Why": "why",
    },
}  # fmt: skip


@pytest.mark.parametrize("name", COLUMNS)
def test_each_column_has_what_its_head_says(name: str) -> None:
    html = dashboard_page(shown_overview(), Viewer(), "auto")
    table = re.findall(rf'<table id="{name}-table">.*?</table>', html, re.DOTALL)[0]
    head, body = table.split("</thead>")
    heads = [re.sub(r"<[^>]+>", "", one) for one in re.findall(r"<th .*?</th>", head, re.DOTALL)]
    rows = [re.findall(r"<t[hd].*?</t[hd]>", row, re.DOTALL) for row in re.findall(r"<tr.*?</tr>", body, re.DOTALL)]
    assert rows
    for label, field in COLUMNS[name].items():
        (place,) = [k for k, one in enumerate(heads) if one.startswith(label)]
        found = [re.findall(r'data-field="[^"]*\|(\w+)"', row[place])[:1] for row in rows]
        assert [field] in found
        assert all(one in ([field], []) for one in found)


# What names a thing to machines, what the page says in other words, and the points of the curve.
UNSHOWN = {
    "revision", "binds", "id", "cid", "parent", "book", "reason", "bound", "created_at", "curve", "of", "url",
    "required", "ok", "passed", "band", "source", "edges_bps", "used", "missing", "stopped",
    "limits|name", "decisions|regimes",
}  # fmt: skip


def test_every_value_of_the_overview_is_somewhere() -> None:
    seen = stopped_overview()
    shown = {one.path for one in page(seen).figures}
    lacking = [path for path in paths(seen) if path not in shown]
    assert lacking == []


def paths(value: Any, path: str = "") -> list[str]:
    if is_dataclass(value):
        return [
            one
            for each in fields(value)
            if each.name not in UNSHOWN and f"{path.partition('|')[0]}|{each.name}" not in UNSHOWN
            for one in paths(getattr(value, each.name), f"{path}|{each.name}".strip("|"))
        ]
    if isinstance(value, tuple):
        return [one for k, each in enumerate(value) for one in paths(each, f"{path}|{k}")]
    if isinstance(value, dict):
        return [f"{path}|{key}" for key in value]
    return [] if value is None or value == "" or isinstance(value, bool) else [path]


def test_each_part_that_cannot_be_shown_says_why_and_claims_nothing_else() -> None:
    claimed = {part for parts in SECTIONS.values() for part in parts}
    missing = {part: f"why not {part}" for part in (*claimed, "something new", "journal")}
    found = page(replace(empty_overview(), missing=missing))
    said = {one.path for one in found.figures}
    assert {f"missing|{part}" for part in missing} <= said
    assert not [tag for tag in found.tags if "empty" in (tag[1].get("class") or "").split()]


def test_a_book_in_which_nothing_was_done_says_so_in_sentences() -> None:
    found = " ".join(page(replace(empty_overview(), missing={})).texts)
    for sentence in ("all of it is cash", "No alert was raised", "Nothing was decided yet", "No order was sent yet"):
        assert sentence in found
    assert "no specialist passed, it holds cash" in " ".join(page(shown_overview()).texts)


def test_text_of_others_is_text_wherever_it_comes() -> None:
    found = read(dashboard_page(poisoned(shown_overview()), Viewer(), "auto"))
    clean = page(shown_overview())
    count = lambda page, name: sum(tag == name for tag, _ in page.tags)  # noqa: E731
    assert count(found, "img") == 0
    assert count(found, "script") == count(clean, "script")
    assert not [attrs for _, attrs in found.tags if any(name.startswith("on") for name in attrs)]
    assert not [attrs for _, attrs in found.tags if "javascript:" in str(attrs.get("href"))]
    assert "49" not in {one.text for one in found.figures}


def poisoned(value: Any) -> Any:
    """The same with hostile text in every text that is no moment and no name of ours."""
    if is_dataclass(value):
        kept = ("at", "revision", "id", "regime", "severity", "of", "bar", "quantity", "filled", "limit", "stop")
        names = [one.name for one in fields(value) if one.name not in kept and not one.name.endswith(("_at", "since"))]
        names = [one for one in names if one not in ("curve", "newest")]
        found = {name: poisoned(getattr(value, name)) for name in names}
        if "url" in found and found["url"] is not None:
            found["url"] = "javascript:alert(1)"
        return replace(value, **found)
    if isinstance(value, tuple):
        return tuple(poisoned(one) for one in value)
    if isinstance(value, dict):
        return {key if isinstance(one, int) else HOSTILE: poisoned(one) for key, one in value.items()}
    return HOSTILE if isinstance(value, str) else value


@pytest.mark.parametrize(
    ("scopes", "stops", "resumes", "acknowledges"),
    [
        (("watch",), False, False, False),
        (("watch", "stop"), True, False, True),
        (("watch", "resume"), False, True, True),
        (("watch", "stop", "resume"), True, True, True),
    ],
)
def test_who_may_not_act_is_shown_no_act(scopes: Any, stops: bool, resumes: bool, acknowledges: bool) -> None:
    found = board_part(stopped_overview(), Viewer(frozenset(scopes)))
    assert ('id="act-stop"' in found, 'id="act-resume"' in found) == (stops, resumes)
    assert ("/act/acknowledge/" in found) == acknowledges
    assert 'id="act-resume"' not in board_part(shown_overview(), Viewer())


def test_headings_follow_each_other_and_everything_has_a_name() -> None:
    for html in (
        dashboard_page(shown_overview(), Viewer(), "dark"),
        sign_in_page("", "auto"),
        act_page(ACTS["stop"], (), Viewer(), "auto"),
    ):
        tags = read(html).tags
        levels = [int(tag[1]) for tag, _ in tags if re.fullmatch(r"h[1-6]", tag)]
        assert all(after <= before + 1 for before, after in pairwise(levels))
        assert [attrs["lang"] for tag, attrs in tags if tag == "html"] == ["en"]
        names = [attrs["id"] for _, attrs in tags if "id" in attrs]
        assert len(names) == len(set(names))
        labelled = {attrs.get("for") for tag, attrs in tags if tag == "label"}
        inputs = [attrs for tag, attrs in tags if tag == "input" and attrs.get("type") not in ("hidden", "checkbox")]
        assert all(attrs["id"] in labelled for attrs in inputs)
        assert all("style" not in attrs for _, attrs in tags)


def test_every_form_that_writes_carries_the_token_of_the_browser() -> None:
    for html in (dashboard_page(stopped_overview(), Viewer(), "auto"), act_page(ACTS["flatten"], (), Viewer(), "auto")):
        forms = re.findall(r"<form.*?</form>", html, re.DOTALL)
        assert forms
        assert all('name="csrf" value="of-this-browser"' in one for one in forms)


def test_the_binding_limit_is_told_in_words() -> None:
    found = board_part(shown_overview(), Viewer())
    assert found.count('<tr class="binds">') == 3
    assert re.findall(r'class="tag">(\w+)<', found) == ["nearest", "nearest", "binds"]


def test_what_an_act_came_to_is_told_part_by_part() -> None:
    found = done_page("Not everything is done", (Done(True, "file"), Done(False, f"journal: {HOSTILE}")), "auto")
    assert 'data-done="no"' in found
    assert "not done" in found
    assert "<script>alert" not in found


def test_plotly_comes_from_this_machine() -> None:
    found = asset(PLOTLY)
    assert found is not None
    assert len(found.body) > 1_000_000
    assert asset("../page.html") is None
    assert asset("nothing.js") is None


def test_the_path_of_a_figure_may_lead_through_keys_of_symbols() -> None:
    assert at_path({"decisions": ({"BTC/USDT:USDT": 3},)}, "decisions|0|BTC/USDT:USDT") == 3


def test_one_decision_is_told_in_sentences_and_shown_to_its_last_leaf() -> None:
    fill = {"cid": "d0-0", "filled_at": iso_before(), "leg": "ENTRY", "quantity": "0.02140", "price": "68121.10"}
    found = {
        "decision": {"inputs": {"BTC/USDT": {"close": 68_120.5, "edge": None}}},
        "intents": [{"cid": "d0-0", "caps": {"KELLY": 1457.8}}],
        "routes": [{"why": HOSTILE}],
        "fills": [{**fill, "fee": "1.4", "realised": None}],
    }
    explained = Explained(
        replace(decided(0), id="d1"), shown_overview().in_charge, (HOSTILE,), {"BTC/USDT": "3f9a21c"}, "c0ffee"
    )
    html = why_page(explained, found, "auto")
    texts = " ".join(" ".join(read(html).texts).split())
    for text in ("Why: decision d1", "close", "68120.5", "not known", "Routes", HOSTILE):
        assert text in texts
    for text in (
        "1 order wanted, 1 refused",
        "Configuration version c0ffee",
        "BTC/USDT (Swing): Trending",
        "model version 3f9a21c",
        "the blended edge pays for the round trip. Edge +14.2 basis points",
        "Size set by position risk: max_position_risk. Each limit by itself would have allowed, in USDT: kelly 1,457.8",
        "Filled at 2026-03-04 17:00:02 (entry): 0.0214 at 68121.1, fee 1.4",
        "Refused: ETH/USDT (Swing): the market moves less",
        "Not wanted: BTC/USDT (Long): what is held",
    ):
        assert text in texts, text
    assert "<img" not in html
    assert html.index("Why not") < html.index("<details"), "rows come after the sentences"


ALERT_OR_LIMIT = [
    ("error", None, 0.5, "look", "Look at the alerts"),
    ("critical", None, 0.5, "look", "Look at the alerts"),
    ("warning", None, 0.5, "well", "All is well"),
    ("critical", iso_before(), 0.5, "well", "All is well"),
    ("info", None, 1.0, "look", "Look at the limits"),
    ("info", None, 0.9999, "well", "All is well"),
    ("info", None, None, "well", "All is well"),
    ("error", None, 1.7, "look", "Look at alerts and limits"),
]


@pytest.mark.parametrize(("severity", "acknowledged", "used", "state", "title"), ALERT_OR_LIMIT)
def test_all_is_well_stands_beside_no_grave_alert_and_no_limit_that_is_used_up(
    severity: str, acknowledged: str | None, used: float | None, state: str, title: str
) -> None:
    seen = shown_overview()
    alert = replace(seen.alerts[1], severity=severity, acknowledged_at=acknowledged, acknowledged_by="anna")
    seen = replace(seen, alerts=(alert,), limits=(replace(seen.limits[0], used=used),))
    assert headline(seen) == (state, title)
    ill = replace(seen, parts=(Part("trader", False, True, "is silent"),))
    assert headline(ill)[0] == "unwell"
    assert headline(replace(ill, stopped=True)) == ("stopped", "Trading is stopped")


def headline(seen: Overview) -> tuple[str, str]:
    """(what the head is marked with, what it says)."""
    html = board_part(seen, Viewer())
    (state,) = re.findall(r'class="card now (\w+)"', html)
    (title,) = re.findall(r'id="now-title"><span aria-hidden="true">.</span> ([^<]+)<', html)
    return state, title.strip()


def test_the_head_says_which_alert_and_which_limit() -> None:
    html = board_part(shown_overview(), Viewer())
    text = " ".join(re.sub(r"<[^>]+>", "", html).split())
    assert "An alert of severity error or critical waits for somebody; the newest: Feed down, kraken: no answer" in text
    assert "Used up: Loss if every stop is hit of system Long, 100.0 %." in text


def test_every_alert_leads_to_its_section_of_the_runbook() -> None:
    leads = [attrs.get("href") for tag, attrs in page(shown_overview()).tags if tag == "a"]
    assert {f"/runbook#{one.kind}" for one in shown_overview().alerts} <= set(leads)
    anchors = [attrs["id"] for tag, attrs in read(runbook_page(runbook_text(), "auto")).tags if "id" in attrs]
    assert len(anchors) == len(set(anchors))
    assert {one.name for one in KINDS} <= set(anchors)


def test_the_runbook_is_text_with_our_markup_and_no_other() -> None:
    text = f"# A\n\n## b-c\n_soon_ **now**\ngo\n\n1. `a_b_c <i>`\n2. x\n   y\n\n- z\n\n    $ run _it_\n\n{HOSTILE}"
    assert as_html(text) == Markup(
        '<h1 id="a">A</h1>\n<h2 id="b-c">b-c</h2>\n<p><em>soon</em> <strong>now</strong> go</p>\n'
        "<ol><li><code>a_b_c &lt;i&gt;</code></li><li>x y</li></ol>\n<ul><li>z</li></ul>\n"
        "<pre><code>$ run _it_</code></pre>\n<p>{}</p>"
    ).format(HOSTILE)


def test_a_runbook_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"docs/runbook.md cannot be read"):
        runbook_text(tmp_path)
