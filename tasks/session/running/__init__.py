"""The session: a process that decides at the close of every bar, and whose start-up is the recovery path."""

from tasks.session.running.campaign import Campaign, open_campaign
from tasks.session.running.fetching import Fetching
from tasks.session.running.pulse import Pulse
from tasks.session.running.session import Parts, Session
from tasks.session.running.steps import Step

__all__ = ["Campaign", "Fetching", "Parts", "Pulse", "Session", "Step", "open_campaign"]
