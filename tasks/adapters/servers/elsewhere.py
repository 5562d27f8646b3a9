"""Servers that this home did not start: the environment names them, as Prefect's and MLflow's own clients have it."""

import os
from dataclasses import dataclass

from models.types.errors import BadInput
from tasks.adapters.servers.plan import Plan

API_VARIABLE, MLFLOW_VARIABLE = "PREFECT_API_URL", "MLFLOW_TRACKING_URI"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """Addresses of servers of other machines; None where the environment names none, or this home's own."""

    api_url: str | None
    mlflow_url: str | None


def elsewhere(own: Plan | None) -> Elsewhere:
    """What the environment names beside the servers of `own`, a stack that this home has started."""
    api_url, mlflow_url = _named(API_VARIABLE), _named(MLFLOW_VARIABLE)
    return Elsewhere(
        None if own is not None and api_url == own.api_url else api_url,
        None if own is not None and mlflow_url == own.mlflow_url else _if_server(mlflow_url),
    )


def require_api_url() -> str:
    """Of the Prefect server that the environment names.

    Raises:
        BadInput: it names none.
    """
    found = _named(API_VARIABLE)
    if found is None:
        raise BadInput(f"{API_VARIABLE} is not set; set it to the API of the Prefect server, http://HOST:4200/api")
    return found


def require_mlflow_url() -> str:
    """Of the MLflow server that the environment names.

    Raises:
        BadInput: it names none.
    """
    found = _if_server(_named(MLFLOW_VARIABLE))
    if found is None:
        raise BadInput(f"{MLFLOW_VARIABLE} is not set; set it to the MLflow server, http://HOST:5000")
    return found


def _named(variable: str) -> str | None:
    return os.environ.get(variable, "").rstrip("/") or None


def _if_server(address: str | None) -> str | None:
    """A database or a folder is no server that could be asked how it is."""
    return address if address is not None and address.startswith(("http://", "https://")) else None
