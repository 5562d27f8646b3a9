"""Every metric that Keel shows: name, kind, labels, meaning. Rules and dashboards ask for these names: never rename."""

from dataclasses import dataclass
from typing import Literal

Kind = Literal["gauge", "counter", "histogram"]


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric as Prometheus knows it; `text` says the unit and when there is none of it."""

    name: str
    kind: Kind
    labels: tuple[str, ...]
    text: str


def _gauge(name: str, labels: str, text: str) -> Metric:
    return Metric(name, "gauge", tuple(labels.split()), text)


def _counter(name: str, labels: str, text: str) -> Metric:
    return Metric(name, "counter", tuple(labels.split()), text)


def _histogram(name: str, labels: str, text: str) -> Metric:
    return Metric(name, "histogram", tuple(labels.split()), text)


METRICS = {
    one.name: one
    for one in (
        _gauge("edge_blended_bps", "book symbol", "Expected return of the blend, basis points; none: nobody spoke."),
        _gauge("position_size_usd", "book system symbol", "Value held at the newest price, quote currency, short < 0."),
        _gauge("var_pct", "book symbol", "One-day value at risk of what is held of it alone, percent of equity."),
        _gauge("keel_account_var_pct", "book", "One-day value at risk of the whole book, percent of equity."),
        _gauge("keel_regime", "book symbol regime", "1 for the regime that the symbol is traded by, 0 for the others."),
        _gauge("keel_regime_confidence", "book symbol", "Confidence in the regime, 0 to 1."),
        _gauge("keel_in_charge", "book system symbol specialist", "1 for the specialist in charge, else 0."),
        _counter("keel_switches_total", "book of symbol", "Specialists in charge, or models that speak, gave way."),
        _counter("keel_routed_total", "book model", "Symbols of decisions for which the model was to speak."),
        _histogram("keel_cycle_seconds", "book", "From a bar's close to the end of its cycle, seconds."),
        _histogram("keel_route_seconds", "book", "Time that the words and the edge of a symbol took, seconds."),
        _histogram("keel_order_seconds", "venue", "From an order's admission to the venue's first answer, seconds."),
        _gauge("keel_orders", "venue state", "Orders in each state."),
        _counter("keel_orders_total", "venue role", "Orders let through to a venue."),
        _counter("keel_fills_total", "book", "Fills that decisions have booked."),
        _counter("keel_refusals_total", "book reason", "Symbols that a decision refused, by the reason's name."),
        _counter("keel_execution_failures_total", "book", "Executions that a person has to look at."),
        _counter("keel_large_losses_total", "book", "Positions that lost more than a person is to be told of."),
        _gauge("keel_feed_up", "feed", "1 while the feed answers, 0 while it fails."),
        _gauge("keel_feed_age_seconds", "feed", "Since the feed's last answer, seconds."),
        _gauge("keel_bar_age_seconds", "venue symbol timeframe", "Since the close of the newest bar, seconds."),
        _gauge("keel_equity_usd", "book", "Account marked to market, quote currency."),
        _gauge("keel_drawdown_ratio", "book", "Fall from the highest equity so far, fraction, 0 or more."),
        _gauge("keel_profit_usd", "book of name", "Profit after costs, quote currency; of=book: all of it."),
        _counter("keel_trades_total", "book", "Closed trades."),
        _gauge("keel_win_ratio", "book regime", "Share of closed trades with a profit; none without a trade."),
        _gauge("keel_limit_used_ratio", "book system limit", "Found by limit; from 1 on it binds. No system: account."),
        _gauge("keel_stopped", "book", "1 while trading is stopped."),
        _gauge("keel_stop_level", "book", "Highest stop: 0 none, 1 pause, 2 reduce, 3 flatten, 4 the emergency stop."),
        _gauge("keel_stage_info", "book stage configured", "1; the stage in force, and the configured one."),
        _gauge("keel_component_up", "component required", "1 while the part is well; required: yes or no."),
        _gauge("keel_available", "", "1 while every required part is well."),
        _gauge("keel_heartbeat_age_seconds", "name", "Since the last sign of life under the name, seconds."),
        _gauge("keel_heartbeat_overdue", "name", "1 where a promised sign of life did not come."),
        _gauge("keel_model_age_days", "series model", "Since the model was trained, days."),
        _gauge("keel_model_stale", "series model", "1 where the model may not speak."),
        _gauge("keel_holdings_unexplained", "venue", "Assets that others brought or took, and nobody looked at."),
        _gauge("keel_alerts", "severity state", "Alerts in the outbox: open or acknowledged."),
        _counter("keel_alerts_raised_total", "kind severity", "Alerts that were raised."),
        _gauge("keel_alerts_undelivered", "", "Alerts that wait although they were due a minute ago."),
        _gauge("keel_journal_bytes", "", "Size of the journal's database, bytes."),
        _gauge("keel_audit_rows", "", "Rows of the audit chain."),
        _gauge("keel_lake_series", "", "Series in the lake."),
        _gauge("keel_lake_damaged", "", "Parts of the lake that are not as they were written."),
        _gauge("keel_flow_runs", "flow state", "Runs of the last 24 hours; none where Prefect does not answer."),
        _gauge("keel_news_source_up", "source", "1 while the source of news answers, 0 while it fails."),
        _gauge("keel_sessions_running", "book", "Sessions whose process lives."),
        _gauge("keel_look_seconds", "", "Time that the look behind these figures took, seconds."),
        _gauge("keel_build_info", "version release", "1; which code runs."),
    )
}
