"""The predictor from the shell."""

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Annotated, Any

import typer

from flows.commands.output import (
    AsJson,
    Symbol,
    Timeframe,
    Venue,
    book_flags,
    out,
    say,
    show_json,
    warn,
    working,
)
from models.types import BadInput
from tasks.bootstrap import build_trading_desk, watched_parameters
from tasks.session.predicting import Predictor, Session, predict_round


def predict(
    once: Annotated[bool, typer.Option("--once", help="Speak about all bars that have closed, and end.")] = False,
    session: Annotated[bool, typer.Option("--session", help="Go on as bars close, until interrupted.")] = False,
    venue: Venue = None,
    symbol: Symbol = None,
    timeframe: Timeframe = None,
    as_json: AsJson = False,
) -> None:
    """Let the models that the trading loop has no time to load (lstm) speak about the book's bars, ahead of it.

    The loop reads what was said when it decides; about a bar that was decided on before it is too late.
    """
    if once == session:
        raise BadInput("say either keel predict --once or keel predict --session")
    begun, flags = time.monotonic(), book_flags(venue, symbol, timeframe)
    with working():
        found = _session(flags) if session else _once(flags)
    if as_json:
        show_json(found.as_json() | {"seconds": time.monotonic() - begun})
        return
    for word in found.words.values():
        out.print(word.sentence, highlight=False)
    if not found.words:
        out.print("the router lets no model speak that needs this process")


def _once(flags: dict[str, Any]) -> Session:
    words = predict_round(*build_trading_desk(flags, warn))
    return Session(1, sum(one.bars for one in words), {(one.series, one.model): one for one in words})


def _session(flags: dict[str, Any]) -> Session:
    with _until_interrupted() as stop:
        desk, journal = build_trading_desk(flags, warn)
        with watched_parameters(desk, journal, flags) as server:
            say("waiting for bars; interrupt to end")
            predictor = Predictor(lambda: replace(desk, loaded=server.follow(desk.clock.now()).loaded), journal, say)
            return predictor.run(stop.wait)


@contextmanager
def _until_interrupted() -> Iterator[threading.Event]:
    """An event that an interrupt sets: a word that has begun is stored before the end."""
    stop = threading.Event()
    endings = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = [signal.signal(one, lambda *_: stop.set()) for one in endings]
    try:
        yield stop
    finally:
        for one, handler in zip(endings, before, strict=True):
            signal.signal(one, handler)
