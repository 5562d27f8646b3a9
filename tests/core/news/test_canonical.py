"""Hostile text becomes one plain line."""

import html
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.news.canonical import LOOKED_AT, canonical_text, canonical_url, headline_id

PLAIN = [
    ("Fed holds", "Fed holds"),
    ("  Fed\n\tholds \r\n", "Fed holds"),
    ("<b>Fed</b> holds", "Fed holds"),
    ("<p class='a>b'>Fed</p>", "b'>Fed"),
    ("Fed<br/>holds", "Fed holds"),
    ("S&amp;P 500", "S&P 500"),
    ("S&amp;amp;amp;P 500", "S&P 500"),
    ("Fed&#39;s &lt;b&gt;hike&lt;/b&gt;", "Fed's hike"),
    ("&amp;lt;script&amp;gt;alert(1)&amp;lt;/script&amp;gt;Fed", "Fed"),
    ("<script>alert(1)</script>Fed", "Fed"),
    ("<SCRIPT src=x>alert(1)</ScRiPt >Fed", "Fed"),
    ("<style>p{}</style>Fed", "Fed"),
    ("<!-- no --> Fed", "Fed"),
    ("Fed <!-- never closed", "Fed"),
    ("Fed <script>never closed", "Fed"),
    ("Fed <b never closed", "Fed b never closed"),
    ("<<b>script>alert(1)", "< script>alert(1)"),
    ("<scr<b>ipt>x", "ipt>x"),
    ("BTC < 20K and ETH > 1K", "BTC < 20K and ETH > 1K"),
    ("I <3 BTC", "I <3 BTC"),
    ("<img src=x onerror=alert(1)>Fed", "Fed"),
    ("＜ｂ＞Fed＜/ｂ＞", "Fed"),
    ("Ｂｉｔｃｏｉｎ", "Bitcoin"),
    ("Bit\u200bcoin", "Bitcoin"),
    ("Bit\u00adcoin", "Bitcoin"),
    ("\u202eniocti\u202c Fed", "niocti Fed"),
    ("Fed\x00\x07\x1b[31m", "Fed[31m"),
    ("Fed \ud800 holds", "Fed holds"),
    ("Fed\u2028holds", "Fed holds"),
    ("BÃ¶rse", "Börse"),
    ("TelefÃ³nica", "Telefónica"),
    ("Fedâ€™s", "Fed\u2019s"),
    ("Fed\u00e2\u0080\u0099s", "Fed\u2019s"),
    ("Support,Â\xa0 XMR", "Support, XMR"),
    ("MAÇÃ» X", "MAÇÃ» X"),
    ("Ãlbum", "Ãlbum"),
    ("", ""),
    ("<>", "<>"),
    ("javascript:alert(1)", "javascript:alert(1)"),
]  # fmt: skip


@pytest.mark.parametrize(("raw", "plain"), PLAIN)
def test_plain(raw: str, plain: str) -> None:
    assert canonical_text(raw, 500) == plain


# ruff: noqa: E501, RUF001
PIECES = st.sampled_from(
    ["<", ">", "&", "amp;", "lt;", "gt;", "#", "38;", "#x26;", "<b>", "</script>", "<script>", "<!--", "-->", "Ã", "¶", "â",
     "\x80", "\x99", "\u200b", "\u202e", "\x00", "\ud800", "＜", "ﬁ", "e\u0301", "\u0301", " ", "&nbsp;", "&Acirc;", "x"]
)  # fmt: skip
HOSTILE = st.one_of(st.text(max_size=80), st.lists(PIECES, max_size=40).map("".join))


@given(HOSTILE, st.integers(1, 120))
def test_what_it_gives_it_gives_back(raw: str, longest: int) -> None:
    once = canonical_text(raw, longest)
    assert canonical_text(once, longest) == once


@given(HOSTILE, st.integers(1, 120))
def test_one_line_without_what_nobody_sees(raw: str, longest: int) -> None:
    text = canonical_text(raw, longest)
    assert len(text) <= longest
    assert text.isprintable()
    assert text == text.strip()
    assert "  " not in text
    assert unicodedata.is_normalized("NFKC", text)
    assert html.unescape(text) == text
    assert not any(one in text.lower() for one in ("<script", "<b", "</", "<!--"))


@given(st.text(max_size=40), st.text(max_size=40))
def test_nothing_behind_what_is_looked_at_is_read(tail: str, other: str) -> None:
    """The argument for linear time: a title of a megabyte is the title of its first characters."""
    begin = "<" * (LOOKED_AT * 20)
    assert canonical_text(begin + tail, 20) == canonical_text(begin + other, 20)


@pytest.mark.parametrize("piece", ["<", "<b", "<script>", "&amp;", "&am&#112;;", "<!--", "Ã", "a\u0301"])
def test_a_megabyte(piece: str) -> None:
    assert len(canonical_text(piece * (1_000_000 // len(piece)), 500)) <= 500


URLS = [
    ("https://a.com/x", "https://a.com/x"),
    ("HTTPS://A.com/X/", "https://a.com/X"),
    ("https://a.com/x?utm_source=t&id=3&fbclid=9#top", "https://a.com/x?id=3"),
    ("https://a.com/x?ref=home", "https://a.com/x"),
    ("https://me:secret@a.com/x", "https://a.com/x"),
    ("https://a.com:443/x", "https://a.com/x"),
    ("http://a.com:80", "http://a.com"),
    ("https://a.com:8443/x", "https://a.com:8443/x"),
    ("http://[::1]:8080/x", "http://[::1]:8080/x"),
    (" https://a.com/\nx ", "https://a.com/x"),
    ("javascript:alert(1)", ""),
    ("data:text/html,x", ""),
    ("file:///etc/passwd", ""),
    ("//a.com/x", ""),
    ("https://", ""),
    ("https://a b\x00.com/x", ""),
    ("https://a.com\\@evil.com/x", ""),
    ("https://" + "a" * 3000, ""),
    ("", ""),
]


@pytest.mark.parametrize(("url", "plain"), URLS)
def test_urls(url: str, plain: str) -> None:
    assert canonical_url(url) == plain


@given(st.one_of(st.text(), st.text(alphabet="htps:/.?#&=@ab:utm_sourceref[]1", max_size=60).map("https://".__add__)))
def test_urls_are_given_back(url: str) -> None:
    once = canonical_url(url)
    assert canonical_url(once) == once
    assert "@" not in once.partition("://")[2].partition("/")[0].partition("?")[0]


def test_ids_differ_by_source_and_key() -> None:
    assert len({headline_id(source, key) for source in ("reddit", "twitter") for key in ("1", "2", "\ud800")}) == 6
    assert headline_id("reddit", "1") == headline_id("reddit", "1")


@pytest.mark.parametrize(
    ("url", "plain"),
    [
        ("https://a.com/\u200bx", ""),
        ("https://a.com/\u202ex", ""),
        ("https://a.com/x?ID=AbC&UTM_Source=y", "https://a.com/x?ID=AbC"),
    ],
)
def test_nothing_unseen_and_no_case_is_changed_in_a_query(url: str, plain: str) -> None:
    assert canonical_url(url) == plain


def test_ids_do_not_run_together() -> None:
    assert headline_id("ab", "c") != headline_id("a", "bc")
    assert headline_id("a", "K") != headline_id("a", "k")
