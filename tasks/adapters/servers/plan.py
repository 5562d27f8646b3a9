"""Where an embedded stack lives and listens, and what a client of it has to know."""

import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tasks.adapters.servers.pools import POOL
from tasks.adapters.servers.ports import LOOPBACK


@dataclass(frozen=True, slots=True)
class Plan:
    """`root` holds prefect.yaml and the flows; everything that is written goes below `home`/state. `api_port`: None
    where the API is not started. `pools` has one worker each.
    """

    root: Path
    home: Path
    prefect_port: int
    mlflow_port: int
    host: str = LOOPBACK
    api_port: int | None = None
    pools: tuple[str, ...] = (POOL,)

    @property
    def prefect_url(self) -> str:
        """Where a browser finds the Prefect UI."""
        return f"http://{self.host}:{self.prefect_port}"

    @property
    def api_url(self) -> str:
        """Where clients find the Prefect API."""
        return f"{self.prefect_url}/api"

    @property
    def mlflow_url(self) -> str:
        """Where browsers and clients find MLflow."""
        return f"http://{self.host}:{self.mlflow_port}"


def state_dir(home: Path) -> Path:
    """The absolute folder of all that the servers write: they do not run in the caller's directory."""
    return home.resolve() / "state"


def client_env(plan: Plan) -> dict[str, str]:
    """What flows, workers and command line tools need in their environment to use this stack, and only this one."""
    return {"PREFECT_HOME": str(state_dir(plan.home) / "prefect")} | env_of(plan.home, plan.api_url, plan.mlflow_url)


def env_of(home: Path, api_url: str, mlflow_url: str) -> dict[str, str]:
    """The same for servers wherever they are."""
    return {
        "KEEL_HOME": str(home.resolve()),
        "PREFECT_API_URL": api_url,
        "MLFLOW_TRACKING_URI": mlflow_url,
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        **_unproxied(api_url, mlflow_url),
    }


def _unproxied(*urls: str) -> dict[str, str]:
    """Behind a company proxy the clients would ask the proxy for our own machines."""
    own = [urlsplit(url).hostname for url in urls]
    given = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    hosts = ",".join(dict.fromkeys([*filter(None, [*given.split(","), *own]), "localhost"]))
    return {"no_proxy": hosts, "NO_PROXY": hosts}
