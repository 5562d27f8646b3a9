"""Becoming a worker of a Prefect server that may be on another machine."""

import os
import signal
import socket
from pathlib import Path
from typing import NoReturn

from tasks.adapters.servers.api import auth_env
from tasks.adapters.servers.deploy import create_work_pool
from tasks.adapters.servers.elsewhere import require_api_url, require_mlflow_url
from tasks.adapters.servers.plan import env_of, state_dir
from tasks.adapters.servers.pools import require_pool
from tasks.adapters.servers.worker import pace, worker_argv


def become_worker(root: Path, home: Path, pool: str, name: str | None) -> NoReturn:
    """Start runs of the pool's deployments, in `root` and with this home, until interrupted. `name`: how the server
    shows it (None: host and pool, so that a restart is no other worker).

    Raises:
        BadInput: there is no such pool, or the environment does not name the servers.
        Unavailable: the Prefect server does not answer.
    """
    require_pool(pool)
    api_url, mlflow_url = require_api_url(), require_mlflow_url()
    create_work_pool(api_url, pool)  # whoever comes first: deployments and workers may come in any order
    env = {"PREFECT_HOME": str(state_dir(home) / "prefect"), **os.environ, **auth_env()}
    env |= env_of(home, api_url, mlflow_url) | pace(pool)
    argv = worker_argv(pool, name or f"{socket.gethostname()}-{pool}")
    # Started in the background of a script it would have inherited SIGINT as ignored, and never end.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.chdir(root)
    os.execve(argv[0], argv, env)  # noqa: S606 - our own interpreter, no shell
