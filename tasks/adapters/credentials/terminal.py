"""A person at a terminal, whose typing nobody sees."""

import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def person() -> Iterator[Callable[[str], str] | None]:
    """Asks for a line and says what for; None where standard input is no terminal.

    The echo is off from before the first question until after the last, and nothing that was typed is thrown away: a
    key of several lines that is pasted at once arrives while the first of them is read.
    """
    if not sys.stdin.isatty():
        yield None
        return
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    silent = [*before]
    silent[3] = before[3] & ~termios.ECHO
    termios.tcsetattr(terminal, termios.TCSADRAIN, silent)
    try:
        yield _ask
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _ask(what: str) -> str:
    sys.stderr.write(f"{what}: " if what else "")
    sys.stderr.flush()
    line = sys.stdin.readline()
    sys.stderr.write("\n")
    return line.rstrip("\r\n")
