"""Real processes of a drill: each in a home of its own, none of them there any more when it has ended."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conf import PROJECT
from models.types import Unavailable
from tasks.session.apart import set_apart

# Between two looks at what is waited for.
LOOK_S = 0.05
# That a process may take which is waited for to its end.
PATIENCE_S = 600.0
# Nothing of the real account: neither its settings nor its keys.
LEFT_OUT = ("KEEL_", "PREFECT_", "MLFLOW_")
KEYS = ("_API_KEY", "_SECRET_KEY", "_API_SECRET", "_PASSPHRASE")


@dataclass(frozen=True, slots=True)
class Child:
    """A process that goes on; what it says is in a file."""

    process: "subprocess.Popen[bytes]"
    said: Path

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Every whole line of JSON so far."""
        text = self.said.read_text()
        return [json.loads(line) for line in text[: text.rfind("\n") + 1].splitlines()]

    def word(self, name: str) -> Any:
        """The newest that it said under the name, None where it said nothing yet."""
        found = [line[name] for line in self.lines if name in line]
        return found[-1] if found else None

    def trouble(self) -> str:
        """The last line of its errors."""
        return _last_line(self.said.with_suffix(".err").read_text())


class Processes:
    """Those of one drill, with what they say in `folder`."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self._folder = folder
        self._settings = settings
        self._begun: list[subprocess.Popen[bytes]] = []

    def begin(self, home: Path, *arguments: str) -> Child:
        """`python -m ARGUMENTS` in the home, without waiting for its end."""
        said = self._folder / f"{len(self._begun)}.out"
        with said.open("wb") as out, said.with_suffix(".err").open("wb") as errors:
            process = subprocess.Popen(  # noqa: S603 - our own modules
                [sys.executable, "-m", *arguments],
                cwd=PROJECT,
                env=self._environment(home),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=errors,
                start_new_session=True,
            )
        self._begun.append(process)
        return Child(process, said)

    def run(self, home: Path, *arguments: str) -> tuple[int, Child]:
        """The same to its end: (exit code, what it said).

        Raises:
            Unavailable: it did not end.
        """
        child = self.begin(home, *arguments)
        try:
            return child.process.wait(PATIENCE_S), child
        except subprocess.TimeoutExpired:
            raise Unavailable(f"{' '.join(arguments)} did not end within {PATIENCE_S:g} s; see what keeps it") from None

    def done(self, home: Path, *arguments: str) -> Child:
        """The same, where it has to work.

        Raises:
            Unavailable: it did not.
        """
        code, child = self.run(home, *arguments)
        if code:
            raise Unavailable(f"{' '.join(arguments)} ended with {code}: {child.trouble()}")
        return child

    def end(self) -> None:
        """None is there any more, frozen ones included."""
        for one in self._begun:
            if one.poll() is None:
                one.kill()
            one.wait()

    def _environment(self, home: Path) -> dict[str, str]:
        kept = {
            name: text for name, text in os.environ.items() if not name.startswith(LEFT_OUT) and not name.endswith(KEYS)
        }
        return kept | self._settings | set_apart(home)


@contextmanager
def processes(folder: Path, settings: dict[str, str]) -> Iterator[Processes]:
    """Processes that have ended when the context does, however it does."""
    found = Processes(folder, settings)
    try:
        yield found
    finally:
        found.end()


def until(is_so: Callable[[], bool], seconds: float, what: str) -> None:
    """Wait until it is so.

    Raises:
        Unavailable: it is not within so many seconds.
    """
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise Unavailable(f"{what} did not happen within {seconds:g} s")
        time.sleep(LOOK_S)


def _last_line(text: str) -> str:
    lines = [line for line in text.splitlines() if line.strip()]
    return lines[-1].removeprefix("keel: ") if lines else "it said nothing"
