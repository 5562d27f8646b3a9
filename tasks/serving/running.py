"""One process on the loopback, in the foreground, until it is interrupted."""

import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from conf import home
from conf.schema.api import ApiConfig
from models.types import BadInput
from tasks.adapters.servers import POOLS, require_free
from tasks.adapters.servers import status as ask_servers
from tasks.bootstrap.monitoring import streaming
from tasks.serving.building import DeskNow, Warn, build_parts, find_tokens
from tasks.serving.connections import PatientProtocol
from tasks.web.app import build_app
from tasks.web.pulse import Pulse

ENDING_S = 5
NAME = "api"


class Serving(uvicorn.Server):
    """A server whose streams end as soon as it is to end."""

    def __init__(self, config: uvicorn.Config, pulse: Pulse) -> None:
        super().__init__(config)
        self._pulse = pulse

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """By a signal."""
        self._pulse.end()
        super().handle_exit(sig, frame)


def serve(port: int | None, warn: Warn, ready: Callable[[str], None] = lambda _: None) -> None:
    """Serve until SIGINT or SIGTERM; `port`: None for api.port; `ready` hears the address once it is bound.

    Raises:
        BadInput: tokens are missing, or no configuration was ever valid.
        Unavailable: the port is taken.
    """
    tokens, desk = find_tokens(), DeskNow(warn)
    config = desk().loaded.settings.api
    config = config if port is None else ApiConfig.model_validate({**config.model_dump(), "port": port})
    require_free(config.port, NAME, "api.port")
    parts = build_parts(tokens, config, desk, lambda: ask_servers(home(), POOLS[desk().loaded.settings.servers.pools]))
    app = build_app(parts)
    bound = _bound(config)
    ready(f"http://{config.host}:{config.port}")
    with streaming(desk(), parts.journal):
        Serving(settings_of(app, config), app.state.pulse).run([bound])


def settings_of(app: FastAPI, config: ApiConfig) -> uvicorn.Config:
    """One worker on the loopback, which says nothing of itself, and believes no header about who asks."""
    return uvicorn.Config(
        app,
        host=config.host,
        port=config.port,
        http=PatientProtocol,
        ws="none",
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=30,
        timeout_graceful_shutdown=ENDING_S,
        backlog=1024,
    )


def _bound(config: ApiConfig) -> socket.socket:
    """Bound here, so that the port is taken before anybody is told that it is served."""
    opened = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((config.host, config.port))
    except OSError as error:
        opened.close()
        raise BadInput(f"port {config.port} cannot be bound ({error.strerror}); give another one by --port") from error
    return opened
