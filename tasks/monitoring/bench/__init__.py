"""How long it takes until somebody sees it or hears of it, measured with the real servers; and what a scrape costs."""

from tasks.monitoring.bench.breaching import bench_breach
from tasks.monitoring.bench.paneling import bench_panel
from tasks.monitoring.bench.scraping import bench_scrape

MONITORING_BENCHES = {
    "scrape": bench_scrape,
    "event_to_panel": bench_panel,
    "breach_to_notification": bench_breach,
}

__all__ = ["MONITORING_BENCHES"]
