"""How well headlines are read, held against labels that one reader, an automated helper, made by reading the titles.

Labelled were a title's assets (of those in conf/news/entities.yaml), its class of event, and of pairs whether the
later one says what the earlier one said. `tune`: seen while words and weights were chosen. `report`: of headlines a
second draw, labelled before the pipeline was run on it, though some of its titles had been seen in other listings; of
pairs the half whose title has an odd hash, whose figures were in view when the weights were chosen. Pairs were drawn
from what an early version found likest, so recall is among those. The draws favour what is hard: the figures are no
rates of the feed.
"""

import csv
import hashlib
from collections import Counter
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from conf.news import load_entities
from models.news.canonical import canonical_text
from models.news.events import event_of
from models.news.language import language_of
from models.news.likeness import ASSET, Memory, tokens_of
from models.news.reading import DAY_MICROS, ReadingSettings
from models.types.news import LONGEST_TEXT, LONGEST_TITLE, Event

pytestmark = pytest.mark.realdata
HERE = Path(__file__).parent
ENTITIES = load_entities()
SETTINGS = ReadingSettings()


def _rows(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(newline="") as file:
        return list(csv.DictReader(file))


def _sha(title: str) -> str:
    return hashlib.sha256(title.encode()).hexdigest()[:16]


@pytest.fixture(scope="module")
def headlines(market_data: Path) -> list[tuple[str, str, str, int]]:
    """Hash, title, text and time, UTC microseconds, in their order."""
    table = pq.read_table(market_data / "news_crypto_headlines_2021-10_2023-12.parquet")
    found = [
        (_sha(title), canonical_text(title, LONGEST_TITLE), canonical_text(text or "", LONGEST_TEXT), ts)
        for title, text, ts in zip(
            table["title"].to_pylist(), table["text"].to_pylist(), table["ts"].cast("int64").to_pylist(), strict=True
        )
        if title
    ]
    return sorted(found, key=lambda one: one[3])


def _shares(right: int, false: int, missed: int) -> tuple[float, float, float]:
    """Precision, recall and F1."""
    return right / max(right + false, 1), right / max(right + missed, 1), 2 * right / max(2 * right + false + missed, 1)


@pytest.mark.parametrize(("half", "floor"), [("tune", 0.97), ("report", 0.95)])
def test_assets(headlines: list[tuple[str, str, str, int]], half: str, floor: float) -> None:
    texts = {sha: (title, text) for sha, title, text, _ in headlines}
    counts: Counter[str] = Counter()
    for row in _rows("news_labels_headlines.csv"):
        if row["half"] == half:
            title, text = texts[row["title_sha256_16"]]
            links = ENTITIES.links(title, text)
            found = {link.asset for link in links if link.relevance * len(links) ** 0.5 > 0.5}  # in the title
            said = set(row["assets"].split())
            counts["right"] += len(found & said)
            for kind, assets in (("false", found - said), ("missed", said - found)):
                counts[kind] += len(assets)
                for asset in sorted(assets):
                    print(f"{kind} {asset}: {title}")
    shares = _shares(counts["right"], counts["false"], counts["missed"])
    print(f"{half}: {dict(counts)}, precision {shares[0]:.3f}, recall {shares[1]:.3f}, F1 {shares[2]:.3f}")
    assert shares[2] >= floor


@pytest.mark.parametrize(("half", "floor"), [("tune", 0.9), ("report", 0.75)])
def test_events(headlines: list[tuple[str, str, str, int]], half: str, floor: float) -> None:
    texts = {sha: (title, text) for sha, title, text, _ in headlines}
    confusion: Counter[tuple[str, str]] = Counter()
    for row in _rows("news_labels_headlines.csv"):
        if row["half"] == half:
            title, text = texts[row["title_sha256_16"]]
            found = str(event_of(title, text))
            confusion[row["event"], found] += 1
            if found != row["event"]:
                print(f"{row['event']}, found {found}: {title}")
    names = [str(one) for one in Event]
    print(half, "rows: label, columns: found", *names)
    for name in names:
        print(f"{name:12}", *(f"{confusion[name, other]:5}" for other in names))
    every = sum(confusion.values())
    scores = {}
    for name in names:
        right = confusion[name, name]
        false = sum(confusion[other, name] for other in names) - right
        missed = sum(confusion[name, other] for other in names) - right
        scores[name] = _shares(right, false, missed)
        print(f"{name:12} precision {scores[name][0]:.2f} recall {scores[name][1]:.2f} F1 {scores[name][2]:.2f}")
    macro = sum(one[2] for one in scores.values()) / len(names)
    print(f"{half}: {every} titles, accuracy {sum(confusion[n, n] for n in names) / every:.3f}, macro-F1 {macro:.3f}")
    assert macro >= floor


@pytest.mark.parametrize(("half", "floor"), [("tune", 0.8), ("report", 0.75)])
def test_the_same_news(headlines: list[tuple[str, str, str, int]], half: str, floor: float) -> None:
    """Of each labelled pair: is the later one, at its time, as like the earlier one as a twin is?"""
    wanted: dict[str, list[dict[str, str]]] = {}
    for row in _rows("news_labels_pairs.csv"):
        if row["half"] == half:
            wanted.setdefault(row["later_sha256_16"], []).append(row)
    memory = Memory(int(SETTINGS.memory_days * DAY_MICROS), SETTINGS.most)
    counts: Counter[tuple[bool, bool]] = Counter()
    titles: dict[str, str] = {}
    for sha, title, _, at in headlines:
        memory.expire(at)
        marks = (*tokens_of(title), *(ASSET + link.asset for link in ENTITIES.links(title)))
        titles[sha] = title
        for row in (
            wanted.pop(sha, ()) if all(one["earlier_sha256_16"] in memory for one in wanted.get(sha, ())) else ()
        ):
            likeness = memory.alike(marks, row["earlier_sha256_16"])
            same, found = row["same"] == "1", likeness >= SETTINGS.twin
            counts[same, found] += 1
            if same != found:
                print(f"{'missed' if same else 'false'} {likeness:.2f}: {titles[row['earlier_sha256_16']]} || {title}")
        memory.add(sha, marks, at)
    assert not wanted
    shares = _shares(counts[True, True], counts[False, True], counts[True, False])
    print(f"{half}: {dict(counts)}, precision {shares[0]:.3f}, recall {shares[1]:.3f}, F1 {shares[2]:.3f}")
    assert shares[2] >= floor


def test_the_language_of_english_headlines(headlines: list[tuple[str, str, str, int]]) -> None:
    counts = Counter(language_of(title) for _, title, _, _ in headlines)
    print(counts.most_common())
    every = sum(counts.values())
    assert (every - counts["en"] - counts["und"]) / every < 0.003
    assert counts["und"] / every < 0.02


def test_broken_characters_are_repaired(headlines: list[tuple[str, str, str, int]]) -> None:
    assert not [title for _, title, _, _ in headlines if any(broken in title for broken in ("Ã¶", "Ã³", "Ã£", "Ã©"))]
    assert any("Börse" in title for _, title, _, _ in headlines)
