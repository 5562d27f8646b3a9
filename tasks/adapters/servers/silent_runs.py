"""Runs that fall silent: whose machine died, or lost the Prefect server."""

from tasks.adapters.servers import api

NAME = "keel: a run fell silent"

# What a worker of a pool by kind starts says every 30 s that it lives, which is as often as Prefect lets it; who says
# nothing four times has crashed. A run whose machine only lost the server may go on all the same: what it may still do
# with orders is up to the lease in the journal.
HEARTBEATS = {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}
SILENT_S = 120

_ENDED = ("Completed", "Failed", "Cancelled", "Crashed")


def watch_for_silent_runs(api_url: str) -> None:
    """Have the server mark a run that falls silent as crashed: nobody else would ever end it.

    Raises:
        Unavailable: the server does not take it.
    """
    found = api.call(api_url, "POST", "/automations/filter", {"automations": {"name": {"any_": [NAME]}}})
    if found:
        api.call(api_url, "PUT", f"/automations/{found[0]['id']}", _automation())
    else:
        api.call(api_url, "POST", "/automations/", _automation())


def _automation() -> dict[str, object]:
    run, heartbeat = "prefect.flow-run", "prefect.flow-run.heartbeat"
    return {
        "name": NAME,
        "description": f"A run that says nothing for {SILENT_S} s has crashed with its machine.",
        "enabled": True,
        "trigger": {
            "type": "event",
            "posture": "Proactive",
            "match": {"prefect.resource.id": [f"{run}.*"]},
            "for_each": ["prefect.resource.id"],
            "after": [heartbeat],
            "expect": [heartbeat, *(f"{run}.{state}" for state in _ENDED)],
            "threshold": 1,
            "within": SILENT_S,
        },
        "actions": [
            {
                "type": "change-flow-run-state",
                "state": "CRASHED",
                "message": f"Nothing was heard of it for {SILENT_S} s.",
            }
        ],
    }
