"""What a log line holds: time, level, where from, what happened, and what it is about."""

import logging
import os
from collections.abc import Callable
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

from conf.secrets import plain, scrub
from models.types.seen import seen

# What other handlers and libraries leave on a record for themselves.
LEFT_OUT = frozenset({"color_message", "send_to_api", "message", "asctime"})


def json_formatter(process: str, run: str | None) -> logging.Formatter:
    """One JSON object a line, for `process`, in the Prefect flow run `run`."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_foreign(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            _placed(process, run),
            _each(scrub),
            structlog.processors.JSONRenderer(default=str),
            _whole,
        ],
    )


def console_formatter(colours: bool) -> logging.Formatter:
    """A line for people."""
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_foreign(),
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,
            _each(scrub),
            _each(seen),
            structlog.dev.ConsoleRenderer(colors=colours, exception_formatter=structlog.dev.plain_traceback),
            _whole,
        ],
    )


def route_structlog() -> None:
    """Structlog's own loggers, which print where nobody has said otherwise, log like all others."""
    structlog.configure(
        processors=[
            *_common(),
            structlog.processors.format_exc_info,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def _foreign() -> list[Processor]:
    return [*_common(), structlog.stdlib.ExtraAdder(), _told_error]


def _told_error(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """An error whose text redaction has replaced comes as that text."""
    record: logging.LogRecord = event["_record"]
    if record.exc_text and not record.exc_info:
        event["exception"] = record.exc_text
    return event


def _common() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _placed(process: str, run: str | None) -> Processor:
    def place(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        first = {"time": event.pop("timestamp"), "level": event.pop("level"), "event": str(event.pop("event"))}
        first |= {"process": process, "pid": os.getpid(), "logger": event.pop("logger", "")}
        if run is not None:
            first["run"] = run
        return first | {name: value for name, value in event.items() if value is not None and name not in LEFT_OUT}

    return place


def _each(change: Callable[[str], str]) -> Processor:
    def clean(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {name: plain(value, change) for name, value in event.items()}

    return clean


def _whole(_logger: WrappedLogger, _method: str, line: Any) -> str:
    """Once more as a whole: a secret may stand in two values beside each other."""
    return scrub(line)
