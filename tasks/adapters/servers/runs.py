"""Starting a deployment's run and waiting for its end."""

import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import quote

from models.types.errors import Unavailable
from tasks.adapters.servers import api

_PAUSE_S = 0.5
_LOG_LINES = 12


def run_deployment(
    api_url: str, name: str, parameters: Mapping[str, Any], deadline_s: float, report: Callable[[str], None]
) -> None:
    """Run the deployment `flow/name` and return when it completed; `report` hears each new state.

    Raises Unavailable with the last log lines when the run ends in any other state or outlasts `deadline_s`.
    """
    deployment = api.call(api_url, "GET", f"/deployments/name/{quote(name)}")
    run = api.call(
        api_url, "POST", f"/deployments/{deployment['id']}/create_flow_run", {"parameters": dict(parameters)}
    )
    deadline = time.monotonic() + deadline_s
    state = ""
    while time.monotonic() < deadline:
        now = api.call(api_url, "GET", f"/flow_runs/{run['id']}")
        if now["state_name"] != state:
            state = now["state_name"]
            report(f"{name}: {state.lower()}")
        if now["state_type"] == "COMPLETED":
            return
        if now["state_type"] in ("FAILED", "CRASHED", "CANCELLED"):
            raise Unavailable(f"the run of {name} ended as {state.lower()}: {_tail(api_url, run['id'])}")
        time.sleep(_PAUSE_S)
    raise Unavailable(f"the run of {name} did not end within {deadline_s:.0f} s; its state is {state.lower()}")


def _tail(api_url: str, run_id: str) -> str:
    wanted = {"logs": {"flow_run_id": {"any_": [run_id]}}, "sort": "TIMESTAMP_DESC", "limit": _LOG_LINES}
    found = api.call(api_url, "POST", "/logs/filter", wanted)
    return "\n".join(each["message"] for each in reversed(found))
