"""What each model, alpha and feature group is worth out of sample: alone after costs, and in what it is a part of."""

from tasks.session.ablating.report import AblationReport, Added, Alone, Side
from tasks.session.ablating.running import ablate

__all__ = ["AblationReport", "Added", "Alone", "Side", "ablate"]
