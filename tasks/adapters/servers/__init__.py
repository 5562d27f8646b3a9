"""The servers of an embedded stack: Prefect server, MLflow, worker. Started, watched and stopped as plain processes."""

from tasks.adapters.servers.components import Component, status
from tasks.adapters.servers.deploy import create_work_pool, deploy_all, set_schedules
from tasks.adapters.servers.plan import Plan, client_env
from tasks.adapters.servers.ports import free_port, require_free
from tasks.adapters.servers.process import Command, ServerProcess, alive, launch, stop
from tasks.adapters.servers.record import Stack
from tasks.adapters.servers.runs import run_deployment
from tasks.adapters.servers.stack import down, up

__all__ = [
    "Command",
    "Component",
    "Plan",
    "ServerProcess",
    "Stack",
    "alive",
    "client_env",
    "create_work_pool",
    "deploy_all",
    "down",
    "free_port",
    "launch",
    "require_free",
    "run_deployment",
    "set_schedules",
    "status",
    "stop",
    "up",
]
