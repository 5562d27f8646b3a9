"""Prefect task of the predictor."""

import asyncio
import threading
from dataclasses import replace
from typing import Any

from prefect import get_run_logger, task

from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_trading_desk, watched_parameters
from tasks.session.desk import Desk
from tasks.session.predicting import Predictor

MINUTE_S = 60.0


@task(name="predict bars")
@shielded
async def predict_bars(minutes: float | None) -> dict[str, Any]:
    """Speak about each bar of the configured book as it closes, for so many minutes or until the run is cancelled; a
    round that has begun is finished.
    """
    logger, stop = get_run_logger(), threading.Event()
    desk, journal = build_trading_desk({}, logger.warning)

    def work() -> dict[str, Any]:
        with watched_parameters(desk, journal, {}) as server:

            def follow() -> Desk:
                return replace(desk, loaded=server.follow(desk.clock.now()).loaded)

            return Predictor(follow, journal, logger.info).run(stop.wait).as_json()

    timer = threading.Timer(MINUTE_S * minutes, stop.set) if minutes is not None else None
    if timer is not None:
        timer.start()
    try:
        return await asyncio.to_thread(work)
    finally:
        stop.set()
        if timer is not None:
            timer.cancel()
