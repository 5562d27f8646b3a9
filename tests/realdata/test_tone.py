"""What scorers are worth on labels that people made: the figures of docs/news.md, with room for other machines."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models.news.classifier import fit
from models.news.scoring import CLASSES, classes_of, confusion, groups_of, macro_f1
from models.news.tone import UNTRAINED
from tasks.session.news import comparing
from tasks.session.news.comparing import Scored, compare, lexicons
from tasks.session.news.labelled import Labelled, read_labelled

pytestmark = pytest.mark.realdata

LABELS = Path(__file__).with_name("tone_labels.csv")
NAMES = {name: value for value, name in CLASSES.items()}
EVEN = (-0.05, 0.05)
"""The bounds that VADER's authors advise; no labelled headline had a say in them."""


def scored(file: Path, label: str, monkeypatch) -> dict[str, Scored]:
    monkeypatch.setattr(comparing, "REPEATS", 1)
    found = compare(read_labelled(file, "text", label), lexicons(), lambda _: None)
    for one in found:
        print(f"{one.name}: {one.macro_f1:.3f} [{one.low:.3f}, {one.high:.3f}]\n{one.table.round()}")
    return {one.name: one for one in found}


@pytest.fixture(scope="module")
def headlines(market_data: Path) -> Labelled:
    """The labelled crypto headlines, found again by the hashes of their titles."""
    titles = pd.read_parquet(market_data / "news_crypto_headlines_2021-10_2023-12.parquet").title.dropna()
    by_hash = {hashlib.sha256(title.encode()).hexdigest()[:16]: title for title in titles}
    labels = pd.read_csv(LABELS)
    texts = tuple(by_hash[one] for one in labels.title_sha256)
    return Labelled(texts, np.array([NAMES[one] for one in labels.label]), groups_of(texts), 0)


def figure_of(headlines: Labelled, said) -> float:
    table = confusion(headlines.classes, said)
    print(table, macro_f1(table))
    return float(macro_f1(table))


@pytest.mark.slow
def test_phrasebank_the_classifier_beats_every_lexicon_by_its_interval(market_data, monkeypatch):
    by_name = scored(market_data / "sentiment_financial_phrasebank.parquet", "label", monkeypatch)
    assert by_name["trained"].macro_f1 > 0.74
    assert all(one.behind[1] > 0.05 for name, one in by_name.items() if name != "trained")
    assert by_name["keel"].low > by_name["vader"].high


def test_fiqa_the_classifier_beats_the_general_and_the_finance_lexicon_by_its_interval(market_data, monkeypatch):
    by_name = scored(market_data / "sentiment_fiqa_posts.parquet", "score", monkeypatch)
    assert by_name["trained"].macro_f1 > 0.51
    assert all(one.behind[1] > 0.05 for name, one in by_name.items() if name not in ("trained", "keel"))
    assert by_name["trained"].high > by_name["keel"].macro_f1  # no more than even
    assert by_name["keel"].low > by_name["vader"].high


def test_crypto_headlines_that_no_scorer_had_seen(headlines):
    figures = {
        name: figure_of(headlines, classes_of(np.array([one.tone(text).score for text in headlines.texts]), *EVEN))
        for name, one in lexicons().items()
    }
    assert len(headlines.texts) == 320
    assert figures["keel"] > 0.57
    assert figures["keel"] > max(figure for name, figure in figures.items() if name != "keel") + 0.08


@pytest.mark.slow
def test_a_classifier_of_other_sentences_is_no_better_on_crypto_headlines_than_the_default(headlines, market_data):
    """Why it is for one's own labels: sentences of Finnish annual reports are no headlines of this market."""
    bank = read_labelled(market_data / "sentiment_financial_phrasebank.parquet", "text", "label")
    model = fit("bank", bank.texts, bank.classes, bank.groups)
    default = classes_of(np.array([UNTRAINED["keel"].tone(text).score for text in headlines.texts]), *EVEN)
    assert figure_of(headlines, model.classes(headlines.texts)) < figure_of(headlines, default)
