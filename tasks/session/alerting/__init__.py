"""The outbox: who is told what, when, and what nobody has acknowledged."""

from tasks.session.alerting.couriers import Courier, Send, Sent, ThreadCourier
from tasks.session.alerting.dispatching import Dispatcher
from tasks.session.alerting.handing_in import hand_in
from tasks.session.alerting.messages import Message, Place
from tasks.session.alerting.standing import ALERTS, alerts_component
from tasks.session.alerting.testing import Tested, prove_daily, try_channels
from tasks.session.alerting.watching import watch

__all__ = [
    "ALERTS",
    "Courier",
    "Dispatcher",
    "Message",
    "Place",
    "Send",
    "Sent",
    "Tested",
    "ThreadCourier",
    "alerts_component",
    "hand_in",
    "prove_daily",
    "try_channels",
    "watch",
]
