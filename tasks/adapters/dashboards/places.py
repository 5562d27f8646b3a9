"""What dashboards need around them: a folder, and a data source."""

from collections.abc import Mapping
from typing import Any

from tasks.adapters.dashboards.grafana import Grafana
from tasks.adapters.dashboards.outcome import Done, Outcome

GONE, HIDDEN = 404, 403


def put_folder(grafana: Grafana, uid: str, title: str, dry: bool) -> Done:
    """There is a folder of that uid; what a person has called it, or where it was moved to, stays.

    Raises:
        Refused, BadInput, Unavailable: see Grafana.ask.
    """
    # A token that is no Admin's is told 403, not 404, of a folder that is not there: then making it is the question.
    there = grafana.ask("read folders", "GET", f"/api/folders/{uid}", fine=(GONE, HIDDEN))
    if there.status not in (GONE, HIDDEN):
        return Done("folder", uid, str(there.body.get("title", title)), Outcome.UNCHANGED)
    if not dry:
        grafana.ask(f"make the folder {title}", "POST", "/api/folders", {"uid": uid, "title": title})
    return Done("folder", uid, title, Outcome.MADE)


def put_source(grafana: Grafana, wanted: Mapping[str, Any], dry: bool) -> Done:
    """There is a data source of that uid, of our type and address; what else a person has set at it stays.

    Raises:
        Refused, BadInput, Unavailable: see Grafana.ask.
    """
    uid, name = str(wanted["uid"]), str(wanted["name"])
    there = grafana.ask("read data sources", "GET", f"/api/datasources/uid/{uid}", fine=(GONE, HIDDEN))
    if there.status in (GONE, HIDDEN):
        if not dry:
            grafana.ask(f"make the data source {name}", "POST", "/api/datasources", dict(wanted))
        return Done("data source", uid, name, Outcome.MADE)
    merged = _merged(there.body, wanted)
    title = str(there.body.get("name", name))
    if merged == there.body:
        return Done("data source", uid, title, Outcome.UNCHANGED)
    if there.body.get("readOnly"):
        why = "Grafana reads it from a file: change its url there"
        return Done("data source", uid, title, Outcome.KEPT, why)
    if not dry:
        grafana.ask(f"change the data source {title}", "PUT", f"/api/datasources/uid/{uid}", merged)
    return Done("data source", uid, title, Outcome.CHANGED)


def _merged(there: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    ours = {key: wanted[key] for key in ("type", "access", "url")}
    return {**there, **ours, "jsonData": {**(there.get("jsonData") or {}), **wanted["jsonData"]}}
