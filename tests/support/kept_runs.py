"""The housekeeping on the Prefect server of PREFECT_API_URL: python kept_runs.py. The last line says what came of it.

Runs of every kind are there first; the second time a step fails.
"""

import asyncio
import json
import time
from collections import Counter
from typing import Any

from prefect import flow, get_run_logger
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.states import Cancelled, Completed, Failed, Paused, Running, Scheduled
from processes import eventually

import flows.housekeeping
from models.types import Unavailable
from tasks.bootstrap import build_desk, build_journal

COMPLETED = 60


@flow
def quiet() -> None:
    """A run with a log."""
    get_run_logger().info("done")


def _left(client: SyncPrefectClient) -> int:
    """Lines of the runs that are gone; the server takes them away in its own time."""
    for _ in range(60):
        if not _logs(client, "done"):
            return 0
        time.sleep(0.5)
    return len(_logs(client, "done"))


def main() -> None:
    build_journal(build_desk())
    with get_client(sync_client=True) as client:
        quiet()
        for _ in range(COMPLETED - 1):
            client.set_flow_run_state(_run(client), Completed(), force=True)
        for state in (Failed(), Running(), Paused(timeout_seconds=3600)):
            client.set_flow_run_state(_run(client), state, force=True)
        client.set_flow_run_state(_run(client), Cancelled())  # before it began: it has no end
        _run(client)
        eventually_logged(client)
        told: dict[str, Any] = {"before": _states(client)}
        told["first"] = asyncio.run(_after(flows.housekeeping.housekeeping, client, told))
        told["left_logs"] = _left(client)
        with_failure()
        try:
            asyncio.run(flows.housekeeping.housekeeping())
        except Unavailable as error:
            told["error"] = str(error)
        table = client.request("POST", "/artifacts/filter", json={"sort": "CREATED_DESC"}).json()
        told["second"] = json.loads(next(one["data"] for one in table if one["key"] == "housekeeping"))
    told["alerts"] = [row["text"] for row in build_journal(build_desk()).tables()["alerts_outbox"]]
    print(json.dumps(told), flush=True)


async def _after(housekeeping: Any, client: SyncPrefectClient, told: dict[str, Any]) -> Any:
    """The rows; the states are asked for while the flow still runs."""
    original = flows.housekeeping.show_housekeeping

    def show(rows: Any) -> Any:
        told["after"] = _states(client)
        return original(rows)

    flows.housekeeping.show_housekeeping = show  # type: ignore[assignment]
    try:
        return await housekeeping()
    finally:
        flows.housekeeping.show_housekeeping = original


def with_failure() -> None:
    """The ticks cannot be kept from now on."""
    from prefect import task

    @task(name="keep ticks")
    def broken() -> None:
        raise RuntimeError("planted")

    steps = tuple(broken if one.name == "keep ticks" else one for one in flows.housekeeping.STEPS)
    flows.housekeeping.STEPS = steps  # type: ignore[assignment]


def eventually_logged(client: SyncPrefectClient) -> None:
    """Wait until the server has the log: it goes there in the background."""
    eventually(lambda: bool(_logs(client, "done")))


def _run(client: SyncPrefectClient) -> Any:
    return client.create_flow_run(quiet, state=Scheduled()).id


def _states(client: SyncPrefectClient) -> dict[str, int]:
    runs = client.request("POST", "/flow_runs/filter", json={"limit": 200}).json()
    return dict(Counter(one["state_type"] for one in runs))


def _logs(client: SyncPrefectClient, message: str) -> list[Any]:
    return [one for one in client.request("POST", "/logs/filter", json={}).json() if one["message"] == message]


if __name__ == "__main__":
    main()
