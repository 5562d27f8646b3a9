"""What the word of each source counts: its base weight, moved by the market's condition and by its own record.

    weight = base * condition * reliability / (sum of that over all sources)

Both factors are bounded (the table of conditions by the configuration, the record by models.news.reliability), so that
no source ever counts more than nine times what another one with the same base counts.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from models.news.reliability import Reliability

UNTRIED = Reliability(0.0, 0.0, 0.5, 1.0)


@dataclass(frozen=True, slots=True)
class Weight:
    """What a source's word counts now, 0..1, and why; `base` of all configured sources together is 1."""

    source: str
    weight: float
    base: float
    condition: float
    reliability: Reliability
    why: str


def weights_of(
    base: Mapping[str, float],
    condition: Mapping[str, float],
    reliability: Mapping[str, Reliability],
    regime: str | None,
    others: Collection[str] = (),
) -> dict[str, Weight]:
    """Weights of the sources of `base`, together 1, and of `others`, which stand beside them: an archive's source that
    nobody configured has the base weight of the lowest and its own record.

    Args:
        base: above 0 by source.
        condition: factor by source in this condition of the market; 1 for those not named.
        regime: the condition's name, None where no bars tell it.
    """
    bases = dict.fromkeys(others, min(base.values())) | dict(base)
    raw = {
        source: one * condition.get(source, 1.0) * reliability.get(source, UNTRIED).multiplier
        for source, one in bases.items()
    }
    whole, base_whole = sum(raw[source] for source in base), sum(base.values())
    return {
        source: _weight(
            source,
            raw[source] / whole,
            one / base_whole,
            condition.get(source, 1.0),
            reliability.get(source, UNTRIED),
            regime,
        )
        for source, one in bases.items()
    }


def _weight(
    source: str, weight: float, base: float, condition: float, record: Reliability, regime: str | None
) -> Weight:
    market = "no bars tell the market's condition" if regime is None else f"times {condition:.2f} while it is {regime}"
    if record.count:
        past = f"times {record.multiplier:.2f} for {record.right:.1f} of {record.count:.1f} past signals right"
    else:
        past = "no past signal counts yet"
    why = f"base {base:.1%}, {market}, {past}; of all sources together 1"
    return Weight(source, weight, base, condition, record, why)
