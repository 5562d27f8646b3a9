"""Execution: orders from intent to fill, how long they take, what fails, and whether books and venue agree."""

from dataclasses import replace

from tasks.monitoring.dashboards.levels import Levels
from tasks.monitoring.dashboards.looks import NONE_OF, Look, up_to
from tasks.monitoring.dashboards.panels import Column, Drawn, figure, heat, lines, rows, shares
from tasks.monitoring.dashboards.placing import Band, Board
from tasks.monitoring.dashboards.queries import STEP, Query, added, buckets, of_book, of_symbol, quantile

ORDER = "keel_order_seconds_bucket"


def execution(levels: Levels) -> Board:
    """The board of uid keel-execution."""
    return Board(
        "keel-execution",
        "Execution",
        "Orders by state, their latency, fills, refusals, failures, cycle time, reconciliation.",
        (
            Band("Quick Stats", _stats(levels)),
            Band("Orders", _orders()),
            Band("Latency", _latency(levels)),
            Band("Fills, refusals, failures", _outcomes()),
            Band("Reconciliation", _reconciliation()),
        ),
    )


def _stats(levels: Levels) -> tuple[Drawn, ...]:
    orders = Look("Order p99", "From intent to the venue's first answer, in the time shown.", 6, 4, "s")
    cycle = Look("Cycle p99", "From a bar's close to the end of its cycle, in the time shown.", 6, 4, "s")
    failures = Look("Execution failures", "In the time shown.", 6, 4, "short", 0)
    apart = Look("Unexplained holdings", "The venue holds what no order explains, or holds less.", 6, 4, "short", 0)
    fills = Look("Fills", "In the time shown.", 6, 4, "short", 0)
    refused = Look("Refusals", "Entries that were not allowed, in the time shown.", 6, 4, "short", 0)
    losses = Look("Large losses", "Trades that lost more than the limit, in the time shown.", 6, 4, "short", 0)
    running = Look("Sessions running", "Processes that trade the chosen books.", 6, 4, "short", 0)
    return (
        figure(limited(orders, levels.order_seconds, "slow-orders"), quantile(0.99, ORDER)),
        figure(
            limited(cycle, levels.cycle_seconds, "slow-cycle"), quantile(0.99, of_book("keel_cycle_seconds_bucket"))
        ),
        figure(unwanted(failures, "execution-failure"), added(of_book("keel_execution_failures_total"))),
        figure(unwanted(apart, "reconciliation-mismatch"), "sum(keel_holdings_unexplained)"),
        figure(fills, added(of_book("keel_fills_total"))),
        figure(refused, added(of_book("keel_refusals_total"))),
        figure(unwanted(losses, "large-loss"), added(of_book("keel_large_losses_total"))),
        figure(running, f"sum({of_book('keel_sessions_running')})"),
    )


def _orders() -> tuple[Drawn, ...]:
    held = Look("Orders by state", "As the venues last told them.", 12, 8, "short", 0)
    sent = Look("Orders sent", "By role, each step of the view.", 12, 8, "short", 0)
    return (
        lines(held, Query("sum by (state) (keel_orders)", "{{state}}"), stacked=True),
        lines(sent, Query(added("keel_orders_total", "role", STEP), "{{role}}"), stacked=True, bars=True),
    )


def _latency(levels: Levels) -> tuple[Drawn, ...]:
    order_heat = Look("Order time", "How many orders waited how long for the venue's first answer.", 12, 8, "s")
    order = Look("Order p50 and p99", "By venue, over a time as long as the view.", 12, 8, "s")
    cycle_heat = Look("Cycle time", "How many cycles took how long after their bar's close.", 12, 8, "s")
    cycle = Look("Cycle p50 and p99", "Over a time as long as the view.", 12, 8, "s")
    cycles = of_book("keel_cycle_seconds_bucket")
    return (
        heat(order_heat, buckets(ORDER)),
        lines(
            limited(order, levels.order_seconds, "slow-orders"),
            Query(quantile(0.5, ORDER, "le, venue"), "{{venue}} p50"),
            Query(quantile(0.99, ORDER, "le, venue"), "{{venue}} p99"),
        ),
        heat(cycle_heat, buckets(cycles)),
        lines(
            limited(cycle, levels.cycle_seconds, "slow-cycle"),
            Query(quantile(0.5, cycles), "p50"),
            Query(quantile(0.99, cycles), "p99"),
        ),
    )


def _outcomes() -> tuple[Drawn, ...]:
    fills = Look("Fills", "By book, each step of the view.", 12, 8, "short", 0)
    refused = Look("Refusals by reason", "In the time shown.", 12, 8, "short", 0)
    failed = Look("Failures and large losses", "Each step of the view.", 12, 8, "short", 0, alert="execution-failure")
    closed = Look("Closed trades", "Each step of the view.", 12, 8, "short", 0)
    failures, losses = of_book("keel_execution_failures_total"), of_book("keel_large_losses_total")
    return (
        lines(fills, Query(added(of_book("keel_fills_total"), "book", STEP), "{{book}}"), bars=True),
        shares(refused, Query(f"sort_desc({added(of_book('keel_refusals_total'), 'reason')})", "{{reason}}")),
        lines(
            failed,
            Query(added(failures, "book", STEP), "{{book}} failures"),
            Query(added(losses, "book", STEP), "{{book}} large losses"),
            bars=True,
        ),
        lines(closed, Query(added(of_book("keel_trades_total"), "book", STEP), "{{book}}"), bars=True),
    )


def _reconciliation() -> tuple[Drawn, ...]:
    apart = Look("Unexplained by venue", "Assets whose amount no order explains.", 10, 8, "short", 0)
    held = Look("Positions", "What the books hold, at the newest price.", 14, 8, "currencyUSD", 2)
    return (
        rows(
            unwanted(apart, "reconciliation-mismatch"),
            "max by (venue) (keel_holdings_unexplained)",
            (Column("venue", "Venue", 160), Column("Value", "Unexplained", 120)),
        ),
        rows(
            held,
            f"sum by (book, system, symbol) ({of_symbol('position_size_usd')})",
            (
                Column("symbol", "Symbol", 120),
                Column("system", "System", 110),
                Column("book", "Book", 130),
                Column("Value", "Value", 120),
            ),
        ),
    )


def limited(look: Look, limit: float, alert: str) -> Look:
    """The same, red from the limit on, which is that alert's."""
    return replace(look, steps=up_to(limit), alert=alert)


def unwanted(look: Look, alert: str) -> Look:
    """The same, red above zero, which is that alert's."""
    return replace(look, steps=NONE_OF, alert=alert)
