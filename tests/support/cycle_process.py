"""Paper cycles in processes that die by SIGKILL: python cycle_process.py '[[HOME, BARS, LABEL, NTH], ...]'.

Every job is a process of its own, forked before anything of the model libraries was used; it prints one exit status a
job. LABEL is a checkpoint of the cycle; the name of a table, reached for every row of a statement before that writes
them in an open transaction; or `none`, which never dies.
"""

import json
import os
import signal
import sys
from typing import Any

from sqlalchemy import event

from models.types.timeframes import HOUR
from tasks.bootstrap import build_broker, build_desk, build_journal
from tasks.session.replay import run_stretch

# With the bars that end here a book goes through a whole storm of tests/support/stormy.py.
LEFT_OUT = 60


def trade(home: str, bars: int, label: str, nth: int) -> None:
    """The last `bars` bars but LEFT_OUT; SIGKILL when `label` is reached for the `nth` time."""
    os.environ["KEEL_HOME"] = home
    seen = 0

    def checkpoint(reached: str) -> None:
        nonlocal seen
        seen += reached == label
        if seen == nth and reached == label:
            os.kill(os.getpid(), signal.SIGKILL)

    desk = build_desk()
    newest = max(int(desk.bars.read(one).ts[-1]) for one in desk.universe())
    journal = build_journal(desk)

    @event.listens_for(journal.engine, "before_cursor_execute")
    def _(_connection: Any, _cursor: Any, statement: str, rows: Any, _context: Any, many: bool) -> None:
        if statement.startswith("INSERT INTO "):
            for _ in rows if many else (rows,):
                checkpoint(statement.split()[2])

    as_of = newest + (1 - LEFT_OUT) * HOUR
    run_stretch(desk, journal, lambda one: build_broker(one, journal), checkpoint, as_of, bars)


def main() -> None:
    """One child a job, one after the other."""
    for job in json.loads(sys.argv[1]):
        child = os.fork()
        if child == 0:
            trade(*job)
            os._exit(0)
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


if __name__ == "__main__":
    main()
