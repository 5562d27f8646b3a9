"""The process that trains: it reads an order from its standard input, says how it goes on its standard output, one JSON
object a line, and ends when either closes.
"""

import json
import os
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any

from models.types import KeelError, Series
from tasks.session.json_values import finite
from tasks.session.learning.child import DONE, ERRORS, FAILED, SAID, configuration_of

Say = Callable[[str, object], None]


def main() -> None:
    """Do the one order, and end with the error's exit code."""
    say = _voice()
    order = json.loads(sys.stdin.readline())
    Thread(target=_end_with_parent, daemon=True).start()
    try:
        say(DONE, finite(_trained(order, lambda text: say(SAID, text))))
    except KeelError as error:
        name = next((one.__name__ for one in ERRORS if isinstance(error, one)), KeelError.__name__)
        say(FAILED, [name, str(error)])
        sys.exit(error.exit_code)


def _trained(order: dict[str, Any], report: Callable[[str], None]) -> list[dict[str, object]]:
    # Imported here: whatever training needs takes seconds, in which the parent's end should be noticed.
    from tasks.adapters import networks  # noqa: F401 - before Keras is imported
    from tasks.bootstrap import build_desk, build_tracker
    from tasks.session.learning.training import train_models

    loaded = configuration_of(order["tree"])
    desk = replace(build_desk(as_of=order["as_of"], folder=Path(order["home"])), loaded=loaded)
    tracker = build_tracker(desk)
    return [
        one.as_json()
        for venue, symbol, timeframe, models in order["models"]
        for one in train_models(desk, Series(venue, symbol, timeframe), models, tracker, report)
    ]


def _voice() -> Say:
    """Says a line where our standard output led to; what libraries print there goes to standard error from now on."""
    mouth = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())

    def say(key: str, value: object) -> None:
        mouth.write(json.dumps({key: value}, default=str, allow_nan=False) + "\n")
        mouth.flush()

    return say


def _end_with_parent() -> None:
    """Our standard input stays open for as long as somebody waits for us; nothing more comes from there."""
    while os.read(sys.stdin.fileno(), 1):
        pass
    os._exit(1)


if __name__ == "__main__":
    main()
