"""The flow `trade` with real orders as Prefect runs it: a run that meets a fault, and one that it runs again though it
had finished: python flow_twice.py. The server and its database are its own, below PREFECT_HOME.

A JSON line says what each execution came to, the last one what Prefect gives of both runs to whoever asks. With ids
of runs it executes those, and what it runs again is run by a process of its own, as by another worker.
"""

import asyncio
import json
import os
import subprocess
import sys
from typing import Any
from uuid import UUID

from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.flow_engine import load_flow_run, run_flow
from prefect.states import AwaitingRetry

from flows.trade import trade


def main() -> None:
    """Both runs, the second one twice."""
    with get_client(sync_client=True) as client:
        faulty, finished = (client.create_flow_run(trade, parameters={"live": True}).id for _ in range(2))
        _worker(client, faulty, finished)
        before = _given(client, finished)
        client.set_flow_run_state(finished, AwaitingRetry(), force=True)
        _worker(client, finished)
        asked = {"faulty": _given(client, faulty), "before": before, "finished": _given(client, finished)}
        print(json.dumps(asked), flush=True)


def execute(run: UUID) -> None:
    """One that the server knows, in this process; what failed says nothing here."""
    state = asyncio.run(run_flow(trade, flow_run=load_flow_run(run), return_type="state"))
    if state.is_completed():
        print(json.dumps(asyncio.run(state.aresult())), flush=True)


def _worker(client: SyncPrefectClient, *runs: UUID) -> None:
    environment = {**os.environ, "PREFECT_API_URL": str(client.api_url)}
    subprocess.run([sys.executable, "-m", "flow_twice", *map(str, runs)], env=environment, check=False)


def _given(client: SyncPrefectClient, run: UUID) -> dict[str, Any]:
    known = client.read_flow_run(run)
    asked = {"flow_run_id": {"any_": [str(run)]}}
    return {
        "id": str(run),
        "state": known.state_name,
        "run_count": known.run_count,
        "run": known.model_dump(mode="json"),
        "logs": _all_of(client, "/logs/filter", {"logs": asked}),
        "artifacts": _all_of(client, "/artifacts/filter", {"artifacts": asked}),
    }


def _all_of(client: SyncPrefectClient, path: str, wanted: dict[str, Any]) -> list[dict[str, Any]]:
    answer = client.request("POST", path, json=wanted)
    answer.raise_for_status()
    rows: list[dict[str, Any]] = answer.json()
    return rows


if __name__ == "__main__":
    if len(sys.argv) > 1:
        for one in sys.argv[1:]:
            execute(UUID(one))
    else:
        main()
