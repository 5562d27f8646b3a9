"""Several feeds for one series: failover, cross-check, health and the feed-down stop."""

from tasks.session.feeds.building import backups_of, failover_for, feeds_in_use
from tasks.session.feeds.comparing import CrossCheck, PairCheck, Tolerance, Verdict, compare, cross_check
from tasks.session.feeds.failover import FailoverFeed
from tasks.session.feeds.single import SingleFeed
from tasks.session.feeds.source import Source
from tasks.session.feeds.stopping import check_feeds_down, open_throughout
from tasks.session.feeds.watching import feel_pulse, watch_feeds

__all__ = [
    "CrossCheck",
    "FailoverFeed",
    "PairCheck",
    "SingleFeed",
    "Source",
    "Tolerance",
    "Verdict",
    "backups_of",
    "check_feeds_down",
    "compare",
    "cross_check",
    "failover_for",
    "feeds_in_use",
    "feel_pulse",
    "open_throughout",
    "watch_feeds",
]
