"""Which TCP ports are free, and who holds the one that is not."""

import socket

import psutil

from models.types.errors import Unavailable

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port of this machine that nothing listens on now; another program may take it before you do."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.bind((LOOPBACK, 0))
        return int(probe.getsockname()[1])


def require_free(port: int, name: str, setting: str = "") -> None:
    """Raise Unavailable when `port` is taken; `name` is the part that wants it, `setting` where another one is set
    (empty: servers.NAME_port).
    """
    if _bindable(port):
        return
    raise Unavailable(
        f"Port {port}, wanted for {name}, is already in use by {_holder(port)}: "
        f"stop that program, or set {setting or f'servers.{name}_port'} in conf/local.yaml to a free port."
    )


def _bindable(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        # As the servers do: connections that linger after a restart must not look like a listener.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _holder(port: int) -> str:
    pid = _listener(port)
    if pid is None:
        return "a program that this user may not see"
    try:
        command = " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return f"process {pid}"
    return f"process {pid} ({command[:120]})"


def _listener(port: int) -> int | None:
    try:
        connections = psutil.net_connections(kind="tcp")
    except psutil.AccessDenied:  # macOS shows other programs' sockets to root only
        return None
    listening = (c for c in connections if c.status == psutil.CONN_LISTEN and c.laddr and c.laddr.port == port)
    return next((c.pid for c in listening), None)
