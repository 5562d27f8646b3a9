"""Hours of BTC and crypto headlines from October 2021 to December 2022 in a home: what news is ablated on."""

import re
from pathlib import Path

import numpy as np
import pandas as pd
from told_news import tell
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from models.types import Bars, Series, parse_time
from models.types.news import Event, Headline, Link, Tone
from models.types.timeframes import DAY
from tasks.adapters.archives import read_archive
from tasks.session.desk import Desk
from tasks.session.intake import take_in_archive

BITCOIN = Series("binance", "BTC/USDT", "1h")
FIRST, LAST = parse_time("2021-10-01"), parse_time("2022-12-31T23:00:00")
BARS = "btcusdt_binance_1h_2017-08_2024-12.parquet"
HEADLINES = "news_crypto_headlines_2021-10_2023-12.parquet"
# What the weakest of the seven sources counts: an archive's publishers are none of them.
WEIGHT = 0.05
NAMED = re.compile(r"\b(bitcoin|btc|xbt)\b", re.IGNORECASE)


def bars_of_2022(folder: Path) -> Bars:
    """From the file of the desk's market data."""
    bars = read_archive(folder / BARS, BITCOIN.symbol)
    return bars.rows((bars.ts >= FIRST) & (bars.ts <= LAST))


def headlines_of_2022(folder: Path) -> list[Headline]:
    """The stand-in of the pipeline: bitcoin by name, VADER's tone, likeness by the words of the last three days."""
    rows = pd.read_parquet(folder / HEADLINES).dropna(subset=["title"]).sort_values("ts", kind="stable")
    rows = rows[rows.ts < "2023-01-01"]
    arrived = rows.ts.to_numpy(dtype="datetime64[us]").astype(np.int64)
    scorer, recent, out = SentimentIntensityAnalyzer(), [], []
    for at, row in zip(arrived.tolist(), rows.itertuples(), strict=True):
        words = frozenset(re.findall(r"[a-z0-9]+", row.title.lower()))
        recent = [one for one in recent if at - one[0] <= 3 * DAY]
        likeness = max((len(words & other) / len(words | other) for _, other in recent if words | other), default=0.0)
        recent.append((at, words))
        relevance = 1.0 if NAMED.search(row.title) else 0.5 if NAMED.search(str(row.text)) else 0.0
        out.append(
            Headline(
                id=str(len(out)),
                revision=0,
                source=row.source.lower(),
                url=str(row.url),
                title=row.title,
                text="",
                published=None,
                arrived=at,
                language="en",
                twin=None,
                likeness=likeness,
                links=(Link("BTC", relevance, "bitcoin"),) if relevance else (),
                event=Event.OTHER,
                tone=Tone(scorer.polarity_scores(row.title)["compound"], "vader"),
                weight=WEIGHT,
            )
        )
    return out


def settle_2022(desk: Desk, folder: Path, headlines: list[Headline]) -> None:
    """Bars and headlines into the lake of a desk."""
    take_in_archive(desk, BITCOIN, bars_of_2022(folder))
    tell(desk.lake, headlines)
