"""Headlines through the whole pure reading with its default scorer, against one general lexicon over their titles."""

from itertools import product

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from conf.news import load_entities
from models.news.reading import Reader
from models.news.tone import Keel
from models.types.news import SOURCES, Item
from tasks.session.bench.figure import Figure, Workplace, paired_seconds

SUBJECTS = (
    "Bitcoin",
    "Ethereum and Solana",
    "Tesla's CFO",
    "The SEC",
    "NEAR Protocol",
    "A bridge of Avalanche subnets",
)
VERBS = (
    "falls {n}% as the Fed raises rates",
    "rises to ${n}K",
    "lists {n} tokens",
    "was hacked for ${n}M",
    "sues {n} firms",
)
TEXT = (
    "<p>It is the largest move since last year, three analysts of the exchange said on day {n} &amp; again later.</p>"
)
ROUNDS, TARGET, STEP_MICROS = 80, 2_000.0, 60_000_000


def bench_news_pipeline(_place: Workplace) -> Figure:
    """Headlines a second on one core: from an item to what is said of it."""
    entities = load_entities()
    items = [
        Item(
            SOURCES[n % len(SOURCES)],
            f"{n} {k}",
            f"https://a.com/{n}/{k}",
            f"{who} {verb}".format(n=n),
            TEXT.format(n=n),
        )
        for n in range(1, ROUNDS + 1)
        for k, (who, verb) in enumerate(product(SUBJECTS, VERBS))
    ]
    lexicon = SentimentIntensityAnalyzer()

    def ours() -> None:
        reader = Reader(entities, Keel(), {})
        for n, item in enumerate(items):
            reader.read(item, n * STEP_MICROS)

    def reference() -> None:
        for item in items:
            lexicon.polarity_scores(item.title)

    seconds, _, ratio = paired_seconds(ours, reference, rounds=3)
    speed = len(items) / seconds
    return Figure("news_pipeline", speed, "headlines/s", "VADER alone", ratio, ">= 2,000 headlines/s", speed >= TARGET)
