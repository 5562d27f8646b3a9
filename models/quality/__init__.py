"""Which rows of an archive or a feed may become bars."""

from models.quality.gaps import Gap, find_gaps
from models.quality.rows import Flaw, count_flaws, flaws_of

__all__ = ["Flaw", "Gap", "count_flaws", "find_gaps", "flaws_of"]
