"""Debian packages that tests need beside pip: python tests/support/system_packages.py chromium [MORE ...].

A package counts as present when a program of its name is found. What is missing is installed where this process may.
"""

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

# Asked before a service is started by a package: see invoke-rc.d(8).
POLICY = Path("/usr/sbin/policy-rc.d")


def missing(names: list[str]) -> list[str]:
    """Those without a program of their name on PATH."""
    return [name for name in names if shutil.which(name) is None]


def install(names: list[str]) -> str | None:
    """Install by apt-get, without what runs as a service; None when that went well, else what apt-get said."""
    for arguments in (["update"], ["install", "-y", "--no-install-recommends", *names]):
        with unstarted():
            done = _run("apt-get", *arguments)
        if done.returncode != 0:
            return f"apt-get {' '.join(arguments)} failed:\n{done.stdout}"
    if shutil.which("systemctl") is not None:
        for name in names:
            _run("systemctl", "disable", name)  # at the next start neither; one that is no service says so, no more
    return None


@contextlib.contextmanager
def unstarted() -> Iterator[None]:
    """Debian starts what it installs, such as a Prometheus at port 9090; not while this file says no to it. One that
    is there already has its reasons and stays.
    """
    if POLICY.exists() or not POLICY.parent.is_dir():
        yield
        return
    POLICY.write_text("#!/bin/sh\nexit 101\n")
    POLICY.chmod(0o755)
    try:
        yield
    finally:
        POLICY.unlink()


def _run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        arguments,
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )


def main() -> int:
    """0 when every package is there in the end, else 1 and one sentence how to install it."""
    wanted = missing(sys.argv[1:])
    if not wanted:
        return 0
    if os.geteuid() == 0 and shutil.which("apt-get") is not None:
        failure = install(wanted)
        if failure is not None:
            print(failure, file=sys.stderr)
        wanted = missing(wanted)
    if not wanted:
        return 0
    names = " ".join(wanted)
    print(f"{names} missing; install with: sudo apt-get install --no-install-recommends {names}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
