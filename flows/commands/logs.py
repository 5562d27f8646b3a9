"""keel logs."""

import time
from typing import Annotated, Any

import typer

from conf import home
from flows.commands.output import AsJson, out, readable, say, show_json
from models.types import BadInput, iso, parse_time
from models.types.seen import seen
from tasks.adapters.logs import Wanted, found_lines, new_lines
from tasks.adapters.logs.reading import LEVELS

# Between two looks at the files.
AGAIN_S = 0.5
FIRST = ("time", "level", "process", "event")
LAST = ("logger", "pid", "exception")


def logs(
    cycle: Annotated[str | None, typer.Option(help="Only the lines of this cycle and of its orders.")] = None,
    order: Annotated[str | None, typer.Option(help="Only the lines about this client order id.")] = None,
    since: Annotated[str | None, typer.Option(help="From then on, such as 2024-01-31T23:00Z.")] = None,
    level: Annotated[str, typer.Option(help="DEBUG, INFO, WARNING, ERROR or CRITICAL, and what is graver.")] = "DEBUG",
    last: Annotated[int, typer.Option(min=1, help="The newest so many.")] = 200,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with new lines until interrupted.")] = False,
    as_json: AsJson = False,
) -> None:
    """What Keel's processes have logged, from all of their files, in the order of time.

    With --follow --json each new line is a JSON object of its own.
    """
    if level.upper() not in LEVELS:
        raise BadInput(f"found the level {level!r}, allowed is one of {', '.join(LEVELS)}")
    moment = None if since is None else iso(parse_time(since))
    wanted = Wanted(cycle, order, None if moment is None else moment.rstrip("Z"), level.upper())
    folder = home() / "state" / "logs"
    if follow:
        _follow(wanted, as_json)
        return
    found = found_lines(folder, wanted, last)
    if as_json:
        show_json({"lines": list(found.lines), "all": found.every, "unreadable": found.unreadable})
        return
    for one in found.lines:
        out.print(_shown(one), highlight=False)
    if not found.lines:
        say(f"no such line below {folder}")
    if found.unreadable:
        say(f"{found.unreadable} lines could not be read: cut off by a full disk or a kill")


def _follow(wanted: Wanted, as_json: bool) -> None:
    folder, read = home() / "state" / "logs", dict[bytes, int]()
    while True:
        for one in new_lines(folder, wanted, read):
            if as_json:
                show_json(one)
            else:
                out.print(_shown(one), highlight=False)
        time.sleep(AGAIN_S)


def _shown(line: dict[str, Any]) -> str:
    """One line for people; an error's traceback below it."""
    time_, level, process, event = (readable(line.get(name, "")) for name in FIRST)
    more = " ".join(f"{seen(name)}={readable(one)}" for name, one in line.items() if name not in FIRST + LAST)
    told = f"{time_[:23]} {level:8} {process:8} {event} {more}".rstrip()
    return f"{told}\n{readable(line['exception'])}" if line.get("exception") else told
