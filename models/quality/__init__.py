"""Which rows of an archive or a feed may become bars, which bars are absent and why, and when not to trade on them."""

from models.quality.absences import Absences, classify_absences, graded_absences
from models.quality.blocking import Block, blocks
from models.quality.collars import outside, recent_middle
from models.quality.feeds import clock_skew, disagreement_bps, spike_second_feed
from models.quality.gaps import Gap, GapKind, find_gaps
from models.quality.prints import CONTEXT, long_wicks, spikes
from models.quality.report import QualityReport, quality_report
from models.quality.rows import Flaw, count_flaws, flaws_of
from models.quality.rules import Finding, Grade, Rule
from models.quality.turbulence import turbulent

__all__ = [
    "CONTEXT",
    "Absences",
    "Block",
    "Finding",
    "Flaw",
    "Gap",
    "GapKind",
    "Grade",
    "QualityReport",
    "Rule",
    "blocks",
    "classify_absences",
    "clock_skew",
    "count_flaws",
    "disagreement_bps",
    "find_gaps",
    "flaws_of",
    "graded_absences",
    "long_wicks",
    "outside",
    "quality_report",
    "recent_middle",
    "spike_second_feed",
    "spikes",
    "turbulent",
]
