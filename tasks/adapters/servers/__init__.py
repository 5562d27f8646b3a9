"""Prefect server, MLflow and workers: those of an embedded stack, which are plain processes, started, watched and
stopped; and those of other machines, which are found and asked.
"""

from tasks.adapters.servers.components import Component, status
from tasks.adapters.servers.deploy import deploy_all, kept_schedules, set_schedules
from tasks.adapters.servers.elsewhere import elsewhere, require_api_url, require_mlflow_url
from tasks.adapters.servers.plan import Plan, client_env, env_of
from tasks.adapters.servers.pools import POOLS, require_pool
from tasks.adapters.servers.ports import free_port, require_free
from tasks.adapters.servers.process import Command, ServerProcess, alive, launch, stop
from tasks.adapters.servers.record import Stack
from tasks.adapters.servers.runs import run_deployment
from tasks.adapters.servers.stack import down, up
from tasks.adapters.servers.stores import Stores
from tasks.adapters.servers.worker_here import become_worker

__all__ = [
    "POOLS",
    "Command",
    "Component",
    "Plan",
    "ServerProcess",
    "Stack",
    "Stores",
    "alive",
    "become_worker",
    "client_env",
    "deploy_all",
    "down",
    "elsewhere",
    "env_of",
    "free_port",
    "kept_schedules",
    "launch",
    "require_api_url",
    "require_free",
    "require_mlflow_url",
    "require_pool",
    "run_deployment",
    "set_schedules",
    "status",
    "stop",
    "up",
]
