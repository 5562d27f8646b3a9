"""What every source of news keeps to, whatever its answers look like."""

import asyncio
import gzip
import time
import tracemalloc
import zlib
from dataclasses import replace
from email.utils import format_datetime

import pytest
from news_cases import HOUR, KEY, NOW, STORIES, Case, Story, source_of
from news_server import NewsServer, Reply, bomb, packed

from models.types import KeelError, Refused, Unavailable, from_micros
from models.types.news import SOURCES
from tasks.adapters.news import WAYS
from tasks.adapters.news.source import WebSource
from tasks.adapters.venues import Access
from tasks.ports import Heard, LeftAlone, Mark

SECOND = 1_000_000


def hear(source: WebSource, mark: Mark | None = None) -> Heard:
    return asyncio.run(source.hear(mark))


def failure(source: WebSource, kind: type[Exception] = Unavailable) -> str:
    with pytest.raises(kind) as caught:
        hear(source)
    error = caught.value
    assert error.__context__ is None
    assert error.__cause__ is None
    said = str(error)
    assert said.startswith(source.name)
    assert "\n" not in said
    assert KEY not in said
    return said


def titles(heard: Heard) -> list[str]:
    return [item.title for item in heard.items]


def test_there_is_one_for_each_of_the_sources() -> None:
    assert tuple(WAYS) == SOURCES


def test_the_newest_comes_last(case: Case, server: NewsServer, source: WebSource) -> None:
    server.replies = [case.reply()]
    heard = hear(source)
    assert heard.refused == ()
    assert [item.source for item in heard.items] == [case.name] * 3
    for item, story in zip(heard.items, reversed(STORIES), strict=True):
        assert item.key == case.key_of.format(story.number)
        assert item.url == case.url_of.format(story.number)
        assert item.title.replace("&amp;", "&") == story.title
        assert (story.text in item.text) == case.texts
        assert item.published == story.at


def test_nothing_new_is_no_item(case: Case, server: NewsServer, source: WebSource) -> None:
    server.replies = [case.reply(())]
    heard = hear(source)
    assert heard.items == ()


def test_what_has_not_changed_is_not_read_again(case: Case, server: NewsServer, source: WebSource) -> None:
    sound = case.reply()
    marks = {"ETag": 'W/"abc"', "Last-Modified": "Sun, 22 Nov 2026 11:00:00 GMT"}
    server.replies = [replace(sound, headers=sound.headers | marks), Reply(status=304)]
    mark = hear(source).mark
    assert (mark.etag, mark.modified) == ('W/"abc"', "Sun, 22 Nov 2026 11:00:00 GMT")
    assert hear(source, mark) == Heard((), (), mark)
    first, second = server.heeded
    assert "if-none-match" not in first.headers
    assert second.headers["if-none-match"] == 'W/"abc"'
    assert second.headers["if-modified-since"] == "Sun, 22 Nov 2026 11:00:00 GMT"


@pytest.mark.parametrize("etag", ["x" * 501, "\xfc\xf6", "a\tb"])
def test_a_mark_that_cannot_be_sent_back_is_none(etag: str, case: Case, server: NewsServer, source: WebSource) -> None:
    sound = case.reply()
    server.replies = [replace(sound, headers=sound.headers | {"ETag": etag})]
    assert hear(source).mark.etag is None
    assert len(hear(source, Mark(etag=etag)).items) == 3


@pytest.mark.parametrize("reply", [Reply(before_s=120.0), Reply(between_s=0.2, slow_head=True)], ids=["mute", "slow"])
def test_a_source_that_takes_too_long_to_begin(reply: Reply, case: Case, server: NewsServer, access: Access) -> None:
    server.replies = [reply]
    began = time.monotonic()
    assert "Timeout" in failure(source_of(case, access, timeout_ms=200))
    assert time.monotonic() - began < 60.0


def test_a_source_that_takes_too_long_to_end(case: Case, server: NewsServer, access: Access) -> None:
    server.replies = [replace(case.reply(), between_s=0.02)]
    began = time.monotonic()
    assert "TimeoutError" in failure(source_of(case, access, timeout_ms=300))
    assert time.monotonic() - began < 60.0


@pytest.mark.parametrize(
    ("stated", "pause"),
    [
        ("90", 90 * SECOND),
        (format_datetime(from_micros(NOW + HOUR), usegmt=True), HOUR),
        (None, 5 * SECOND),
        ("0", 0),
        ("-5", 0),
        ("soon", 5 * SECOND),
        ("1e400", 24 * HOUR),
        ("9" * 30, 24 * HOUR),
        ("nan", 5 * SECOND),
        (format_datetime(from_micros(NOW - HOUR), usegmt=True), 0),
    ],
)
def test_too_many_requests_are_followed_by_a_pause(
    stated: str | None, pause: int, case: Case, server: NewsServer, source: WebSource
) -> None:
    server.replies = [Reply(429, headers={} if stated is None else {"Retry-After": stated}), case.reply()]
    now = source.client.access.limits.clock.now()
    with pytest.raises(LeftAlone) as caught:
        hear(source)
    assert abs(caught.value.retry_at - now - pause) < SECOND
    if pause > SECOND:
        with pytest.raises(LeftAlone):
            hear(source)
    assert len(server.heeded) == 1


def test_a_busy_source_that_says_until_when_is_left_alone(case: Case, server: NewsServer, source: WebSource) -> None:
    server.replies = [Reply(503, headers={"Retry-After": "60"})]
    assert "left alone until 2026-11-22T12:01" in failure(source, LeftAlone)


@pytest.mark.parametrize("status", [500, 503, 404, 206, 199, 999])
def test_any_other_status_is_no_answer(status: int, case: Case, server: NewsServer, source: WebSource) -> None:
    server.replies = [replace(case.reply(), status=status)]
    assert "did not give its news" in failure(source)
    assert len(server.heeded) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_is_named_as_such(status: int, case: Case, server: NewsServer, source: WebSource) -> None:
    server.replies = [Reply(status)]
    assert f"set it anew: keel secrets set {case.name}" in failure(source)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"   ",
        b"no news today",
        b"<html><body><form>Log in</form></body></html>",
        b"<rss><channel><item><title>cut",
        b'{"data": [{"id": "1", "tex',
        b'{"results": "none", "data": 7}',
        b'{"status": "api_error", "info": "Token not found"}',
        b"[" * 100_000,
        b"<a>" * 100_000,
        b"\x00" * 1_000,
        b"\xff\xfe",
        b'<?xml version="1.0" encoding="no-such"?><html/>',
    ],
)
def test_an_answer_in_another_form_is_one_sentence(
    body: bytes, case: Case, server: NewsServer, source: WebSource
) -> None:
    server.replies = [Reply(body=body)]
    said = failure(source)
    assert f"{case.name} answered in another form than its own" in said
    assert "Token" not in said


@pytest.mark.parametrize("packing", ["stated", "unstated"])
def test_fifty_megabytes_are_not_read(packing: str, case: Case, server: NewsServer, source: WebSource) -> None:
    chunk = b"<item>" * 10_000
    server.replies = [Reply(body=chunk, times=850, length=None if packing == "stated" else -1)]
    assert "more than 2000000 bytes" in failure(source)
    assert server.sent < 20_000_000


def test_what_is_packed_is_unpacked_no_further_than_is_allowed(
    case: Case, server: NewsServer, source: WebSource
) -> None:
    server.replies = [bomb(megabytes=50)]
    tracemalloc.start()
    try:
        assert "more than 2000000 bytes" in failure(source)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ["gzip", "deflate", "GZIP", "x-gzip"])
def test_packed_answers_are_read(name: str, case: Case, server: NewsServer, source: WebSource) -> None:
    sound = case.reply()
    body = zlib.compress(sound.body) if name == "deflate" else gzip.compress(sound.body)
    server.replies = [Reply(body=body, headers=sound.headers | {"Content-Encoding": name})]
    assert len(hear(source).items) == 3
    assert server.heeded[0].headers["accept-encoding"] == "gzip, deflate"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(body=gzip.compress(b"x" * 9_000)[:-9], headers={"Content-Encoding": "gzip"}),
        Reply(body=b"not packed at all", headers={"Content-Encoding": "gzip"}),
        Reply(body=b"xx", headers={"Content-Encoding": "br"}),
        Reply(body=gzip.compress(gzip.compress(b"xx")), headers={"Content-Encoding": "gzip, gzip"}),
        packed(b""),
    ],
)
def test_what_is_packed_badly_is_no_answer(reply: Reply, case: Case, server: NewsServer, source: WebSource) -> None:
    server.replies = [reply]
    failure(source)


def test_what_is_packed_and_broken_off_is_no_answer(case: Case, server: NewsServer, source: WebSource) -> None:
    server.replies = [Reply(body=gzip.compress(case.reply().body)[:-4], headers={"Content-Encoding": "gzip"})]
    assert "broke off in the middle" in failure(source)


def test_a_connection_cut_in_the_middle_is_no_answer(case: Case, server: NewsServer, source: WebSource) -> None:
    sound = case.reply()
    server.replies = [replace(sound, body=sound.body[: len(sound.body) // 2], length=len(sound.body))]
    assert "RemoteProtocolError" in failure(source)


@pytest.mark.parametrize(
    ("encoding", "label"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", None),
        ("utf-8", "iso-8859-1"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", None),
        ("utf-16-le", "utf-16"),
        ("utf-16-be", None),
        ("cp1252", "windows-1252"),
        ("cp1252", "utf-8"),
        ("cp1252", "punycode"),
        ("cp1252", "x-unheard-of"),
    ],
)
def test_an_answer_is_decoded_whatever_it_is_labelled(
    encoding: str, label: str | None, case: Case, server: NewsServer, source: WebSource
) -> None:
    kind = case.kind.split(";")[0] + ("" if label is None else f"; charset={label}")
    server.replies = [Reply(body=case.body(STORIES).encode(encoding), headers={"Content-Type": kind})]
    assert [title.replace("&amp;", "&") for title in titles(hear(source))] == [one.title for one in STORIES[::-1]]


def test_a_wrong_content_type_is_of_no_account(case: Case, server: NewsServer, source: WebSource) -> None:
    server.replies = [replace(case.reply(), headers={"Content-Type": "image/png"})]
    assert len(hear(source).items) == 3


@pytest.mark.parametrize(
    "when",
    [
        "",
        "yesterday",
        "1899-12-31T00:00:00Z",
        "2087-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9" * 400,
        "Mon, 99",
    ],
)
def test_a_date_that_cannot_be_is_none(when: str, case: Case, server: NewsServer, source: WebSource) -> None:
    server.replies = [case.reply((Story(7, "A story", "Its text", when=when),))]
    (item,) = hear(source).items
    assert item.published is None


def test_a_date_a_little_ahead_is_kept(case: Case, server: NewsServer, source: WebSource) -> None:
    server.replies = [case.reply((Story(7, "A story", at=NOW + HOUR),))]
    (item,) = hear(source).items
    assert item.published == NOW + HOUR


def test_an_item_given_twice_is_one_and_a_changed_one_is_two(case: Case, server: NewsServer, source: WebSource) -> None:
    changed = replace(STORIES[0], title="SEC delays spot ether ETFs", at=NOW)
    server.replies = [case.reply((changed, *STORIES, *STORIES))]
    heard = hear(source)
    assert len(heard.items) == 4
    assert heard.items[-1].key == heard.items[-2].key
    assert heard.items[-1].title == changed.title


def test_an_item_without_a_title_or_too_long_is_named_and_left_out(
    case: Case, server: NewsServer, source: WebSource
) -> None:
    server.replies = [case.reply((*STORIES, Story(9, ""), Story(10, "z" * 20_001)))]
    heard = hear(source)
    assert len(heard.items) == 3
    assert len(heard.refused) == 2
    assert all(one.startswith("item ") and case.name in one and "zz" not in one for one in heard.refused)


def test_only_the_newest_of_many_are_kept(case: Case, server: NewsServer, access: Access) -> None:
    many = tuple(Story(9_000 - at, f"Story {at}", at=NOW - at * SECOND) for at in range(30))
    server.replies = [case.reply(many)]
    heard = hear(source_of(case, access, most_items=10))
    assert titles(heard) == [f"Story {at}" for at in range(9, -1, -1)]
    assert heard.refused == (f"20 older items of {case.name} were left out of 30",)


@pytest.mark.parametrize(
    "onward",
    [
        "http://127.0.0.1:9/x",
        "https://127.0.0.1/x",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://example.org/x",
        "//example.org/x",
        "https://{host}.example.org/",
        "https://{host}@example.org/",
        "https://me:word@{host}/",
        "https://{host}:8443/",
        "http://{host}/",
        "file:///etc/passwd",
        "gopher://{host}/",
        "https://localhost/",
        "https://0x7f000001/",
        "https://{host}\\@example.org/",
    ],
)
def test_it_is_not_led_away(onward: str, case: Case, server: NewsServer, source: WebSource) -> None:
    server.replies = [Reply(302, headers={"Location": onward.format(host=case.host)})]
    said = failure(source, Refused)
    assert f"allowed is https to {case.host}" in said
    assert "passwd" not in said
    assert len(server.heeded) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_it_follows_to_its_own_hosts(status: int, case: Case, server: NewsServer, source: WebSource) -> None:
    away = Reply(status, headers={"Location": f"https://{case.host}/elsewhere"})
    server.replies = [away, replace(away, headers={"Location": "/there?a=1"}), case.reply()]
    assert len(hear(source).items) == 3
    assert [one.path for one in server.heeded][1:] == ["/elsewhere", "/there"]
    assert KEY not in str(server.heeded[1].query)


def test_it_does_not_follow_for_ever(case: Case, server: NewsServer, source: WebSource) -> None:
    server.replies = [Reply(302, headers={"Location": "/again"})]
    assert "more than 3 times" in failure(source)
    assert len(server.heeded) == 4


@pytest.mark.parametrize("onward", [None, "https://[::1", "javascript:alert(1)"])
def test_a_redirect_to_nowhere_is_not_followed(
    onward: str | None, case: Case, server: NewsServer, source: WebSource
) -> None:
    server.replies = [Reply(302, headers={} if onward is None else {"Location": onward})]
    assert "alert" not in failure(source, KeelError)
    assert len(server.heeded) == (4 if onward is None else 1)


def test_a_server_that_is_not_there_is_no_answer(case: Case, access: Access) -> None:
    source = source_of(case, replace(access, url="http://127.0.0.1:9"))
    assert "ConnectError" in failure(source)


def test_without_its_key_it_is_off_and_says_so(case: Case, server: NewsServer, access: Access) -> None:
    source = source_of(case, replace(access, keys=None))
    server.replies = [case.reply()]
    if not case.keyed:
        assert source.why_off is None
        assert len(hear(source).items) == 3
        return
    assert source.why_off is not None
    assert source.why_off.startswith(f"{case.name} has no key: keel secrets set {case.name} --to env")
    with pytest.raises(Refused, match="has no key"):
        hear(source)
    assert server.heeded == []


def test_the_key_goes_to_those_who_want_it_only(case: Case, server: NewsServer, source: WebSource) -> None:
    server.replies = [case.reply()]
    hear(source)
    (asked,) = server.heeded
    assert (KEY in f"{asked.query} {asked.headers}") == case.keyed
    assert asked.headers["user-agent"].startswith("keel/")


def test_the_requests_of_one_source_keep_their_distance(case: Case, server: NewsServer, access: Access) -> None:
    server.replies = [case.reply()]
    source, clock = source_of(case, access, spacing_ms=2_000.0), access.limits.clock
    began = clock.now()
    for _ in range(3):
        hear(source)
    assert clock.now() - began == 4 * SECOND
