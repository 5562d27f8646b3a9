"""No secret leaves the process by a log, a traceback or an alert, whoever writes it.

Log records are scrubbed where they are made, by the factory that all loggers share: that holds for handlers that come
later (Prefect sets its own up anew in each run, and one of them ships what it gets to the server) and for loggers that
pass nothing on to the root.
"""

import functools
import inspect
import logging
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.sql.dml import Insert

from conf.secrets import plain, scrub, scrub_values
from data.journal.tables import alerts_outbox
from models.types import BadInput, Damaged, KeelError, Refused, Unavailable

Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")
Caught = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

# At DEBUG it writes headers and bodies of requests. A level, because setting all loggers up anew undoes `disabled`.
SILENCED = "ccxt"
KINDS = (BadInput, Refused, Damaged, Unavailable)


def protect() -> None:
    """From here on this process scrubs what it logs, how it ends, and its alerts; twice is once.

    Called again it covers handlers that were added since, and hooks that somebody else has set since.
    """
    logging.setLogRecordFactory(ScrubbedRecord)
    for logger in _loggers():
        for handler in logger.handlers:
            if not any(isinstance(one, ScrubFilter) for one in handler.filters):
                handler.addFilter(ScrubFilter())
        if logger.name.split(".")[0] == SILENCED:
            logger.setLevel(logging.CRITICAL + 1)
    _protect_endings()
    if not event.contains(Engine, "before_execute", _scrub_alert):
        event.listen(Engine, "before_execute", _scrub_alert, retval=True)


def shielded(function: Callable[Arguments, Result]) -> Callable[Arguments, Result]:
    """The function, with errors that show no secret: Prefect keeps the text of an error with the state of the run.

    A coroutine function stays one, and what it awaits is shielded too. Directly under `@task` or `@flow`.
    """
    if inspect.iscoroutinefunction(function):
        return _shielded_coroutine(function)

    @functools.wraps(function)
    def call(*given: Arguments.args, **named: Arguments.kwargs) -> Result:
        try:
            return function(*given, **named)
        except Exception as error:
            shown = scrubbed_error(error)
            if shown is error:
                raise
        # Outside of the except block, so that the error with the secret goes no further as its context.
        raise shown

    return call


def _shielded_coroutine(function: Callable[Arguments, Any]) -> Callable[Arguments, Any]:
    @functools.wraps(function)
    async def call(*given: Arguments.args, **named: Arguments.kwargs) -> Any:
        try:
            return await function(*given, **named)
        except Exception as error:
            shown = scrubbed_error(error)
            if shown is error:
                raise
        # Outside, as above.
        raise shown

    return call


def scrubbed_error(error: Exception) -> Exception:
    """The error, or one of ours with its text scrubbed where it, or what it came from, shows a secret."""
    text = _told((type(error), error, error.__traceback__))
    if scrub(text) == text:
        return error
    kind = next((one for one in KINDS if isinstance(error, one)), KeelError)
    told = str(error) if isinstance(error, KeelError) else f"{type(error).__name__}: {error}"
    return kind(scrub(told)).with_traceback(error.__traceback__)


class ScrubbedRecord(logging.LogRecord):
    """A log record without secrets; one that has none is as it would be without us."""

    def __init__(
        self,
        name: str,
        level: int,
        pathname: str,
        lineno: int,
        msg: object,
        args: Any,
        exc_info: Caught | None,
        func: str | None = None,
        sinfo: str | None = None,
    ) -> None:
        super().__init__(name, level, pathname, lineno, msg, args, exc_info, func, sinfo)
        if isinstance(self.args, Mapping):
            self.args = {key: _clean(value) for key, value in self.args.items()}
        elif self.args:
            self.args = tuple(_clean(value) for value in self.args)
        self._clean_message()
        self.stack_info = None if sinfo is None else scrub(sinfo)
        if exc_info and exc_info[0] is not None:
            self._hide(_told(exc_info))

    def getMessage(self) -> str:  # noqa: N802 - logging's name
        """The text; that of a record which another process made was not scrubbed before."""
        return scrub(super().getMessage())

    def _clean_message(self) -> None:
        if isinstance(self.msg, dict):  # structlog's, whose formatter wants it whole
            self.msg = {name: _clean_deep(value) for name, value in self.msg.items()}
            return
        try:
            whole = super().getMessage()
        except Exception:  # noqa: BLE001 - whoever logs must not fail by it; its handler will say what is wrong
            self.msg = _clean(self.msg)
            return
        if scrub(whole) != whole:
            # Only as a whole, because `signature=%s` shows what it is with its argument.
            self.msg, self.args = scrub(whole), ()

    def _hide(self, told: str) -> None:
        if scrub(told) != told:
            # Formatters show the text that is there, and not the error again.
            self.exc_text, self.exc_info = scrub(told).rstrip("\n"), None


class ScrubFilter(logging.Filter):
    """Scrubs what records were given beside their message, and those that another process made."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Every record passes."""
        record.__dict__.update(scrub_values(record.__dict__))
        return True


@dataclass(frozen=True, slots=True)
class ScrubbedEnding:
    """A hook for uncaught errors: the one that was there before, unless the error shows a secret."""

    before: Callable[..., object]

    def __call__(self, *given: Any) -> None:
        """Given the error's type, value and traceback, or one object that has them."""
        caught = given if len(given) == 3 else (given[0].exc_type, given[0].exc_value, given[0].exc_traceback)
        told = _told(caught)
        if scrub(told) == told:
            self.before(*given)
        else:
            sys.stderr.write(scrub(told))


def _protect_endings() -> None:
    # Of errors that nobody caught: in the main thread, in others and in finalizers.
    for place, name in ((sys, "excepthook"), (threading, "excepthook"), (sys, "unraisablehook")):
        hook = getattr(place, name)
        if not isinstance(hook, ScrubbedEnding):
            setattr(place, name, ScrubbedEnding(hook))


def _told(caught: Any) -> str:
    return "".join(traceback.format_exception(*caught))


def _clean(value: Any) -> Any:
    if value is None or isinstance(value, int | float):
        return value
    try:
        text = value if isinstance(value, str) else str(value)
    except Exception:  # noqa: BLE001 - whoever logs must not fail by it; what cannot be shown shows nothing
        return value
    clean = scrub(text)
    return value if clean == text else clean


def _clean_deep(value: Any) -> Any:
    """As `_clean`, and in what it holds; an error that is to be told stays one, unless it shows a secret."""
    if isinstance(value, BaseException | tuple) or value is True:
        return _clean(value)
    try:
        return plain(value)
    except Exception:  # noqa: BLE001 - as above
        return _clean(value)


def _loggers() -> Iterator[logging.Logger]:
    yield logging.getLogger()
    yield logging.getLogger(SILENCED)
    yield from [one for one in logging.root.manager.loggerDict.values() if isinstance(one, logging.Logger)]


def _scrub_alert(
    _connection: Connection, statement: Any, several: Any, one: Any, _options: Mapping[str, Any]
) -> tuple[Any, Any, Any]:
    """Rows of the alerts' outbox without secrets: from there they go to other people's servers."""
    if isinstance(statement, Insert) and statement.table is alerts_outbox:
        return statement, [scrub_values(row) for row in several], scrub_values(one)
    return statement, several, one
