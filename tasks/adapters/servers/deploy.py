"""The work pools, the deployments of prefect.yaml, and their schedules."""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from models.types.errors import Unavailable
from tasks.adapters.servers import api
from tasks.adapters.servers.pools import POOL, by_kind
from tasks.adapters.servers.process import python_module
from tasks.adapters.servers.silent_runs import watch_for_silent_runs

_TAIL_LINES = 15


def deploy_all(root: Path, env: Mapping[str, str], pools: tuple[str, ...] = (POOL,)) -> None:
    """Create the pools, and deploy everything in root/prefect.yaml to them: to the one for everything, or by kind.

    `env` names the server and is added to ours.

    Raises:
        BadInput: prefect.yaml does not say of which kind a deployment is.
        Unavailable: a part failed; with the end of the output.
    """
    api_url = env["PREFECT_API_URL"]
    for pool in pools:
        create_work_pool(api_url, pool)
    if pools == (POOL,):
        _deploy(root, env, root / "prefect.yaml")
        return
    watch_for_silent_runs(api_url)
    with tempfile.NamedTemporaryFile("w", prefix="prefect-", suffix=".yaml", encoding="utf-8") as file:
        file.write(by_kind((root / "prefect.yaml").read_text(encoding="utf-8")))
        file.flush()
        _deploy(root, env, Path(file.name))


def create_work_pool(api_url: str, pool: str) -> None:
    """Create the process pool unless it exists; its job template is left empty, and the worker fills it in.

    Not by the command line tool, which first asks the internet for the kinds of workers there are.
    """
    api.call(api_url, "POST", "/work_pools/", {"name": pool, "type": "process"}, accept=409)


def set_schedules(api_url: str, active: bool) -> int:
    """Activate or pause every schedule of every deployment; return how many changed."""
    return _set([each for each in _schedules(api_url) if each["active"] != active], api_url, active)


@contextmanager
def kept_schedules(api_url: str) -> Iterator[None]:
    """What is active before is so afterwards, also where a part failed: a deployment declares its schedules anew,
    paused.
    """
    before = {_identity(each) for each in _schedules(api_url) if each["active"]}
    try:
        yield
    finally:
        paused = [one for one in _schedules(api_url) if not one["active"] and _identity(one) in before]
        _set(paused, api_url, active=True)


def _schedules(api_url: str) -> list[dict[str, Any]]:
    found = api.call(api_url, "POST", "/deployments/filter", {})
    return [each for deployment in found for each in deployment["schedules"]]


def _identity(schedule: Mapping[str, Any]) -> tuple[str, str]:
    return str(schedule["deployment_id"]), repr(sorted(schedule["schedule"].items()))


def _set(schedules: list[dict[str, Any]], api_url: str, active: bool) -> int:
    """The server empties the parameters of a schedule whose update does not name them, so they are sent back."""
    for each in schedules:
        path = f"/deployments/{each['deployment_id']}/schedules/{each['id']}"
        api.call(api_url, "PATCH", path, {"active": active, "parameters": each["parameters"]})
    return len(schedules)


def _deploy(root: Path, env: Mapping[str, str], file: Path) -> None:
    done = subprocess.run(  # noqa: S603 - a fixed command
        python_module("prefect", "--no-prompt", "deploy", "--all", "--prefect-file", str(file)),
        cwd=root,
        # prefect.yaml may name its directory by $PWD
        env={**os.environ, **api.auth_env(), **env, "PWD": str(root.resolve())},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        tail = "\n".join(done.stdout.splitlines()[-_TAIL_LINES:])
        raise Unavailable(f"The flows of {root / 'prefect.yaml'} could not be deployed:\n{tail}")
