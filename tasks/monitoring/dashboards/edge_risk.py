"""Edge Risk: what is expected, what is at risk, who took over when, and what is the alarm."""

from tasks.monitoring.dashboards.levels import Levels
from tasks.monitoring.dashboards.looks import BAD, CALM, GOOD, NONE_OF, WARN, Look, up_to
from tasks.monitoring.dashboards.panels import Column, Drawn, figure, lines, rows, states
from tasks.monitoring.dashboards.placing import Band, Board
from tasks.monitoring.dashboards.queries import Query, of_book, of_symbol, stepped

STOPS = {
    "0": ("nothing stopped", GOOD),
    "1": ("entries paused", WARN),
    "2": ("only reducing", WARN),
    "3": ("selling everything", BAD),
    "4": ("emergency stop", BAD),
}
TRADES = {"0": ("trades", GOOD), "1": ("stopped", BAD)}
IN_FORCE = {"0": ("not in force", "transparent"), "1": ("in force", CALM)}
IN_CHARGE = {"0": ("not in charge", "transparent"), "1": ("in charge", CALM)}


def edge_risk(levels: Levels) -> Board:
    """The board of uid edge-risk."""
    return Board(
        "edge-risk",
        "Edge Risk",
        "Edges, risk against its limits, switches of specialists and models, alerts.",
        (
            Band("Quick Stats", _stats(levels)),
            Band("Time Series", _series(levels)),
            Band("Switch Log", _switches()),
            Band("Alert Summary", _alerts()),
        ),
    )


def _stats(levels: Levels) -> tuple[Drawn, ...]:
    equity = Look("Equity", "Of the chosen books together, at the last decision.", 6, 4, "currencyUSD", 2)
    drawdown = Look(
        "Drawdown",
        "Fall from the highest equity so far, the worst of the chosen books. At the limit entries pause.",
        *(6, 4, "percentunit", 2),
        steps=up_to(levels.drawdown),
        alert="drawdown-pause",
    )
    var = Look(
        "Value at risk",
        "One-day value at risk of the whole book, percent of equity, the worst of the chosen books.",
        *(6, 4, "percent", 2),
        steps=up_to(levels.var_percent),
        alert="var-breach",
    )
    used = Look(
        "Limit used most",
        "Found by limit, for the limit that is used most; at 100 % it binds.",
        *(6, 4, "percentunit", 0),
        steps=up_to(1.0),
    )
    edge = Look("Best blended edge", "The highest of the chosen symbols, after blending.", 6, 4, "suffix: bps", 1)
    stop = Look("Stop", "The furthest stop in force.", 6, 4, names=STOPS, alert="stop-latched")
    switches = Look(
        "Switches in 5 minutes",
        "Of specialists and models, the book with the most. More than the limit is an alert: something is flapping.",
        *(6, 4, "short", 0),
        steps=up_to(levels.switches),
        alert="excessive-switching",
    )
    alerts = Look("Open alerts", "Nobody has acknowledged them yet.", 6, 4, "short", 0, steps=NONE_OF)
    return (
        figure(equity, f"sum({of_book('keel_equity_usd')})"),
        figure(drawdown, f"max({of_book('keel_drawdown_ratio')})"),
        figure(var, f"max({of_book('keel_account_var_pct')})"),
        figure(used, f"max({of_book('keel_limit_used_ratio')})"),
        figure(edge, f"max({of_symbol('edge_blended_bps')})"),
        figure(stop, f"max({of_book('keel_stop_level')})"),
        figure(switches, f"max({of_book('keel:switches:5m')})"),
        figure(alerts, 'sum(keel_alerts{state="open"})'),
        *_standing(),
    )


def _standing() -> tuple[Drawn, ...]:
    stopped = Look(
        "Stopped",
        "A band for every book, red while anything stops it.",
        *(12, 5, "short"),
        names=TRADES,
        alert="stop-latched",
    )
    stage = Look(
        "Stage",
        "Of each book, the stage that it has earned and is held to, and the one that the settings ask for.",
        *(12, 5, "short"),
    )
    return (
        states(stopped, Query(of_book("keel_stopped"), "{{book}}")),
        rows(
            stage,
            f"max by (book, stage, configured) ({of_book('keel_stage_info')})",
            (Column("book", "Book", 240), Column("stage", "In force", 110), Column("configured", "Configured", 110)),
        ),
    )


def _series(levels: Levels) -> tuple[Drawn, ...]:
    edge = Look("Blended edge", "What a symbol is expected to earn, all predictions blended.", 12, 8, "suffix: bps", 1)
    var = Look("Value at risk by symbol", "Of each position by itself, percent of equity.", 12, 8, "percent", 2)
    size = Look("Position size", "At the newest price; negative is short.", 12, 8, "currencyUSD", 0)
    equity = Look("Equity", "At each decision.", 12, 8, "currencyUSD", 2)
    drawdown = Look(
        "Drawdown",
        "Fall from the highest equity so far; the line is where entries pause.",
        *(12, 8, "percentunit", 2),
        steps=up_to(levels.drawdown),
        alert="drawdown-pause",
    )
    used = Look(
        "Limits used",
        "The eight that are used most; at 100 % a limit binds.",
        12,
        8,
        "percentunit",
        0,
        steps=up_to(1.0),
    )
    profit = Look("Profit by specialist and system", "Realised, after costs.", 12, 8, "currencyUSD", 2)
    regime = Look("Regime", "A band for every regime of a symbol, blue while it is in force.", 12, 8, names=IN_FORCE)
    wins = Look("Win rate by regime", "Share of the closed trades with a profit.", 12, 8, "percentunit", 0)
    confidence = Look("Confidence in the regime", "That the regime in force is the right one.", 12, 8, "percentunit", 0)
    return (
        lines(edge, Query(of_symbol("edge_blended_bps"), "{{symbol}}")),
        lines(var, Query(of_symbol("var_pct"), "{{symbol}}")),
        lines(size, Query(of_symbol("position_size_usd"), "{{symbol}} {{system}}")),
        lines(equity, Query(of_book("keel_equity_usd"), "{{book}}")),
        lines(drawdown, Query(of_book("keel_drawdown_ratio"), "{{book}}")),
        lines(used, Query(f"topk(8, {of_book('keel_limit_used_ratio')})", "{{limit}} {{system}}")),
        lines(profit, Query(of_book("keel_profit_usd", 'of=~"specialist|system"'), "{{of}} {{name}}")),
        states(regime, Query(of_symbol("keel_regime"), "{{symbol}} {{regime}}")),
        lines(wins, Query(of_book("keel_win_ratio"), "{{regime}}")),
        lines(confidence, Query(of_symbol("keel_regime_confidence"), "{{symbol}}")),
    )


def _switches() -> tuple[Drawn, ...]:
    band = Look(
        "Who is in charge",
        "A band for every specialist of a symbol and system, blue while it is the one that trades it.",
        *(24, 8, "short"),
        names=IN_CHARGE,
    )
    taken = Look(
        "Took over",
        "When a specialist took a symbol over, the newest first. Where Prometheus has just begun to ask Keel, or asks "
        "it again after a silence, everybody in charge stands there once.",
        *(14, 9, "short"),
        alert="excessive-switching",
    )
    counted = Look(
        "Switches",
        "Each step of the view in which specialists or models changed, the newest first, and how often they did.",
        *(10, 9, "short", 0),
        alert="excessive-switching",
    )
    chosen = of_symbol("keel_in_charge")
    return (
        states(band, Query(chosen, "{{symbol}} {{system}} {{specialist}}")),
        rows(
            taken,
            f"max by (symbol, system, specialist) (({chosen} == 1) unless ({chosen} offset $__interval == 1))",
            (
                Column("Time", "When", 150, "dateTimeAsIso"),
                Column("symbol", "Symbol", 100),
                Column("system", "System", 100),
                Column("specialist", "Specialist", 130),
            ),
            history=True,
        ),
        rows(
            counted,
            stepped(of_symbol("keel_switches_total"), by="symbol, of"),
            (
                Column("Time", "When", 150, "dateTimeAsIso"),
                Column("symbol", "Symbol", 90),
                Column("of", "Of", 80),
                Column("Value", "Times", 55),
            ),
            history=True,
        ),
    )


def _alerts() -> tuple[Drawn, ...]:
    firing = Look(
        "Alerts of Prometheus",
        "Pending and firing. Watchdog always fires: where it is missing, the rules are not evaluated. Each alert is a "
        "section of docs/runbook.md.",
        *(12, 8, "short"),
    )
    raised = Look(
        "Alerts of Keel by kind",
        "Raised since the journal began. Each kind is a section of docs/runbook.md.",
        *(12, 8, "short", 0),
    )
    waiting = Look("Alerts over time", "By severity, acknowledged or not.", 18, 7, "short", 0)
    late = Look(
        "Undelivered",
        "Alerts that no channel has taken yet.",
        *(6, 7, "short", 0),
        steps=NONE_OF,
        alert="alerts-undelivered",
    )
    return (
        rows(
            firing,
            "max by (alertname, severity, alertstate) (ALERTS)",
            (
                Column("alertname", "Alert", 190),
                Column("severity", "Severity", 100),
                Column("alertstate", "State", 100),
            ),
        ),
        rows(
            raised,
            "sum by (kind, severity) (keel_alerts_raised_total)",
            (Column("kind", "Kind", 190), Column("severity", "Severity", 100), Column("Value", "Raised", 80)),
        ),
        lines(waiting, Query("keel_alerts", "{{severity}} {{state}}"), stacked=True),
        figure(late, "max(keel_alerts_undelivered)"),
    )
