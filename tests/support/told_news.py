"""Headlines for tests: each is told in one line."""

from collections.abc import Sequence

import numpy as np

from data.lake import Lake
from data.news import HEARD, append_headlines, news_store
from data.tick_writer import TickWriter
from models.types import FloatArray, IntArray
from models.types.news import LEXICONS, Event, Headline, Link, Tone

# The scorer of the default settings.
SCORER = LEXICONS["keel"]


def headline(
    key: str,
    arrived: int,
    tone: float,
    asset: str | None = "AAA",
    relevance: float = 1.0,
    likeness: float = 0.0,
    weight: float = 0.25,
    revision: int = 0,
    source: str = "coindesk",
) -> Headline:
    """One about an asset, or about none."""
    return Headline(
        id=key,
        revision=revision,
        source=source,
        url=f"https://example.org/{key}",
        title=f"title {key}",
        text="",
        published=None,
        arrived=arrived,
        language="en",
        twin=None,
        likeness=likeness,
        links=() if asset is None else (Link(asset, relevance, asset),),
        event=Event.OTHER,
        tone=Tone(tone, SCORER),
        weight=weight,
    )


def tell(lake: Lake, headlines: Sequence[Headline]) -> None:
    """Store headlines, which have to be in the order of their arrival."""
    with TickWriter(news_store(lake), HEARD, lambda _: None) as writer:
        append_headlines(writer, list(headlines))


def foretelling(closes: IntArray, ahead_bps: FloatArray, share: float, seed: int, asset: str = "AAA") -> list[Headline]:
    """Headlines a minute before every third of `closes` (n_bars,), whose tone is the sign of `ahead_bps` (n_bars,) in
    so large a `share` of them and the other one elsewhere; nothing is told where it is not known.
    """
    rng, out = np.random.default_rng(seed), []
    for row in range(0, closes.size, 3):
        if np.isfinite(ahead_bps[row]):
            right = rng.random() < share
            tone = float(np.sign(ahead_bps[row])) * (0.8 if right else -0.8)
            out.append(headline(f"h{row}", int(closes[row]) - 60_000_000, tone, asset))
    return out
