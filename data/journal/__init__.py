"""The journal: decisions, intents, orders and fills, durable before anything acts on them; and how its feeds fare."""

from data.journal.account_history import AccountHistory, Noted
from data.journal.alert_deliveries import ChannelState, Deliveries, Delivery, Planned
from data.journal.alert_log import AlertLog, LoggedAlert
from data.journal.audit_log import AuditKind, AuditLog, Entry
from data.journal.feed_log import FeedLog, blocked_by
from data.journal.feed_records import Change, Fault, FeedEvent, FeedHealth, Pause, PauseRule
from data.journal.glance import Glance
from data.journal.heartbeats import GUARDIAN, TRADER, Beat, Heartbeats
from data.journal.holding_log import Holding, HoldingKind, HoldingLog
from data.journal.holding_moves import Changes, HoldingMoves, parted
from data.journal.lease import Holder, Lease, Leases
from data.journal.live_log import LiveAct, LiveKind, LiveLog
from data.journal.order_admission import Judge, Standing
from data.journal.order_log import Behind, OrderLog
from data.journal.parameters import BY_PERSON, Adoption, ParameterLog, ParameterVersion, Source
from data.journal.place import JournalPlace, open_journal
from data.journal.records import BookedFill, Carried, Decision, Order, Settled
from data.journal.risk_log import RiskLog, Shown, forced_level
from data.journal.risk_records import Alert, RiskEvent, RiskKind
from data.journal.route_log import LoggedRoute, Routed, RouteLog
from data.journal.session_log import SessionEvent, SessionKind, SessionLog, SessionRun
from data.journal.stage_log import Closing, Mark, StageLog, Trip
from data.journal.stop_flag import StopFlag
from data.journal.store import Journal
from data.journal.taking_in import TakenIn
from data.journal.trial_ledger import Totals, Trial, TrialKind, TrialLedger
from data.journal.venue_ledger import ADOPTION, Moved, VenueLedger, moved_by

__all__ = [
    "ADOPTION",
    "BY_PERSON",
    "GUARDIAN",
    "TRADER",
    "AccountHistory",
    "Adoption",
    "Alert",
    "AlertLog",
    "AuditKind",
    "AuditLog",
    "Beat",
    "Behind",
    "BookedFill",
    "Carried",
    "Change",
    "Changes",
    "ChannelState",
    "Closing",
    "Decision",
    "Deliveries",
    "Delivery",
    "Entry",
    "Fault",
    "FeedEvent",
    "FeedHealth",
    "FeedLog",
    "Glance",
    "Heartbeats",
    "Holder",
    "Holding",
    "HoldingKind",
    "HoldingLog",
    "HoldingMoves",
    "Journal",
    "JournalPlace",
    "Judge",
    "Lease",
    "Leases",
    "LiveAct",
    "LiveKind",
    "LiveLog",
    "LoggedAlert",
    "LoggedRoute",
    "Mark",
    "Moved",
    "Noted",
    "Order",
    "OrderLog",
    "ParameterLog",
    "ParameterVersion",
    "Pause",
    "PauseRule",
    "Planned",
    "RiskEvent",
    "RiskKind",
    "RiskLog",
    "RouteLog",
    "Routed",
    "SessionEvent",
    "SessionKind",
    "SessionLog",
    "SessionRun",
    "Settled",
    "Shown",
    "Source",
    "StageLog",
    "Standing",
    "StopFlag",
    "TakenIn",
    "Totals",
    "Trial",
    "TrialKind",
    "TrialLedger",
    "Trip",
    "VenueLedger",
    "blocked_by",
    "forced_level",
    "moved_by",
    "open_journal",
    "parted",
]
