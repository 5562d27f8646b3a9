"""Standard input: a person at a terminal, whose typing nobody sees, or a line that somebody sends."""

import os
import sys
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache

from models.types import BadInput


@contextmanager
def person() -> Iterator[Callable[[str], str] | None]:
    """Asks for a line and says what for; None where standard input is no terminal, or is one
    that another program has in front: whoever reads from the background is stopped.

    The echo is off from before the first question until after the last, and nothing that was typed is thrown away: a
    key of several lines that is pasted at once arrives while the first of them is read.
    """
    if not _is_there():
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


def ask_once(what: str) -> str:
    """What a person has typed in answer, asked for once in the life of this process; nothing where nobody is there."""
    with person() as ask:
        return "" if ask is None else _asked(what)


def read_line() -> str:
    """The next line of standard input.

    Raises:
        BadInput: it is no text; the error shows nothing of it.
    """
    try:
        return sys.stdin.readline()
    except UnicodeDecodeError:
        raise BadInput("standard input is not UTF-8 text; give it anew") from None


@cache
def _asked(what: str) -> str:
    return _ask(what)


def _is_there() -> bool:
    if sys.stdin is None or not sys.stdin.isatty():
        return False
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()
    except OSError:
        return True  # a terminal that is not our session's own stops nobody


def _ask(what: str) -> str:
    sys.stderr.write(f"{what}: " if what else "")
    sys.stderr.flush()
    line = read_line()
    sys.stderr.write("\n")
    return line.rstrip("\r\n")
