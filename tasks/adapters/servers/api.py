"""One call to the REST interface of a Prefect server."""

import time
from typing import Any

import httpx

from conf.secrets import load_secrets, variable_of
from models.types.errors import Unavailable

_TIMEOUT_S = 60.0
_PAUSE_S = 0.3


def call(api_url: str, method: str, path: str, body: object = None, *, accept: int | None = None) -> Any:
    """Return the decoded answer, None when it is empty; raise Unavailable for every failure but status `accept`."""
    answer = _send(api_url, method, path, body)
    if answer.is_error and answer.status_code != accept:
        raise Unavailable(
            f"The Prefect server at {api_url} refused {method} {path} with {answer.status_code}: {answer.text[:300]}"
        )
    return answer.json() if answer.content else None


def _send(api_url: str, method: str, path: str, body: object) -> httpx.Response:
    """Ask until the answer is not 503, which the server gives while its SQLite database is locked."""
    deadline = time.monotonic() + _TIMEOUT_S
    while True:
        try:
            # Not through the proxy that the environment may name: these are our own machines.
            answer = httpx.request(method, api_url + path, json=body, timeout=_TIMEOUT_S, trust_env=False, auth=auth())
        except httpx.HTTPError as error:
            raise Unavailable(f"The Prefect server at {api_url} does not answer: {error}. See `keel status`") from error
        if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or time.monotonic() > deadline:
            return answer
        time.sleep(_PAUSE_S)


def auth() -> tuple[str, str] | None:
    """User and password that the server asks for, None where none are set."""
    found = load_secrets().prefect_api_auth_string
    if found is None:
        return None
    user, _, password = found.get_secret_value().partition(":")
    return user, password


def auth_env() -> dict[str, str]:
    """The same for Prefect's own commands and for flow runs."""
    found = load_secrets().prefect_api_auth_string
    return {} if found is None else {variable_of("prefect_api_auth_string"): found.get_secret_value()}
