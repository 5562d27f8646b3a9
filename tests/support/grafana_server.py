"""A Grafana on the loopback: its HTTP API for folders, data sources, dashboards and their versions, and as strict.

After its documentation and the source of 11.x: who may do what by role, what a uid may be, versions that have to match,
what is added to what is stored. No panel is ever drawn here.
"""

import copy
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ADMIN, EDITOR, VIEWER = "glsa_admin", "glsa_editor", "glsa_viewer"
ROLES = {ADMIN: "Admin", EDITOR: "Editor", VIEWER: "Viewer"}
MOMENT = "2026-01-01T00:00:00Z"
LEGAL_UID = re.compile(r"[a-zA-Z0-9\-_]*")
LEAST_REFRESH_S = 5
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}

Said = tuple[int, Any]


@dataclass
class Kept:
    """A dashboard as it is stored, with all its versions: (data, message, who)."""

    number: int
    folder: str
    versions: list[tuple[dict[str, Any], str, str]] = field(default_factory=list)
    provisioned: bool = False

    @property
    def data(self) -> dict[str, Any]:
        """The newest version."""
        return self.versions[-1][0]


@dataclass
class GrafanaServer:
    """What it holds, and what it was asked: `asked` is (method, path), `written` those that changed something.

    `lifts`: it gives dashboards back in a newer schema than they were sent in, as Grafana 12 and later do.
    `older`: two dashboards of one folder may not have one title, as before 11.
    """

    version: str = "11.6.0"
    url: str = ""
    below: str = ""
    lifts: bool = False
    older: bool = False
    folders: dict[str, dict[str, Any]] = field(default_factory=dict)
    sources: dict[str, dict[str, Any]] = field(default_factory=dict)
    boards: dict[str, Kept] = field(default_factory=dict)
    asked: list[tuple[str, str]] = field(default_factory=list)
    between: Any = None

    @property
    def written(self) -> list[tuple[str, str]]:
        """Everything but reads."""
        return [one for one in self.asked if one[0] != "GET"]

    def history(self) -> dict[str, int]:
        """Number of versions by uid."""
        return {uid: len(kept.versions) for uid, kept in self.boards.items()}

    def save_by_hand(self, uid: str, **changes: object) -> None:
        """As a person saves it in the browser, with no message."""
        kept = self.boards[uid]
        data = {**copy.deepcopy(kept.data), **changes, "version": len(kept.versions) + 1}
        kept.versions.append((data, "", "anna"))

    def answer(self, method: str, path: str, token: str | None, body: Any) -> Said:
        """Status and JSON."""
        if (method, path) == ("GET", "/api/health"):
            return 200, {"database": "ok", "version": self.version, "commit": "abc"}
        role = ROLES.get(token or "")
        if role is None:
            return 401, {"message": "Invalid API key" if token else "Unauthorized"}
        parts = path.removeprefix("/api/").split("/")
        match (method, *parts):
            case ("GET", "folders", uid):
                return self._folder(role, uid)
            case ("POST", "folders"):
                return self._make_folder(role, body)
            case ("GET", "datasources", "uid", uid):
                return self._source(role, uid)
            case ("POST", "datasources"):
                return self._make_source(role, body)
            case ("PUT", "datasources", "uid", uid):
                return self._change_source(role, uid, body)
            case ("GET", "dashboards", "uid", uid):
                return self._board(role, uid)
            case ("GET", "dashboards", "uid", uid, "versions"):
                return self._versions(role, uid)
            case ("GET", "dashboards", "uid", uid, "versions", number):
                return self._one_version(role, uid, int(number))
            case ("POST", "dashboards", "db"):
                return self._save(role, body)
        return 404, {"message": "Not found"}

    def _folder(self, role: str, uid: str) -> Said:
        found = self.folders.get(uid)
        if found is None:
            return (
                (404, {"message": "folder not found", "status": "not-found"})
                if role == "Admin"
                else denied("folders:read")
            )
        return 200, found

    def _make_folder(self, role: str, body: Any) -> Said:
        if role == "Viewer":
            return denied("folders:create")
        uid, title = str(body.get("uid", "")), str(body.get("title", ""))
        if not title:
            return 400, {"message": "folder title cannot be empty"}
        if refused := wrong_uid(uid):
            return refused
        if uid in self.folders or uid in self.boards:
            return 409, {"message": "a folder/dashboard with the same uid already exists"}
        self.folders[uid] = {"id": len(self.folders) + 1, "uid": uid, "title": title, "version": 1}
        return 200, self.folders[uid]

    def _source(self, role: str, uid: str) -> Said:
        if role != "Admin":
            return denied("datasources:read")
        found = self.sources.get(uid)
        return (404, {"message": "Data source not found"}) if found is None else (200, found)

    def _make_source(self, role: str, body: Any) -> Said:
        if role != "Admin":
            return denied("datasources:create")
        if not all(body.get(key) for key in ("name", "type", "access")):
            return 400, {"message": "bad request data"}
        if body["uid"] in self.sources or any(one["name"] == body["name"] for one in self.sources.values()):
            return 409, {"message": "data source with the same name already exists"}
        if not LEGAL_UID.fullmatch(body["uid"]):
            return 400, {"message": "Invalid uid"}
        its_own = {"id": len(self.sources) + 1, "orgId": 1, "version": 1, "readOnly": False, "isDefault": False}
        blank = {"user": "", "database": "", "basicAuth": False, "basicAuthUser": "", "withCredentials": False}
        self.sources[body["uid"]] = {**blank, "typeLogoUrl": "", "secureJsonFields": {}, **body, **its_own}
        return 200, {"message": "Datasource added", "datasource": self.sources[body["uid"]]}

    def _change_source(self, role: str, uid: str, body: Any) -> Said:
        if role != "Admin":
            return denied("datasources:write")
        found = self.sources.get(uid)
        if found is None:
            return 404, {"message": "Data source not found"}
        if found["readOnly"]:
            return 403, {"message": "Cannot update read-only data source"}
        if body.get("version") != found["version"]:
            return 409, {"message": "Datasource has already been updated by someone else. Please reload and try again"}
        self.sources[uid] = {**found, **body, "version": found["version"] + 1}
        return 200, {"message": "Datasource updated"}

    def _board(self, role: str, uid: str) -> Said:
        kept = self.boards.get(uid)
        if kept is None:
            return (404, {"message": "Dashboard not found"}) if role == "Admin" else denied("dashboards:read")
        number = len(kept.versions)
        data = {**copy.deepcopy(kept.data), "version": number}
        if self.lifts:
            data = {
                **data,
                "schemaVersion": 42,
                "panels": [{**one, "pluginVersion": "12.0.0"} for one in data["panels"]],
            }
        folder = self.folders.get(kept.folder, {"title": "General"})
        meta = {
            **{"type": "db", "canSave": role != "Viewer", "slug": slug(data["title"]), "version": number},
            **{"url": f"{self.below}/d/{uid}/{slug(data['title'])}", "folderUid": kept.folder},
            **{"folderTitle": folder["title"], "provisioned": kept.provisioned, "isStarred": False},
            **{"created": MOMENT, "updated": MOMENT, "createdBy": "sa-keel", "updatedBy": kept.versions[-1][2]},
        }
        return 200, {"meta": meta, "dashboard": data}

    def _versions(self, role: str, uid: str) -> Said:
        if role == "Viewer":
            return denied("dashboards:write")
        if uid not in self.boards:
            return 404, {"message": "Dashboard not found"}
        listed = [self._version(uid, number) for number in range(len(self.boards[uid].versions), 0, -1)]
        # Whatever was said of the first one.
        return 200, [{**one, "message": "Initial save"} if one["parentVersion"] == 0 else one for one in listed]

    def _one_version(self, role: str, uid: str, number: int) -> Said:
        if role == "Viewer":
            return denied("dashboards:write")
        if uid not in self.boards:
            return 404, {"message": "Dashboard not found"}
        if not 0 < number <= len(self.boards[uid].versions):
            return 500, {"message": f"Dashboard version {number} not found for dashboardId 1"}
        return 200, self._version(uid, number)

    def _version(self, uid: str, number: int) -> dict[str, Any]:
        data, message, who = self.boards[uid].versions[number - 1]
        return {"version": number, "parentVersion": number - 1, "message": message, "createdBy": who, "data": data}

    def _save(self, role: str, body: Any) -> Said:
        if self.between is not None:
            self.between()
            self.between = None
        if role == "Viewer":
            return denied("dashboards:create")
        data = body.get("dashboard")
        if not isinstance(data, dict):
            return 400, {"message": "bad request data"}
        refused = wrong_board(data, str(body.get("message", "")))
        if refused is not None:
            return refused
        folder = str(body.get("folderUid", ""))
        if folder and folder not in self.folders:
            return 400, {"message": "folder not found"}
        return self._stored(data, folder, body)

    def _stored(self, data: dict[str, Any], folder: str, body: dict[str, Any]) -> Said:
        uid = data.get("uid") or f"made{len(self.boards)}"
        kept, overwrite = self.boards.get(uid), bool(body.get("overwrite"))
        number = data.get("id")
        if number and not any(one.number == number for one in self.boards.values()):
            return 404, {"status": "not-found", "message": "Dashboard not found"}
        if uid in self.folders:
            return 400, {"message": "Dashboard cannot be changed to a folder"}
        if kept is not None and kept.provisioned:
            return 400, {"message": "Cannot save provisioned dashboard"}
        if kept is not None and not overwrite and int(data.get("version") or 0) != len(kept.versions):
            return 412, {"status": "version-mismatch", "message": "The dashboard has been changed by someone else"}
        twin = any(
            one.folder == folder and one.data["title"] == data["title"] and other != uid
            for other, one in self.boards.items()
        )
        if self.older and twin and not overwrite:
            return 412, {
                "status": "name-exists",
                "message": "A dashboard with the same name in the folder already exists",
            }
        kept = self.boards.setdefault(uid, Kept(len(self.boards) + 1, folder))
        kept.folder = folder
        version = len(kept.versions) + 1
        stored = {**copy.deepcopy(data), "id": kept.number, "uid": uid, "version": version}
        kept.versions.append((stored, str(body.get("message", "")), "sa-keel"))
        address = f"{self.below}/d/{uid}/{slug(data['title'])}"
        said = {"id": kept.number, "uid": uid, "url": address, "status": "success", "version": version}
        return 200, {**said, "slug": slug(data["title"]), "folderUid": folder}


def denied(needed: str) -> Said:
    """As access control says it."""
    text = f"You'll need additional permissions to perform this action. Permissions needed: {needed}"
    return 403, {"title": "Access denied", "message": text, "accessErrorId": "ACE0123456789"}


def wrong_uid(uid: str) -> Said | None:
    """None, where Grafana takes it."""
    if len(uid) > 40:
        return 400, {"message": "uid too long, max 40 characters"}
    return None if LEGAL_UID.fullmatch(uid) else (400, {"message": "uid contains illegal characters"})


def wrong_board(data: dict[str, Any], message: str) -> Said | None:
    """None, where Grafana takes it."""
    if not str(data.get("title") or "").strip():
        return 400, {"status": "empty-name", "message": "Dashboard title cannot be empty"}
    if len(message) > 500:
        return 400, {"message": "message too long, max 500 characters"}
    refresh = re.fullmatch(r"(\d+)([smhd])", str(data.get("refresh") or "5s"))
    if refresh is None or int(refresh[1]) * SECONDS[refresh[2]] < LEAST_REFRESH_S:
        return 400, {"message": "Dashboard refresh interval is too low"}
    return wrong_uid(str(data.get("uid") or ""))


def slug(title: str) -> str:
    """As it stands in addresses."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")


@contextmanager
def serving_grafana(server: GrafanaServer) -> Iterator[GrafanaServer]:
    """It answers at `server.url` until the end of the block."""

    class Handler(BaseHTTPRequestHandler):
        def _all(self) -> None:
            path = self.path.removeprefix(server.below)
            length = int(self.headers.get("Content-Length") or 0)
            raw = self.rfile.read(length)
            server.asked.append((self.command, path))
            if self.command != "GET" and self.headers.get("Content-Type") != "application/json":
                status, said = 400, {"message": "bad request data"}
            else:
                token = (self.headers.get("Authorization") or "").removeprefix("Bearer ") or None
                status, said = server.answer(self.command, path, token, json.loads(raw) if raw else None)
            text = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=UTF-8")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = _all  # noqa: N815 - the library's names

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listener:
        thread = threading.Thread(target=listener.serve_forever, args=(0.02,))
        thread.start()
        server.url = f"http://127.0.0.1:{listener.server_address[1]}{server.below}"
        try:
            yield server
        finally:
            listener.shutdown()
            thread.join()
