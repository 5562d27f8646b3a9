"""The seven sources with answers in the shapes that theirs have: the table that the contract runs over."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from html import escape
from pathlib import Path

from news_server import NewsServer, Reply
from pydantic import SecretStr

from models.types import parse_time
from tasks.adapters.clocks import FixedClock
from tasks.adapters.news import WAYS, Place, build_source
from tasks.adapters.news.source import WebSource
from tasks.adapters.venues import Access, Keys, Limits

NOW = parse_time("2026-11-22T12:00:00Z")
KEY, ACCOUNT = "the-key-of-nobody-else", "reader_of_news"
HOUR = 3_600_000_000


@dataclass(frozen=True)
class Story:
    """What a source has to say; `at` in UTC microseconds, `when` in its place as it is."""

    number: int
    title: str
    text: str = ""
    at: int = NOW - HOUR
    when: str | None = None

    @property
    def moment(self) -> datetime:
        """When it was published."""
        return datetime.fromtimestamp(self.at / 1e6, UTC)

    @property
    def mail_date(self) -> str:
        """As RSS writes it."""
        return self.when if self.when is not None else format_datetime(self.moment, usegmt=True)

    @property
    def iso_date(self) -> str:
        """As Atom and JSON write it."""
        return self.when if self.when is not None else self.moment.isoformat()


STORIES = (
    Story(1803, "SEC approves first spot ether ETFs, & markets cheer", "Trading may begin on Tuesday.", NOW - HOUR),
    Story(1802, "Zürich exchange halts withdrawals after hack", "Some 40 million dollars are gone.", NOW - 2 * HOUR),
    Story(1801, "Fed holds rates; Powell: “patience”", "A cut is not ruled out.", NOW - 3 * HOUR),
)


def google_news(stories: tuple[Story, ...]) -> str:
    """A search of Google News."""
    rows = "".join(
        f"<item><title>{escape(one.title)} - Reuters</title>"
        f"<link>https://news.google.com/rss/articles/CBMi{one.number}?oc=5</link>"
        f'<guid isPermaLink="false">CBMi{one.number}</guid><pubDate>{one.mail_date}</pubDate>'
        f'<description>&lt;a href="https://news.google.com/rss/articles/CBMi{one.number}?oc=5" target="_blank"&gt;'
        f'{escape(escape(one.title))}&lt;/a&gt;&amp;nbsp;&lt;font color="#6f6f6f"&gt;Reuters&lt;/font&gt;</description>'
        '<source url="https://www.reuters.com">Reuters</source></item>'
        for one in stories
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?><rss version="2.0" '
        'xmlns:media="http://search.yahoo.com/mrss/"><channel><generator>NFE/5.0</generator>'
        '<title>"site:reuters.com when:1d" - Google News</title><link>https://news.google.com/search</link>'
        f"<language>en-US</language><description>Google News</description>{rows}</channel></rss>"
    )


def press(stories: tuple[Story, ...]) -> str:
    """RSS as publishers write it."""
    rows = "".join(
        f"<item><title><![CDATA[{one.title}]]></title><description><![CDATA[{one.text}]]></description>"
        f"<link>https://www.example.org/news/{one.number}</link>"
        f'<guid isPermaLink="true">https://www.example.org/news/{one.number}</guid>'
        f"<dc:creator><![CDATA[A. Writer]]></dc:creator><pubDate>{one.mail_date}</pubDate></item>"
        for one in stories
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><rss xmlns:dc="http://purl.org/dc/elements/1.1/" version="2.0">'
        "<channel><title><![CDATA[Markets]]></title><description>News</description>"
        f"<link>https://www.example.org</link><ttl>15</ttl>{rows}</channel></rss>"
    )


def cryptopanic(stories: tuple[Story, ...]) -> str:
    """Posts of version 2."""
    rows = [
        {
            "id": one.number,
            "slug": f"story-{one.number}",
            "title": one.title,
            "description": one.text,
            "published_at": one.iso_date,
            "created_at": one.iso_date,
            "kind": "news",
            "source": {"title": "A paper", "region": "en", "domain": "example.org", "type": "feed"},
            "original_url": f"https://www.example.org/news/{one.number}",
            "url": f"https://cryptopanic.com/news/{one.number}/story-{one.number}",
            "instruments": [{"code": "BTC", "title": "Bitcoin", "slug": "bitcoin"}],
            "votes": {"negative": 0, "positive": 1},
        }
        for one in stories
    ]
    return json.dumps({"next": None, "previous": None, "results": rows}, ensure_ascii=False)


def twitter(stories: tuple[Story, ...]) -> str:
    """The recent search."""
    if not stories:
        return json.dumps({"meta": {"result_count": 0}})
    rows = [
        {"id": str(one.number), "text": one.title, "created_at": one.iso_date, "edit_history_tweet_ids": []}
        for one in stories
    ]
    return json.dumps({"data": rows, "meta": {"result_count": len(rows)}}, ensure_ascii=False)


def reddit(stories: tuple[Story, ...]) -> str:
    """Atom of a subreddit."""
    rows = "".join(
        f'<entry><author><name>/u/somebody</name></author><category term="Crypto" label="r/Crypto"/>'
        f'<content type="html">&lt;!-- SC_OFF --&gt;&lt;div class="md"&gt;&lt;p&gt;{escape(escape(one.text))}'
        "&lt;/p&gt;&lt;/div&gt;&lt;!-- SC_ON --&gt; &amp;#32; submitted by &amp;#32; "
        '&lt;a href="https://www.reddit.com/user/somebody"&gt; /u/somebody &lt;/a&gt;</content>'
        f'<id>t3_{one.number}</id><link href="https://www.reddit.com/r/Crypto/comments/{one.number}/a/" />'
        f"<updated>{one.iso_date}</updated><published>{one.iso_date}</published><title>{escape(one.title)}</title></entry>"
        for one in stories
    )
    return (
        '<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom" '
        'xmlns:media="http://search.yahoo.com/mrss/"><category term="Crypto" label="r/Crypto"/>'
        "<updated>2026-11-22T11:59:00+00:00</updated><id>/r/Crypto/new/.rss</id>"
        '<link rel="alternate" href="https://www.reddit.com/r/Crypto/new/" type="text/html" />'
        f"<title>newest submissions : Crypto</title>{rows}</feed>"
    )


def telegram(stories: tuple[Story, ...]) -> str:
    """The page of a channel, the oldest message first."""
    rows = "".join(
        '<div class="tgme_widget_message_wrap js-widget_message_wrap"><div class="tgme_widget_message '
        f'text_not_supported_wrap js-widget_message" data-post="a_channel/{one.number}" data-view="eyJjIjotMX0">'
        '<div class="tgme_widget_message_bubble"><div class="tgme_widget_message_owner_name"><span>A channel</span>'
        '</div><a class="tgme_widget_message_reply" href="https://t.me/a_channel/1"><div '
        'class="tgme_widget_message_text js-message_reply_text" dir="auto">An older one</div></a>'
        f'<div class="tgme_widget_message_text js-message_text" dir="auto"><b>{escape(one.title)}</b><br/><br/>'
        f'{escape(one.text)}</div><div class="tgme_widget_message_footer"><span class="tgme_widget_message_views">1.8K'
        f'</span><a class="tgme_widget_message_date" href="https://t.me/a_channel/{one.number}"><time '
        f'datetime="{escape(one.iso_date)}" class="time">11:00</time></a></div></div></div></div>'
        for one in reversed(stories)
    )
    if not stories:
        rows = '<div class="tgme_widget_message_wrap js-widget_message_wrap"></div>'
    return (
        '<!DOCTYPE html><html><head><meta charset="utf-8"><title>A channel</title></head><body>'
        f'<section class="tgme_channel_history js-message_history">{rows}</section></body></html>'
    )


@dataclass(frozen=True)
class Case:
    """One source under test: its address in earnest, its answers, and what a whole one looks like as items.

    Attributes:
        texts: the items have the stories' texts.
        key_of, url_of: of an item, by the story's number.
    """

    name: str
    url: str
    body: Callable[[tuple[Story, ...]], str]
    key_of: str
    url_of: str
    kind: str = "application/rss+xml; charset=utf-8"
    texts: bool = True
    keyed: bool = False

    @property
    def host(self) -> str:
        """Of the url."""
        return self.url.split("/")[2]

    @property
    def place(self) -> Place:
        """As a configuration has it."""
        return Place(self.name, self.url, frozenset({self.host}), spacing_ms=0.1, timeout_ms=5_000, account=ACCOUNT)

    def reply(self, stories: tuple[Story, ...] = STORIES) -> Reply:
        """A sound answer."""
        return Reply(body=self.body(stories).encode(), headers={"Content-Type": self.kind})


JSON, HTML = "application/json; charset=utf-8", "text/html; charset=utf-8"
CASES = (
    Case(
        "reuters",
        "https://news.google.com/rss/search?q=site:reuters.com when:1d&hl=en-US&gl=US&ceid=US:en",
        google_news,
        "CBMi{}",
        "https://news.google.com/rss/articles/CBMi{}?oc=5",
        texts=False,
    ),
    Case(
        "bloomberg",
        "https://feeds.bloomberg.com/markets/news.rss",
        press,
        "https://www.example.org/news/{}",
        "https://www.example.org/news/{}",
    ),
    Case(
        "coindesk",
        "https://www.coindesk.com/arc/outboundfeeds/rss/",
        press,
        "https://www.example.org/news/{}",
        "https://www.example.org/news/{}",
    ),
    Case(
        "cryptopanic",
        "https://cryptopanic.com/api/developer/v2/posts/?public=true",
        cryptopanic,
        "{}",
        "https://www.example.org/news/{}",
        kind=JSON,
        keyed=True,
    ),
    Case(
        "twitter",
        "https://api.x.com/2/tweets/search/recent?query=(bitcoin OR ethereum) -is:retweet&tweet.fields=created_at",
        twitter,
        "{}",
        "https://x.com/i/web/status/{}",
        kind=JSON,
        texts=False,
        keyed=True,
    ),
    Case(
        "reddit",
        "https://www.reddit.com/r/Crypto/new/.rss",
        reddit,
        "t3_{}",
        "https://www.reddit.com/r/Crypto/comments/{}/a/",
        kind="application/atom+xml; charset=UTF-8",
        keyed=True,
    ),
    Case("telegram", "https://t.me/s/a_channel", telegram, "a_channel/{}", "https://t.me/a_channel/{}", kind=HTML),
)


def access_to(server: NewsServer, folder: Path) -> Access:
    """Access to the loopback in the source's place, with a key."""
    clock = FixedClock(NOW)
    keys = Keys(SecretStr(KEY), SecretStr(""))
    return Access(clock, Limits(folder / "limits.sqlite", StandingClock()), keys=keys, url=server.url)


class StandingClock(FixedClock):
    """A budget's clock that nobody waits for."""

    def __init__(self) -> None:
        super().__init__(NOW)

    def sleep(self, micros: int) -> None:
        """At once."""
        object.__setattr__(self, "moment", self.moment + micros)


def source_of(case: Case, access: Access, **place: object) -> WebSource:
    """The case's source, with another place where given."""
    return build_source(WAYS[case.name], replace(case.place, **place), access)  # type: ignore[arg-type]
