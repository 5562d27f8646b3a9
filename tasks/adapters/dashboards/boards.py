"""One dashboard in Grafana: read, compared, written where it differs and nobody else has changed it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from models.types import Unavailable
from tasks.adapters.dashboards.grafana import Grafana
from tasks.adapters.dashboards.marks import is_ours, mark_of, same
from tasks.adapters.dashboards.outcome import Done, Outcome

GONE, HIDDEN = 404, 403


@dataclass(frozen=True, slots=True)
class Stored:
    """As it stands there; `message`: of its newest version, who wrote it: `by`, at: `at`."""

    dashboard: dict[str, Any]
    folder: str
    version: int
    url: str
    provisioned: bool
    message: str
    by: str
    at: str


def put_dashboard(grafana: Grafana, folder: str, dashboard: Mapping[str, Any], force: bool, dry: bool) -> Done:
    """The dashboard is there as it is here, or was kept because a person has changed it (`force`: not even then).

    It is written against the version that was read: who saves between the two is not overwritten, `force` or not.

    Raises:
        Refused, BadInput, Unavailable: see Grafana.ask.
    """
    uid, title = str(dashboard["uid"]), str(dashboard["title"])
    stored = _read(grafana, uid, title)
    if stored is None:
        url = None if dry else _write(grafana, folder, dashboard, version=0)
        return Done("dashboard", uid, title, Outcome.MADE, url=url)
    url = _address(grafana, stored.url)
    in_place = stored.folder == folder
    if in_place and (same(stored.dashboard, dashboard) or stored.message == mark_of(dashboard)):
        return Done("dashboard", uid, title, Outcome.UNCHANGED, url=url)
    why = _claim(stored, in_place, force)
    if why is not None:
        return Done("dashboard", uid, title, Outcome.KEPT, why, url)
    if not dry:
        _write(grafana, folder, dashboard, stored.version)
    return Done("dashboard", uid, title, Outcome.CHANGED, url=url)


def _claim(stored: Stored, in_place: bool, force: bool) -> str | None:
    if stored.provisioned:
        return "Grafana reads it from a file: export there, it cannot be written from here"
    if force or (is_ours(stored.message) and in_place):
        return None
    done = "changed by hand" if in_place else f"lies in another folder ({stored.folder or 'General'})"
    return f"{done}: version {stored.version} by {stored.by} at {stored.at}; --force overwrites it"


def _read(grafana: Grafana, uid: str, title: str) -> Stored | None:
    # 403 as for folders: whether it is there, the attempt to make it will say.
    there = grafana.ask(f"read the dashboard {title}", "GET", f"/api/dashboards/uid/{uid}", fine=(GONE, HIDDEN))
    if there.status in (GONE, HIDDEN):
        return None
    dashboard, meta = there.body.get("dashboard"), there.body.get("meta")
    if not isinstance(dashboard, dict) or not isinstance(meta, dict):
        raise Unavailable(f"Grafana did not say what the dashboard {title} is; look into its log")
    version = meta.get("version", dashboard.get("version", 0))
    if not isinstance(version, int):
        raise Unavailable(f"Grafana did not say the version of the dashboard {title}; look into its log")
    # The list of versions says "Initial save" of the first one, whatever its message; a single version says it.
    path = f"/api/dashboards/uid/{uid}/versions/{version}"
    newest = grafana.ask(f"read versions of the dashboard {title}", "GET", path, fine=(GONE,)).body
    return Stored(
        dashboard=dashboard,
        folder=str(meta.get("folderUid", "")),
        version=version,
        url=str(meta.get("url", "")),
        provisioned=bool(meta.get("provisioned", False)),
        message=str(newest.get("message", "")),
        by=str(meta.get("updatedBy", "somebody")),
        at=str(meta.get("updated", "an unknown time")),
    )


def _write(grafana: Grafana, folder: str, dashboard: Mapping[str, Any], version: int) -> str:
    body = {
        "dashboard": {**dashboard, "id": None, "version": version},
        "folderUid": folder,
        "message": mark_of(dashboard),
        "overwrite": False,
    }
    answer = grafana.ask(f"save the dashboard {dashboard['title']}", "POST", "/api/dashboards/db", body)
    return _address(grafana, str(answer.body.get("url", "")))


def _address(grafana: Grafana, path: str) -> str:
    # The path begins with the sub-path that Grafana is served under, which its address here ends with.
    base = grafana.url.rstrip("/")
    _, _, below = base.removeprefix("https://").removeprefix("http://").partition("/")
    return f"{base.removesuffix('/' + below) if below else base}{path}"
