"""Why: one decision or order with all that it was made from, and made again."""

from tasks.session.explaining.reading import made_from_of
from tasks.session.explaining.report import Audit, Difference, Explanation, Verdict, What
from tasks.session.explaining.running import audit, explain

__all__ = ["Audit", "Difference", "Explanation", "Verdict", "What", "audit", "explain", "made_from_of"]
