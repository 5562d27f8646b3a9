"""Prefect task that runs trade cycles. It has no retries: the next run is the recovery."""

from typing import Any

from prefect import get_run_logger, task

from models.types import parse_time
from tasks.adapters.redaction import shielded
from tasks.bootstrap import build_broker, build_trading_desk, no_checkpoint
from tasks.session.guarding.alive import alive_cycle
from tasks.session.predicting.awaiting import await_words
from tasks.session.replay import run_stretch
from tasks.session.review import review_settled, run_reviewed
from tasks.session.staging import put_on_record


@task(name="trade cycle")
@shielded
def trade_cycle(flags: dict[str, Any], live: bool = False) -> dict[str, Any]:
    """One cycle for the newest closed bar; `live` is one of the acts that real orders ask for."""
    desk, journal = build_trading_desk(flags, get_run_logger().warning)
    await_words(desk)
    with alive_cycle(desk, journal) as passed:
        broker = build_broker(desk, journal, live, passed)
        with put_on_record(desk, journal) as ended:
            cycle = run_reviewed(desk, journal, broker, passed)
            ended(cycle.bar, cycle.decision is not None)
    result = cycle.as_json()
    get_run_logger().info(str(result))
    return result


@task(name="trade stretch")
@shielded
def trade_stretch(flags: dict[str, Any], as_of: str, bars: int) -> dict[str, Any]:
    """One cycle for each of the last `bars` bars that had closed by `as_of`, with the clock at each bar's close."""
    desk, journal = build_trading_desk(flags, get_run_logger().warning)
    cycles = run_stretch(desk, journal, lambda one: build_broker(one, journal), no_checkpoint, parse_time(as_of), bars)
    review_settled(desk, journal, [fill for one in cycles for fill in one.fills])
    last = cycles[-1].as_json()
    orders = sum(len(one.decision.intents) for one in cycles if one.decision is not None)
    get_run_logger().info(f"{len(cycles)} cycles, {orders} orders, last: {last}")
    return {"cycles": len(cycles), "orders": orders, "last": last}
