"""Model Router: which model speaks, how often, how fast, and when that changed."""

from tasks.monitoring.dashboards.levels import Levels
from tasks.monitoring.dashboards.looks import NONE_OF, Look, up_to
from tasks.monitoring.dashboards.panels import Column, Drawn, figure, heat, lines, rows, shares
from tasks.monitoring.dashboards.placing import Band, Board
from tasks.monitoring.dashboards.queries import STEP, Query, added, buckets, of_book, of_symbol, quantile, stepped

MODELS = 'of="model"'


def model_router(levels: Levels) -> Board:
    """The board of uid model-router."""
    return Board(
        "model-router",
        "Model Router",
        "Which model the router gives the word, how long that takes, when it changed, how old the models are.",
        (
            Band("Quick Stats", _stats(levels)),
            Band("Routing", _routing()),
            Band("Latency", _latency()),
            Band("Switches", _switches(levels)),
            Band("Models", _models()),
        ),
    )


def _stats(levels: Levels) -> tuple[Drawn, ...]:
    routed = Look("Routed", "Predictions that were asked of a model in the time shown.", 6, 4, "short", 0)
    slow = Look("Routing p99", "Of 100 routings 99 were faster, in the time shown.", 6, 4, "s")
    switches = Look(
        "Switches of models in 5 minutes",
        "Models alone; the alert counts specialists as well.",
        *(6, 4, "short", 0),
        steps=up_to(levels.switches),
        alert="excessive-switching",
    )
    stale = Look(
        "Models too old",
        "May not speak until they are trained again.",
        *(6, 4, "short", 0),
        steps=NONE_OF,
        alert="stale-model",
    )
    return (
        figure(routed, added(of_book("keel_routed_total"))),
        figure(slow, quantile(0.99, of_book("keel_route_seconds_bucket"))),
        figure(switches, added(of_book("keel_switches_total", MODELS), window="5m")),
        figure(stale, "sum(keel_model_stale)"),
    )


def _routing() -> tuple[Drawn, ...]:
    over = Look(
        "Routed over time", "Predictions by the model that gave them, each step of the view.", 14, 8, "short", 0
    )
    usage = Look("Usage", "Predictions by model in the time shown.", 10, 8, "short", 0)
    return (
        lines(over, Query(added(of_book("keel_routed_total"), "model", STEP), "{{model}}"), stacked=True, bars=True),
        shares(usage, Query(f"sort_desc({added(of_book('keel_routed_total'), 'model')})", "{{model}}")),
    )


def _latency() -> tuple[Drawn, ...]:
    heated = Look("Routing time", "How many routings took how long.", 12, 8, "s")
    lined = Look("Routing p50 and p99", "Over a time as long as the view, ending at each point.", 12, 8, "s")
    series = of_book("keel_route_seconds_bucket")
    return (
        heat(heated, buckets(series)),
        lines(lined, Query(quantile(0.5, series), "p50"), Query(quantile(0.99, series), "p99")),
    )


def _switches(levels: Levels) -> tuple[Drawn, ...]:
    over = Look(
        "Switches of models in 5 minutes",
        "By symbol; the line is the limit of all together.",
        *(14, 8, "short", 0),
        steps=up_to(levels.switches),
        alert="excessive-switching",
    )
    log = Look("Switch log", "Each step of the view in which a symbol's model changed, the newest first.", 10, 8)
    series = of_symbol("keel_switches_total", MODELS)
    return (
        lines(over, Query(added(series, "symbol", "5m"), "{{symbol}}")),
        rows(
            log,
            stepped(series, by="symbol"),
            (
                Column("Time", "When", 150, "dateTimeAsIso"),
                Column("symbol", "Symbol", 120),
                Column("Value", "Times", 60),
            ),
            history=True,
        ),
    )


def _models() -> tuple[Drawn, ...]:
    ages = Look("Age of models", "Days since each was trained, the oldest first.", 14, 9, "d", 1, alert="stale-model")
    edge = Look("Blended edge", "What the models together make one expect, by symbol.", 10, 9, "suffix: bps", 1)
    return (
        rows(
            ages,
            "sort_desc(max by (series, model) (keel_model_age_days))",
            (Column("Value", "Days", 80), Column("series", "Series", 190), Column("model", "Model", 150)),
            descending=True,
        ),
        lines(edge, Query(of_symbol("edge_blended_bps"), "{{symbol}}")),
    )
