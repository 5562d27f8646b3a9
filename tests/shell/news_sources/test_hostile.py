"""Whatever a source sends, it is an answer or one of the two errors."""

import asyncio
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from news_cases import KEY, STORIES, Case, access_to, source_of
from news_server import NewsServer, Reply

from models.types import Refused, Unavailable
from tasks.adapters.news.decoding import decoded
from tasks.adapters.news.source import WebSource
from tasks.adapters.venues import Access
from tasks.ports import Heard, Mark

PIECES = st.sampled_from(
    [
        b"<",
        b">",
        b"&",
        b"&#xD800;",
        b"\x00",
        b"\xff",
        b"]]>",
        b"<!DOCTYPE",
        b'"',
        b"{",
        b"}",
        b"[",
        b"\\ud800",
        b"<item>",
    ]
)
HEADER = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=60)
SLOWLY = settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])


def _whole(source: WebSource, heard: Heard) -> None:
    assert list(heard.items) == sorted(heard.items, key=lambda item: item.published or 0)
    for item in heard.items:
        assert item.source == source.name
        assert item.title.strip()
        assert item.key
        assert item.url.startswith(("http://", "https://"))
        for text in (item.key, item.url, item.title, item.text):
            text.encode("utf-8")
    assert all("\n" not in one and len(one) < 200 for one in heard.refused)


def _read(source: WebSource, body: bytes, kind: str = "") -> None:
    with suppress(Unavailable):
        items, refused = source._read(decoded(body, kind))
        _whole(source, Heard(items, refused, Mark()))


@pytest.fixture
def idle(case: Case, tmp_path: Path) -> WebSource:
    """The case's source, which nobody asks."""
    return source_of(case, access_to(NewsServer(url="http://127.0.0.1:9"), tmp_path))


@given(body=st.binary(max_size=300), kind=HEADER)
@SLOWLY
def test_any_bytes(idle: WebSource, body: bytes, kind: str) -> None:
    _read(idle, body, kind)


@given(edits=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 40), PIECES | st.binary(max_size=8)), max_size=6))
@SLOWLY
def test_a_sound_answer_with_wounds(case: Case, idle: WebSource, edits: list[tuple[float, int, bytes]]) -> None:
    body = case.body(STORIES).encode()
    for where, taken, put in edits:
        at = round(where * len(body))
        body = body[:at] + put + body[at + taken :]
    _read(idle, body)


@given(title=st.text(max_size=80), text=st.text(max_size=80))
@SLOWLY
def test_any_title_and_text(case: Case, idle: WebSource, title: str, text: str) -> None:
    from news_cases import Story

    _read(idle, case.body((Story(5, title, text), *STORIES)).encode("utf-8", "replace"))


@given(
    status=st.sampled_from([200, 200, 200, 301, 304, 429, 503]),
    headers=st.dictionaries(
        st.sampled_from(
            ["ETag", "Last-Modified", "Location", "Retry-After", "Content-Type", "Content-Encoding", "Set-Cookie"]
        ),
        HEADER,
        max_size=4,
    ),
)
@example(status=429, headers={"Retry-After": "inf"})
@example(status=200, headers={"Content-Encoding": ""})
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_any_headers(case: Case, server: NewsServer, tmp_path: Path, status: int, headers: dict[str, str]) -> None:
    server.replies = [Reply(status, case.body(STORIES).encode(), headers)]
    access: Access = access_to(server, tmp_path)
    access.limits.clock.sleep(10**12)  # type: ignore[attr-defined] - over with every pause before
    source = source_of(case, access)
    said = ""
    try:
        _whole(source, asyncio.run(source.hear(Mark(etag=headers.get("ETag"), newest=headers.get("ETag")))))
    except (Unavailable, Refused) as error:
        said = str(error)
    assert KEY not in said
    assert "\n" not in said
