"""What a search runs on: one symbol's bars, and how they look under the genes that change more than rules."""

from dataclasses import dataclass, replace

from models.engine import Panel, Parameters
from models.types import FloatArray, IntArray

# Values that a search tries of the two genes that change what a whole market looks like. Any other within the bounds is
# a genome too: neighbours of these differ by a tenth at most, and 41 tables of a range would be 250 MB a symbol.
PERIODS = (10, 11, 12, 13, 14, 16, 18, 20, 22, 25, 28, 32, 36, 40, 45, 50)
THRESHOLDS = tuple(float(one) for one in range(30, 41))


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """One symbol's bars, n of them.

    Attributes:
        panel: of the one symbol, with the edges that were known in advance, and the labels of the configured genomes.
        parameters: one system of one symbol; its rules and controller are not read.
        capital: that each genome begins with, quote currency.
        ranges: shape (len(PERIODS), n, 4): range_low, range_high, range_width and oscillator of each period.
        labels: shape (len(THRESHOLDS), n): regime codes where a crisis begins above each threshold.
    """

    symbol: str
    panel: Panel
    parameters: Parameters
    capital: float
    ranges: FloatArray
    labels: IntArray

    def rows(self, begin: int, end: int) -> "Ground":
        """The bars from `begin` to before `end`, without copies."""
        panel = self.panel
        names = ("ts", "prices", "figures", "codes", "actions", "decided", "finer_rows", "tails", "link_rows", "events")
        cut = panel._replace(**{name: getattr(panel, name)[begin:end] for name in names})
        return replace(self, panel=cut, ranges=self.ranges[:, begin:end], labels=self.labels[:, begin:end])
