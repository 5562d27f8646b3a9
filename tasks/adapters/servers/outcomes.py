"""How the newest runs of each flow ended, asked of a Prefect server; a slow one is not waited for."""

from collections import Counter
from typing import Any

import httpx

from models.types.errors import Unavailable
from tasks.adapters.servers import api

TIMEOUT_S = 5.0
# What the server gives at once, and how many of those are asked for: a cycle each minute makes 1,440 runs a day.
PAGE, PAGES = 200, 15


def flow_outcomes(api_url: str, since: str) -> dict[tuple[str, str], int]:
    """By name of the flow and state (lower case), how many runs were due from `since` (ISO 8601) on.

    Raises:
        Unavailable: the server does not answer, or not as a Prefect server does.
    """
    # Not through the proxy that the environment may name: these are our own machines.
    with httpx.Client(base_url=api_url, timeout=TIMEOUT_S, trust_env=False, auth=api.auth()) as client:
        names = {one["id"]: one["name"] for one in _ask(client, "/flows/filter", {"limit": PAGE})}
        wanted = {"flow_runs": {"expected_start_time": {"after_": since}}, "sort": "EXPECTED_START_TIME_DESC"}
        counted: Counter[tuple[str, str]] = Counter()
        for page in range(PAGES):
            runs = _ask(client, "/flow_runs/filter", {**wanted, "limit": PAGE, "offset": page * PAGE})
            counted.update((names.get(one["flow_id"], "unknown"), str(one["state_type"]).lower()) for one in runs)
            if len(runs) < PAGE:
                break
    return counted


def _ask(client: httpx.Client, path: str, body: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        answer = client.post(path, json=body).raise_for_status()
        found = answer.json()
    except (httpx.HTTPError, ValueError) as error:
        raise Unavailable(f"the Prefect server at {client.base_url} did not say how its runs ended: {error}") from error
    if not isinstance(found, list):
        raise Unavailable(f"the Prefect server at {client.base_url} answered {path} with {type(found).__name__}")
    return found
