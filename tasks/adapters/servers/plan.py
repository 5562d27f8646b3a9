"""Where an embedded stack lives and listens, and what a client of it has to know."""

import os
from dataclasses import dataclass
from pathlib import Path

from tasks.adapters.servers.ports import LOOPBACK


@dataclass(frozen=True, slots=True)
class Plan:
    """`root` holds prefect.yaml and the flows; everything that is written goes below `home`/state."""

    root: Path
    home: Path
    prefect_port: int
    mlflow_port: int
    host: str = LOOPBACK

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
    return {
        "KEEL_HOME": str(plan.home.resolve()),
        "PREFECT_HOME": str(state_dir(plan.home) / "prefect"),
        "PREFECT_API_URL": plan.api_url,
        "MLFLOW_TRACKING_URI": plan.mlflow_url,
        "MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false",
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "DO_NOT_TRACK": "1",
        **_unproxied(plan.host),
    }


def _unproxied(host: str) -> dict[str, str]:
    """Behind a company proxy the clients would ask the proxy for our own machine."""
    given = os.environ.get("no_proxy") or os.environ.get("NO_PROXY") or ""
    hosts = ",".join(dict.fromkeys([*filter(None, given.split(",")), host, "localhost"]))
    return {"no_proxy": hosts, "NO_PROXY": hosts}
