"""What is peculiar to each source."""

import asyncio
import contextlib
import json
import time
from dataclasses import replace

import pytest
from news_cases import ACCOUNT, CASES, HOUR, KEY, NOW, STORIES, Case, Story, press, source_of
from news_server import NewsServer, Reply

from models.news.canonical import canonical_text
from models.types import Unavailable, parse_time
from models.types.news import LONGEST_TEXT
from tasks.adapters.news.decoding import _candidates, decoded
from tasks.adapters.news.feed_shape import feed
from tasks.adapters.news.page_shape import MESSAGE, messages_of
from tasks.adapters.news.raws import NotRead
from tasks.adapters.news.twitter import posted_at
from tasks.adapters.venues import Access
from tasks.ports import Heard, Mark

BY_NAME = {case.name: case for case in CASES}
LAUGHS = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10 if at else "ha"}">' for at in range(10))
HOSTILE_XML = {
    "billion laughs": f"<!DOCTYPE rss [{LAUGHS}]><rss version='2.0'><channel><title>&l9;</title></channel></rss>",
    "file": "<!DOCTYPE rss [<!ENTITY x SYSTEM 'file:///etc/hostname'>]><rss version='2.0'><channel><item>"
    "<title>&x;</title></item></channel></rss>",
    "address": "<!DOCTYPE rss SYSTEM 'http://127.0.0.1:9/evil.dtd'><rss version='2.0'><channel/></rss>",
    "parameter": "<!DOCTYPE r [<!ENTITY % p SYSTEM 'http://127.0.0.1:9/'> %p;]><rss version='2.0'><channel/></rss>",
    "blow-up": f"<!DOCTYPE rss [<!ENTITY a '{'a' * 50_000}'>]><rss version='2.0'>{'&a;' * 5_000}</rss>",
}


def _heard(name: str, server: NewsServer, access: Access, body: str, mark: Mark | None = None) -> Heard:
    server.replies = [Reply(body=body.encode("utf-8", "surrogatepass"))]
    return asyncio.run(source_of(BY_NAME[name], access).hear(mark))


@pytest.mark.parametrize("name", ["reuters", "bloomberg", "coindesk", "reddit"])
@pytest.mark.parametrize("attack", HOSTILE_XML)
def test_a_document_type_is_refused_before_anything_is_made_of_it(
    attack: str, name: str, server: NewsServer, access: Access
) -> None:
    began = time.monotonic()
    with pytest.raises(Unavailable, match="XML with a document type"):
        _heard(name, server, access, HOSTILE_XML[attack])
    assert time.monotonic() - began < 30.0


def test_a_document_type_in_utf_16_is_refused_too() -> None:
    server_side = HOSTILE_XML["file"].encode("utf-16")

    with pytest.raises(NotRead, match="document type"):
        feed(decoded(server_side, ""))


def test_a_file_or_an_address_in_place_of_a_feed_is_never_opened(tmp_path) -> None:
    there = tmp_path / "feed.xml"
    there.write_text(press(STORIES))
    for text in (str(there), f"file://{there}", "http://127.0.0.1:9/feed"):
        with pytest.raises(NotRead, match="no well-formed XML"):
            feed(text)


def test_what_is_html_in_a_feed_is_taken_out_by_who_reads_it() -> None:
    (raw,) = feed(press((Story(1, "Up", "<img src=x onerror=alert(2)><b>Yes</b><script>alert(1)</script>"),)))
    assert canonical_text(raw.text, LONGEST_TEXT) == "Yes"


def _rss(inner: str) -> str:
    return f'<rss version="2.0"><channel><item><title>T</title><link>https://a.b/c</link>{inner}</item></channel></rss>'


ENDLESS = {
    "author": f"<author>{'a.' * 50_000}</author>",
    "creator": f'<dc:creator xmlns:dc="http://purl.org/dc/elements/1.1/">{"a" * 100_000}</dc:creator>',
    "author in a text": f"<description>x<author>{'a.' * 50_000}</author></description>",
    "comments": f"<description><![CDATA[{'<!--' * 100_000}]]></description>",
    "attributes": "<a " + " ".join(f"b{one}='c'" for one in range(100_000)) + "/>",
    "depth": "<a>" * 100_000 + "</a>" * 100_000,
    "depth of its own": "<item>" * 50_000 + "</item>" * 50_000,
    "date": f"<pubDate>{'2000-01-' * 100_000}</pubDate>",
}


@pytest.mark.parametrize("name", ENDLESS)
def test_no_part_of_a_feed_takes_time_by_the_square_of_its_length(name: str) -> None:
    """One of feedparser's patterns searched 100 kB of an author for 37 s, in which no time-out could come to pass."""
    began = time.monotonic()
    with contextlib.suppress(RecursionError):
        assert feed(_rss(ENDLESS[name]))[0].title == "T"
    assert time.monotonic() - began < 30.0


def test_what_is_read_of_a_feed_is_left_in_it() -> None:
    atom = (
        '<feed xmlns="http://www.w3.org/2005/Atom"><entry><id>1</id><title>Up</title><author><name>A</name></author>'
        '<link rel="alternate" href="https://a.b/c"/><updated>2026-11-22T11:00:00Z</updated>'
        '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">One <b>two</b></div></content></entry></feed>'
    )
    rdf = (
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns="http://purl.org/rss/1.0/" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><item rdf:about="1"><title>Up</title><link>https://a.b/c</link>'
        "<dc:date>2026-11-22T11:00:00Z</dc:date><description>One two</description></item></rdf:RDF>"
    )
    at = parse_time("2026-11-22T11:00:00Z")
    assert [(one.url, one.title, one.text, one.published) for one in feed(atom) + feed(rdf)] == 2 * [
        ("https://a.b/c", "Up", "One two", at)
    ]


@pytest.mark.parametrize(
    "link",
    ["javascript:alert(1)", "data:text/html,x", "ftp://example.org/x", "https://", "", "https://[::1", "mailto:a@b.c"],
)
def test_an_item_without_an_address_of_the_web_is_left_out(link: str, server: NewsServer, access: Access) -> None:
    body = press((Story(1, "A story"),)).replace("https://www.example.org/news/1", link)
    heard = _heard("bloomberg", server, access, body)
    if link:
        assert heard.items == ()
        assert heard.refused == ("item 1 of bloomberg: it has no address",)


def test_a_link_without_its_host_is_of_the_source(server: NewsServer, access: Access) -> None:
    body = press((Story(1, "A story"),)).replace("<link>https://www.example.org/news/1", "<link>/news/1")
    assert _heard("bloomberg", server, access, body).items[0].url == "https://feeds.bloomberg.com/news/1"


def test_a_story_of_another_publisher_is_none_of_reuters(server: NewsServer, access: Access) -> None:
    body = BY_NAME["reuters"].body(STORIES[:2]).replace("https://www.reuters.com", "https://notreuters.com", 1)
    heard = _heard("reuters", server, access, body)
    assert [item.title for item in heard.items] == [STORIES[1].title]
    assert heard.refused == ("item 1 of reuters: its publisher is not Reuters",)


def test_the_smallest_plan_of_cryptopanic_gives_neither_number_nor_address(server: NewsServer, access: Access) -> None:
    row = {"title": "A story", "description": None, "published_at": "2026-11-22T11:00:00Z", "kind": "news"}
    (item,) = _heard("cryptopanic", server, access, json.dumps({"results": [row]})).items
    assert (item.key, item.url) == ("2026-11-22T11:00:00Z A story", "https://cryptopanic.com/news/")
    assert (item.text, item.published) == ("", NOW - HOUR)


@pytest.mark.parametrize(
    "row",
    [
        None,
        7,
        "text",
        [],
        {},
        {"title": None},
        {"title": {"a": 1}, "id": 1},
        {"title": True},
        {"title": ["x"], "id": []},
    ],
)
@pytest.mark.parametrize("name", ["cryptopanic", "twitter"])
def test_rows_of_a_wrong_shape_are_named(row: object, name: str, server: NewsServer, access: Access) -> None:
    sound = json.loads(BY_NAME[name].body(STORIES))
    sound["results" if name == "cryptopanic" else "data"].append(row)
    heard = _heard(name, server, access, json.dumps(sound))
    assert len(heard.items) == 3
    assert heard.refused == (f"item 4 of {name}: it has no title",)


def test_half_a_character_can_be_stored(server: NewsServer, access: Access) -> None:
    row = '{"data": [{"id": "5", "text": "up \\ud83d only", "created_at": "2026-11-22T11:00:00.000Z"}]}'
    (item,) = _heard("twitter", server, access, row).items
    assert item.title.encode() == b"up ? only"


def test_twitter_is_asked_for_what_came_since(server: NewsServer, access: Access) -> None:
    number = (NOW // 1000 - 1_288_834_974_657) << 22
    body = BY_NAME["twitter"].body((Story(number, "New"), Story(number - 1, "Newer by its date", at=NOW)))
    heard = _heard("twitter", server, access, body)
    assert heard.mark.newest == str(number)
    assert abs(posted_at(number) - NOW) < 1_000
    again = _heard("twitter", server, access, BY_NAME["twitter"].body(()), heard.mark)
    assert again.mark.newest == str(number)
    assert [one.query.get("since_id") for one in server.heeded] == [None, str(number)]


@pytest.mark.parametrize("newest", ["1803", "nonsense", "", "-1", "9" * 30, "1 OR 1"])
def test_a_start_that_twitter_would_refuse_is_not_sent(newest: str, server: NewsServer, access: Access) -> None:
    _heard("twitter", server, access, BY_NAME["twitter"].body(()), Mark(newest=newest))
    assert "since_id" not in server.heeded[0].query


def test_what_is_asked_of_those_with_keys(server: NewsServer, access: Access) -> None:
    for name in ("cryptopanic", "twitter", "reddit"):
        _heard(name, server, access, BY_NAME[name].body(STORIES))
    cryptopanic, twitter, reddit = server.heeded
    assert cryptopanic.query == {"public": "true", "auth_token": KEY}
    assert twitter.query == {"query": "(bitcoin OR ethereum) -is:retweet", "tweet.fields": "created_at"}
    assert twitter.headers["authorization"] == f"Bearer {KEY}"
    assert reddit.query == {"feed": KEY, "user": ACCOUNT}


def test_a_key_does_not_go_on_to_another_host(server: NewsServer, access: Access) -> None:
    case = BY_NAME["twitter"]
    server.replies = [Reply(302, headers={"Location": "https://api.example.org/2"}), case.reply()]
    source = source_of(case, access, hosts=frozenset({"api.x.com", "api.example.org"}))
    assert len(asyncio.run(source.hear(None)).items) == 3
    first, second = server.heeded
    assert "authorization" in first.headers
    assert "authorization" not in second.headers


def test_reddit_wants_the_name_that_its_key_goes_with(access: Access) -> None:
    source = source_of(BY_NAME["reddit"], access, account=None)
    assert source.why_off is not None
    assert "news.sources.reddit.account" in source.why_off


def test_what_reddit_writes_below_a_post_is_left_out(server: NewsServer, access: Access) -> None:
    heard = _heard("reddit", server, access, BY_NAME["reddit"].body(STORIES))
    assert all("somebody" not in item.text and "submitted" not in item.text for item in heard.items)


def test_a_picture_without_a_word_is_no_news() -> None:
    page = BY_NAME["telegram"].body((Story(2, "A story"), Story(1, "", "")))
    assert [raw.title for raw in messages_of(page)] == ["A story", ""]


def test_the_first_line_of_a_message_is_its_title() -> None:
    (raw,) = messages_of(BY_NAME["telegram"].body((Story(2, "First & foremost", "Second"),)))
    assert (raw.title, raw.text) == ("First & foremost", "Second")


@pytest.mark.parametrize("piece", ["<!", "<a ", "<!--", "<![CDATA[", "</", "&#", "<script>", "<div>", '<a b="'])
def test_markup_that_never_ends_takes_no_time(piece: str, server: NewsServer, access: Access) -> None:
    long = piece * (40_000 // len(piece))
    page = BY_NAME["telegram"].body(STORIES).replace("Trading may", f"{long}Trading may")
    began = time.monotonic()
    heard = _heard("telegram", server, access, page + piece * 200_000)
    assert time.monotonic() - began < 30.0
    assert len(heard.items) >= 2


@pytest.mark.parametrize("piece", ["<a ", "<a/", '<a b="', "<div class=", "<!--", "<a b=c x>"])
def test_a_page_of_such_messages_takes_no_time_either(piece: str) -> None:
    """Two megabytes of unfinished tags took the parser eighteen minutes, in which no process could end."""
    opened = f'{MESSAGE}"><div class="tgme_widget_message_text js-message_text">'
    page = "".join(f"<div class={opened}{piece * (19_000 // len(piece))}" for _ in range(100))
    began = time.monotonic()
    assert len(messages_of(page)) == 100
    assert time.monotonic() - began < 30.0


def test_a_page_without_messages_is_no_channel(server: NewsServer, access: Access) -> None:
    with pytest.raises(Unavailable, match="a page without messages"):
        _heard("telegram", server, access, "<html><body>If you have Telegram, you can contact us</body></html>")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_long_answer_is_read_in_time(case: Case, server: NewsServer, access: Access) -> None:
    many = tuple(
        Story(9_000 - at, f"Story {at} about bitcoin", "A text of some length. " * 5, at=NOW - at) for at in range(400)
    )
    server.replies = [case.reply(many)]
    began = time.monotonic()
    heard = asyncio.run(source_of(replace(case), access).hear(None))
    assert len(heard.items) == 200
    assert time.monotonic() - began < 30.0


@pytest.mark.parametrize("label", ["punycode", "idna", "unicode_escape", "rot13", "hex", "utf-7"])
def test_a_label_names_no_decoder_that_does_more_than_decode(label: str) -> None:
    assert _candidates(b"\xff", f"text/xml; charset={label}") == ["utf-8"]
