"""The one place where adapters are chosen and put together."""

from tasks.bootstrap.desks import (
    build_bars,
    build_desk,
    build_journal,
    build_parameter_log,
    build_standing_desk,
    build_trading_desk,
    desk_in_force,
    no_checkpoint,
    scratch_desk,
    scratch_journal,
    stress_desk,
)
from tasks.bootstrap.feeds import build_action_feed, build_feed, build_source, build_streams
from tasks.bootstrap.journals import journal_place
from tasks.bootstrap.lakes import lake_root
from tasks.bootstrap.orders import (
    build_accounts,
    build_broker,
    build_paper_broker,
    build_writing,
    emergency_desk,
    live_obstacle,
    trading_venues,
)
from tasks.bootstrap.parameters import watched_parameters
from tasks.bootstrap.research import build_runner, build_stores, build_tracker

__all__ = [
    "build_accounts",
    "build_action_feed",
    "build_bars",
    "build_broker",
    "build_desk",
    "build_feed",
    "build_journal",
    "build_paper_broker",
    "build_parameter_log",
    "build_runner",
    "build_source",
    "build_standing_desk",
    "build_stores",
    "build_streams",
    "build_tracker",
    "build_trading_desk",
    "build_writing",
    "desk_in_force",
    "emergency_desk",
    "journal_place",
    "lake_root",
    "live_obstacle",
    "no_checkpoint",
    "scratch_desk",
    "scratch_journal",
    "stress_desk",
    "trading_venues",
    "watched_parameters",
]
