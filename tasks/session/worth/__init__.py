"""What it is worth to have a specialist for each regime: the controller against all that is simpler."""

from tasks.session.worth.report import Rival, WorthReport
from tasks.session.worth.running import worth_of_the_split

__all__ = ["Rival", "WorthReport", "worth_of_the_split"]
