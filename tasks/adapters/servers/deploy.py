"""The work pool, the deployments of prefect.yaml, and their schedules."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

from models.types.errors import Unavailable
from tasks.adapters.servers import api
from tasks.adapters.servers.process import python_module
from tasks.adapters.servers.worker import POOL

_TAIL_LINES = 15


def create_work_pool(api_url: str) -> None:
    """Create the process pool unless it exists; its job template is left empty, and the worker fills it in.

    Not by the command line tool, which first asks the internet for the kinds of workers there are.
    """
    api.call(api_url, "POST", "/work_pools/", {"name": POOL, "type": "process"}, accept=409)


def deploy_all(root: Path, env: Mapping[str, str]) -> None:
    """Deploy everything in root/prefect.yaml; raise Unavailable with the end of the output when that fails."""
    done = subprocess.run(  # noqa: S603 - a fixed command
        python_module("prefect", "--no-prompt", "deploy", "--all"),
        cwd=root,
        env={**os.environ, **env, "PWD": str(root.resolve())},  # prefect.yaml may name its directory by $PWD
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-_TAIL_LINES:])
        raise Unavailable(f"The flows of {root / 'prefect.yaml'} could not be deployed:\n{tail}")


def set_schedules(api_url: str, active: bool) -> int:
    """Activate or pause every schedule of every deployment; return how many changed.

    The server empties the parameters of a schedule whose update does not name them, so they are sent back.
    """
    found = api.call(api_url, "POST", "/deployments/filter", {})
    schedules = [each for deployment in found for each in deployment["schedules"] if each["active"] != active]
    for each in schedules:
        path = f"/deployments/{each['deployment_id']}/schedules/{each['id']}"
        api.call(api_url, "PATCH", path, {"active": active, "parameters": each["parameters"]})
    return len(schedules)
