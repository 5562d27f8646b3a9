"""Prefect task that runs trade cycles. It has no retries: the next run is the recovery."""

from typing import Any

from prefect import get_run_logger, task

from models.types import parse_time
from tasks.bootstrap import build_broker, build_desk, build_journal, build_trading_desk, no_checkpoint
from tasks.session.cycle import run_cycle
from tasks.session.replay import run_stretch


@task(name="trade cycle")
def trade_cycle(flags: dict[str, Any]) -> dict[str, Any]:
    """One cycle for the newest closed bar."""
    desk, journal = build_trading_desk(flags)
    result = run_cycle(desk, journal, build_broker(desk, journal), no_checkpoint).as_json()
    get_run_logger().info(str(result))
    return result


@task(name="trade stretch")
def trade_stretch(flags: dict[str, Any], as_of: str, bars: int) -> dict[str, Any]:
    """One cycle for each of the last `bars` bars that had closed by `as_of`, with the clock at each bar's close."""
    desk = build_desk(flags)
    journal = build_journal(desk)
    cycles = run_stretch(desk, journal, lambda one: build_broker(one, journal), no_checkpoint, parse_time(as_of), bars)
    last = cycles[-1].as_json()
    orders = sum(len(one.decision.intents) for one in cycles if one.decision is not None)
    get_run_logger().info(f"{len(cycles)} cycles, {orders} orders, last: {last}")
    return {"cycles": len(cycles), "orders": orders, "last": last}
