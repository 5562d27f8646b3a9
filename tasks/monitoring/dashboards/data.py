"""Data: whether what Keel lives on comes in, is kept whole, and is worked on in time."""

from tasks.monitoring.dashboards.levels import Levels
from tasks.monitoring.dashboards.looks import BAD, GOOD, NONE_OF, Look, at_least, up_to
from tasks.monitoring.dashboards.panels import Column, Drawn, figure, lines, rows, states
from tasks.monitoring.dashboards.placing import Band, Board
from tasks.monitoring.dashboards.queries import Query

UP = {"0": ("down", BAD), "1": ("up", GOOD)}


def data(levels: Levels) -> Board:
    """The board of uid keel-data."""
    return Board(
        "keel-data",
        "Data",
        "Feeds, bars, news, lake, journal, flows, components, and availability against its target.",
        (
            Band("Quick Stats", _stats(levels)),
            Band("Feeds, bars, news", _feeds(levels)),
            Band("Lake and journal", _stores()),
            Band("Flows and components", _work(levels)),
            Band("Availability", _availability(levels)),
        ),
    )


def _stats(levels: Levels) -> tuple[Drawn, ...]:
    target = f"{levels.availability:.1%}"
    share = Look(
        "Availability, 30 days",
        f"Share of the time in which every required part was well; the target is {target}.",
        *(6, 4, "percentunit", 3),
        steps=at_least(levels.availability),
        alert="availability-low",
    )
    now = Look("Now", "Whether every required part is well.", 6, 4, names=UP, alert="availability-low")
    feeds = Look("Feeds down", "Without an answer.", 6, 4, "short", 0, steps=NONE_OF, alert="feed-down")
    bars = Look("Late series", "Whose newest bar should have come.", 6, 4, "short", 0, NONE_OF, "bars-late")
    lake = Look("Damaged series", "Their checksum does not match.", 6, 4, "short", 0, NONE_OF, "lake-damaged")
    flows = Look(
        "Failed flow runs",
        "Of the last 24 hours; nothing where Prefect does not answer.",
        6,
        4,
        "short",
        0,
        NONE_OF,
        "flow-failed",
    )
    journal = Look("Journal", "Size of the file.", 6, 4, "bytes", 1)
    late = Look("Heartbeats overdue", "Processes that say nothing.", 6, 4, "short", 0, NONE_OF, "trader-silent")
    return (
        figure(share, "min(keel:availability:ratio30d)"),
        figure(now, "min(keel_available)"),
        figure(feeds, "count(keel_feed_up) - sum(keel_feed_up)"),
        figure(bars, f"count({levels.late_bars}) or 0 * count(keel_bar_age_seconds)"),
        figure(lake, "max(keel_lake_damaged)"),
        figure(flows, 'sum(keel_flow_runs{state=~"failed|crashed"}) or 0 * sum(keel_flow_runs)'),
        figure(journal, "max(keel_journal_bytes)"),
        figure(late, "sum(keel_heartbeat_overdue)"),
    )


def _feeds(levels: Levels) -> tuple[Drawn, ...]:
    ages = Look(
        "Feeds: since the last answer",
        "The line is where a feed counts as down.",
        *(12, 8, "s"),
        steps=up_to(levels.feed_seconds),
        alert="feed-down",
    )
    bars = Look("Bars: since the newest close", "By series; older than its bar is late.", 12, 8, "s", alert="bars-late")
    feeds = Look("Feeds", "A band for every feed.", 12, 8, names=UP, alert="feed-down")
    news = Look("Sources of news", "A band for every source.", 12, 8, names=UP)
    return (
        lines(ages, Query("max by (feed) (keel_feed_age_seconds)", "{{feed}}")),
        lines(bars, Query("keel_bar_age_seconds", "{{venue}} {{symbol}} {{timeframe}}")),
        states(feeds, Query("min by (feed) (keel_feed_up)", "{{feed}}")),
        states(news, Query("min by (source) (keel_news_source_up)", "{{source}}")),
    )


def _stores() -> tuple[Drawn, ...]:
    lake = Look("Lake", "Series in it, and damaged ones.", 12, 7, "short", 0, alert="lake-damaged")
    journal = Look("Journal", "Size of the file.", 6, 7, "bytes", 1)
    audit = Look("Audit chain", "Rows in it; it never shrinks.", 6, 7, "short", 0)
    return (
        lines(lake, Query("max(keel_lake_series)", "series"), Query("max(keel_lake_damaged)", "damaged")),
        lines(journal, Query("max(keel_journal_bytes)", "bytes")),
        lines(audit, Query("max(keel_audit_rows)", "rows")),
    )


def _work(levels: Levels) -> tuple[Drawn, ...]:
    flows = Look("Flow runs", "Of the last 24 hours, by how they ended.", 12, 8, "short", 0, alert="flow-failed")
    beats = Look(
        "Heartbeats",
        "Seconds since each process was last heard of.",
        *(12, 8, "s"),
        steps=up_to(levels.silence_seconds),
        alert="trader-silent",
    )
    parts = Look("Components", "A band for every part; required ones count for availability.", 24, 9, names=UP)
    return (
        rows(
            flows,
            "sum by (flow, state) (keel_flow_runs)",
            (Column("flow", "Flow", 200), Column("state", "State", 120), Column("Value", "Runs", 80)),
        ),
        lines(beats, Query("max by (name) (keel_heartbeat_age_seconds)", "{{name}}")),
        states(
            parts, Query("min by (component, required) (keel_component_up)", "{{component}}, required: {{required}}")
        ),
    )


def _availability(levels: Levels) -> tuple[Drawn, ...]:
    share = Look(
        "Availability, 30 days",
        "The line is the target; what is above it is the time that may still be lost.",
        *(12, 7, "percentunit", 3),
        steps=at_least(levels.availability),
        alert="availability-low",
    )
    look = Look("Time of one look", "That it takes Keel to gather these figures.", 6, 7, "s")
    build = Look("Version", "Of what runs.", 6, 7)
    return (
        lines(share, Query("min(keel:availability:ratio30d)", "30 days")),
        lines(look, Query("max(keel_look_seconds)", "seconds")),
        rows(
            build,
            "max by (version, release) (keel_build_info)",
            (Column("version", "Version", 80), Column("release", "Release", 140)),
        ),
    )
