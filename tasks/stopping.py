"""The first act of `keel stop` and `keel flatten`: the file, before anything that could fail is imported.

Only the standard library is needed for it, no configuration and no journal.
"""

import argparse
import getpass
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from data.stop_file import FILE, Said, write_file

PAUSE, FLATTEN = "PAUSE", "FLATTEN"
COMMANDS = {"stop": PAUSE, "flatten": FLATTEN}
NO_REASON = "no reason was given"


@dataclass(frozen=True, slots=True)
class FirstAct:
    """What was asked for, what the file says since then, and why it could not be written (empty where it could)."""

    asked: Said
    file: Path
    stands: Said | None
    trouble: str


def runtime_folder() -> Path:
    """As conf.home, which asks for more than the standard library."""
    moved = os.environ.get("KEEL_HOME")
    return Path(moved).expanduser().resolve() if moved else Path(__file__).resolve().parents[1] / "data"


def stop_first(level: str, reason: str, who: str | None) -> FirstAct:
    """Write the file; once more it changes nothing."""
    file = runtime_folder() / "state" / FILE
    asked = Said(level, " ".join(reason.split()) or NO_REASON, _user() if who is None else who, time.time_ns() // 1000)
    try:
        return FirstAct(asked, file, write_file(file, asked), "")
    except OSError as error:
        return FirstAct(asked, file, None, f"{file} cannot be written ({error.strerror})")


def stop_by(command: str, arguments: Sequence[str]) -> FirstAct | None:
    """The first act of a command line; None where it only asks for help. What it does not know is left for later."""
    if "--help" in arguments:
        return None
    parser = argparse.ArgumentParser(prog=f"keel {command}", add_help=False, exit_on_error=False, allow_abbrev=False)
    parser.add_argument("reason", nargs="*", default=[])
    parser.add_argument("--who")
    try:
        known, _ = parser.parse_known_args(list(arguments))
    except argparse.ArgumentError:
        return stop_first(COMMANDS[command], "", None)
    return stop_first(COMMANDS[command], " ".join(known.reason), known.who)


def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return str(os.getuid())
