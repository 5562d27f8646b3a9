"""Which language a line is in."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.news.language import LATIN, SCRIPTS, UNKNOWN, language_of

# ruff: noqa: RUF001
LINES = [
    ("Bitcoin falls as the Fed raises rates", "en"),
    ("Fed hikes interest rates by half a point", "en"),
    ("El bitcoin cae tras la decisión de la Fed", "es"),
    ("Los mercados esperan la decisión del banco central", "es"),
    ("O preço do bitcoin cai após decisão do Fed", "pt"),
    ("Governo não vai taxar as criptomoedas", "pt"),
    ("Le cours du bitcoin chute après la décision de la Fed", "fr"),
    ("La Banque centrale veut interdire les cryptomonnaies", "fr"),
    ("Der Bitcoin-Kurs fällt nach der Entscheidung der Fed", "de"),
    ("Warum die Aktien von Tesla steigen", "de"),
    ("Il prezzo di Bitcoin scende dopo la decisione della Fed", "it"),
    ("De koers van bitcoin daalt na het besluit van de Fed", "nl"),
    ("Bitcoin fiyatı Fed kararı sonrası düştü ve yeni bir dip", "tr"),
    ("Kurs bitcoina spada po decyzji Fed i nie jest to koniec", "pl"),
    ("Harga bitcoin turun setelah keputusan yang diambil oleh Fed", "id"),
    ("Giá bitcoin giảm sau quyết định của Fed", "vi"),
    ("Kursen på bitcoin faller efter beslutet från Fed och det är inte över", "sv"),
    ("Биткоин упал ниже 20 000 долларов", "ru"),
    ("Біткоїн впав нижче 20 000 доларів", "uk"),
    ("ビットコインが急落", "ja"),
    ("비트코인 급락", "ko"),
    ("比特币跌破两万美元", "zh"),
    ("البيتكوين ينخفض بعد قرار الفيدرالي", "ar"),
    ("הביטקוין צונח", "he"),
    ("Το bitcoin πέφτει", "el"),
    ("बिटकॉइन गिरा", "hi"),
    ("บิตคอยน์ร่วง", "th"),
    ("The price of 比特币 in China falls", "en"),
    ("BTC ETH SOL", UNKNOWN),
    ("$20,000!", UNKNOWN),
    ("", UNKNOWN),
]  # fmt: skip


@pytest.mark.parametrize(("line", "language"), LINES)
def test_lines(line: str, language: str) -> None:
    assert language_of(line) == language


@given(st.text())
def test_any_text_has_one(text: str) -> None:
    assert language_of(text) in {UNKNOWN, *LATIN, *(name for name, _ in SCRIPTS)}
