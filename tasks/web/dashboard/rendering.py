"""An overview as HTML. Everything of it is text to the templates: nothing that a venue, a headline or a note says is
markup.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache, partial
from types import MappingProxyType
from typing import Protocol

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tasks.session.explaining import Verdict
from tasks.session.overview import Explained, Overview, StopNow
from tasks.web.answers import Recovering
from tasks.web.dashboard.acting import Act, Done
from tasks.web.dashboard.bands import LANES, band_of
from tasks.web.dashboard.figures import Figures
from tasks.web.dashboard.runbook import as_html, sections_of
from tasks.web.dashboard.words import book, currency, limit_words, name

MODES = ("auto", "light", "dark")
# Rows of the curve that the table beside its picture has, and points that the picture has at most.
NEWEST, POINTS = 20, 2000
# Parts of an overview, as `missing` names them, by the section that shows them; what none claims stands in the head.
SECTIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "alerts": ("alerts",),
        "regimes": ("regime", "decisions"),
        "charge": ("decisions",),
        "limits": ("risk",),
        "positions": ("risk",),
        "equity": ("equity",),
        "earned": ("earned",),
        "decisions": ("decisions",),
        "orders": ("orders",),
        "health": ("feeds", "bars", "models"),
        "stage": ("stage",),
    }
)
JOURNAL = "journal"
# Severities that do not stand beside "All is well".
GRAVE = frozenset({"error", "critical"})


class Viewer(Protocol):
    """Who looks: what they may, and what their writes carry."""

    @property
    def scopes(self) -> frozenset[str]:
        """Names of scopes."""
        ...

    @property
    def csrf(self) -> str:
        """The token of their forms."""
        ...


def dashboard_page(overview: Overview, viewer: Viewer, mode: str) -> str:
    """The whole page."""
    return _render("dashboard.html", mode, _board_parts(overview, viewer))


def board_part(overview: Overview, viewer: Viewer) -> str:
    """What of the page changes."""
    return _render("board.html", MODES[0], _board_parts(overview, viewer))


def blind_page(why: str, viewer: Viewer, mode: str) -> str:
    """Where nothing can be looked at: why, and the way to stop, which needs none of it."""
    return _render("blind.html", mode, {"why": why, "viewer": viewer})


def sign_in_page(trouble: str, mode: str) -> str:
    """The form that takes a token; `trouble`: what was wrong with the last one."""
    return _render("sign_in.html", mode, {"trouble": trouble})


def act_page(act: Act, stops: Sequence[StopNow], viewer: Viewer, mode: str) -> str:
    """What is asked before an act; nothing has to be read for it but the stops that it would release."""
    parts = {"act": act, "stops": stops, "f": Figures({"stops": stops}), "csrf_field": csrf_field(viewer)}
    return _render("act.html", mode, parts)


def recovery_page(found: Recovering, why: str, viewer: Viewer, mode: str) -> str:
    """What was found before a release, and its last step."""
    return _render("recovery.html", mode, {"found": found, "why": why, "csrf_field": csrf_field(viewer)})


def done_page(title: str, done: Sequence[Done], mode: str) -> str:
    """What an act came to, part by part."""
    return _render("done.html", mode, {"title": title, "done": done, "ok": all(one.ok for one in done)})


def why_page(
    explained: Explained,
    found: Mapping[str, object],
    mode: str,
    made_from: Mapping[str, object] | None = None,
    verdict: Verdict | None = None,
) -> str:
    """One decision: first in sentences, then all rows of it, `found` by the name of their table. `verdict`: what came
    of it when it was made again, None where nobody has asked for that.
    """
    parts = {
        "id": explained.decided.id,
        "e": explained,
        "found": found,
        "made_from": made_from,
        "verdict": verdict,
        "raw": {table: found.get(table, ()) for table in ("intents", "wire_orders", "fills")},
        "name_of": name,
        "book_of": book,
        "said": Figures({}).said,
        "unit": currency(one.symbol for one in explained.decided.intents),
    }
    return _render("why.html", mode, parts)


def state_of(overview: Overview) -> str:
    """The gravest that holds: stopped, unwell (a part that is required, or what cannot be known), look (an alert or a
    limit wants somebody), well.
    """
    if overview.stopped:
        return "stopped"
    if overview.missing or not all(one.ok for one in overview.parts if one.required):
        return "unwell"
    return "look" if grave_alerts(overview) or used_limits(overview) else "well"


def grave_alerts(overview: Overview) -> list[int]:
    """Places of the alerts that are errors or worse and that nobody has acknowledged."""
    return [k for k, one in enumerate(overview.alerts) if one.severity in GRAVE and one.acknowledged_at is None]


def used_limits(overview: Overview) -> list[int]:
    """Places of the limits that are used to their end."""
    return [k for k, one in enumerate(overview.limits) if one.used is not None and one.used >= 1.0]


def runbook_page(text: str, mode: str) -> str:
    """The runbook, with a list of its sections."""
    return _render("runbook.html", mode, {"text": as_html(text), "sections": sections_of(text)})


def csrf_field(viewer: Viewer) -> Markup:
    """The hidden field of every form that writes."""
    return Markup('<input type="hidden" name="csrf" value="{}">').format(viewer.csrf)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("tasks.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _render(template: str, mode: str, parts: Mapping[str, object]) -> str:
    return _environment().get_template(template).render(mode=mode if mode in MODES else MODES[0], **parts)


def _figures(overview: Overview) -> Figures:
    return Figures({field: getattr(overview, field) for field in Overview.__dataclass_fields__})


def _board_parts(overview: Overview, viewer: Viewer) -> dict[str, object]:
    curve = overview.curve
    newest = range(max(0, len(curve.at) - NEWEST), len(curve.at))[::-1]
    figures = _figures(overview)
    unknown = partial(_unknown, overview)
    unit = currency(one.symbol for one in overview.regimes or overview.holdings or overview.in_charge)
    return {
        "o": overview,
        "f": Figures({**figures.roots, "newest": newest}),
        "viewer": viewer,
        "csrf_field": csrf_field(viewer),
        "may_acknowledge": bool(viewer.scopes & {"stop", "resume"}),
        "state": state_of(overview),
        "grave": grave_alerts(overview),
        "used_up": used_limits(overview),
        "unknown": unknown,
        "blind": lambda section: bool(unknown(section)),
        "open_alerts": sum(one.acknowledged_at is None for one in overview.alerts),
        "bands": [band_of(one, overview.at) for one in overview.regimes],
        "lanes": LANES,
        "currency": unit,
        "limit_words": limit_words,
        "name_of": name,
        "book_of": book,
        "symbol_of": Markup.escape,
        "newest": newest,
        "deepest": max(range(len(curve.at)), key=curve.drawdown.__getitem__, default=0),
        "curve": _curve_json(overview, unit),
    }


def _unknown(overview: Overview, section: str) -> list[str]:
    """Names in `missing` of what the section would show; without a journal that is its reason in each."""
    claimed = {part for parts in SECTIONS.values() for part in parts}
    mine = (*SECTIONS[section], JOURNAL) if section in SECTIONS else set(overview.missing) - claimed
    return sorted(set(mine) & set(overview.missing))


def _curve_json(overview: Overview, unit: str) -> Markup:
    """For the script that draws it. `<` as an escape of JSON: nothing in it can end the element."""
    curve = overview.curve
    step = max(1, -(-len(curve.at) // POINTS))
    # From the end, so that the newest point is always among them.
    rows = range(len(curve.at) - 1, -1, -step)[::-1]
    said = {
        "at": [curve.at[row] for row in rows],
        "equity": [curve.equity[row] for row in rows],
        "fall": [-curve.drawdown[row] for row in rows],
        "currency": unit,
    }
    return Markup(json.dumps(said).replace("<", "\\u003c"))  # noqa: S704 - numbers, moments and an escaped unit
