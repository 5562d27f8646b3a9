"""Where a source may lead us: what its name means is looked at, and nothing else is connected to."""

import asyncio
import logging
import ssl
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from exchange.tls import make_authority
from news_cases import KEY, Case, source_of
from news_server import NewsServer
from pydantic import SecretStr
from venues.base import Loopback, running
from venues.proxy import listening_proxy

from conf.secrets import remember
from models.types import BadInput, Refused, Unavailable
from tasks.adapters.news import addresses
from tasks.adapters.news.addresses import PublicTransport, is_public
from tasks.adapters.news.client import open_client
from tasks.adapters.redaction import ScrubbedRecord
from tasks.adapters.venues import Access

PUBLIC, PRIVATE = "93.184.216.34", "10.1.2.3"


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    """What every name means: a list is used up from its front, the last one stays."""
    meanings: dict[str, list[str]] = {}

    def looked_up(host: str, *_: object, **__: object) -> list[tuple[Any, ...]]:
        meant = meanings.setdefault("*", [PUBLIC])
        found = meant.pop(0) if len(meant) > 1 else meant[0]
        if not found:
            raise OSError("no such name")
        return [(0, 0, 0, "", (one, 443)) for one in found.split()]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", looked_up)
    return meanings


@pytest.fixture
def connected(monkeypatch: pytest.MonkeyPatch) -> list[httpx.Request]:
    """Every request that would have gone out."""
    went: list[httpx.Request] = []

    async def connect(_: object, request: httpx.Request) -> httpx.Response:
        went.append(request)
        raise httpx.ConnectError("not in a test")

    monkeypatch.setattr(httpx.AsyncHTTPTransport, "handle_async_request", connect)
    return went


@pytest.mark.parametrize(
    ("address", "public"),
    [
        (PUBLIC, True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 - an address to refuse
        (PRIVATE, False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("::", False),
        ("fe80::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("64:ff9b::7f00:1", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("2001:0:4136:e378:8000:63bf:f5ff:fffe", False),
        ("fec0::1", False),
        ("3fff::1", False),
        ("192.88.99.1", False),
        ("localhost", False),
        ("0x7f000001", False),
        ("", False),
    ],
)
def test_only_addresses_of_the_public_network_are_public(address: str, public: bool) -> None:
    assert is_public(address) == public


@pytest.mark.parametrize("meant", ["127.0.0.1", PRIVATE, "169.254.169.254", "::1", f"{PUBLIC} {PRIVATE}"])
def test_a_name_that_means_a_private_address_is_refused(
    meant: str, case: Case, access: Access, names: dict[str, list[str]], connected: list[httpx.Request]
) -> None:
    names["*"] = [meant]
    with pytest.raises(Refused, match=f"{case.name}: the name {case.host} means an address that is not public"):
        asyncio.run(source_of(case, replace(access, url=None)).hear(None))
    assert connected == []


def test_what_the_name_means_a_moment_later_is_never_asked(
    case: Case, access: Access, names: dict[str, list[str]], connected: list[httpx.Request]
) -> None:
    names["*"] = [PUBLIC, PRIVATE]
    with pytest.raises(Unavailable, match="ConnectError"):
        asyncio.run(source_of(case, replace(access, url=None)).hear(None))
    (went,) = connected
    assert (went.url.scheme, went.url.host) == ("https", PUBLIC)
    assert (went.headers["Host"], went.extensions["sni_hostname"]) == (case.host, case.host)
    assert names["*"] == [PRIVATE]


def test_all_that_a_name_means_is_tried_in_the_time_of_one(
    case: Case, access: Access, names: dict[str, list[str]], connected: list[httpx.Request]
) -> None:
    names["*"] = [f"2a00:1450::1 {PUBLIC} 2a00:1450::1 8.8.8.8"]
    with pytest.raises(Unavailable, match="ConnectError"):
        asyncio.run(source_of(case, replace(access, url=None), timeout_ms=6_000).hear(None))
    assert [one.url.host for one in connected] == [PUBLIC, "8.8.8.8", "2a00:1450::1"]
    assert connected[2].url.raw_host == b"2a00:1450::1"
    assert {one.extensions["timeout"]["connect"] for one in connected} == {2.0}


def test_a_name_that_means_nothing_is_no_answer(case: Case, access: Access, names: dict[str, list[str]]) -> None:
    names["*"] = [""]
    with pytest.raises(Unavailable, match=f"the name {case.host} means no address"):
        asyncio.run(source_of(case, replace(access, url=None)).hear(None))


def test_a_proxy_is_the_only_one_that_is_asked(case: Case, access: Access) -> None:
    with listening_proxy() as (proxy, heard):
        source = source_of(case, replace(access, url=None, https_proxy=proxy))
        with pytest.raises(Unavailable, match="ProxyError"):
            asyncio.run(source.hear(None))
    assert heard == [f"CONNECT {case.host}:443 HTTP/1.1"]


def test_proxies_of_the_environment_are_not(
    case: Case, server: NewsServer, access: Access, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.replies = [case.reply()]
    with listening_proxy() as (proxy, heard):
        for name in ("HTTPS_PROXY", "ALL_PROXY", "HTTP_PROXY"):
            monkeypatch.setenv(name, proxy)
        assert len(asyncio.run(source_of(case, access).hear(None)).items) == 3
    assert heard == []


def test_no_log_shows_a_key(case: Case, server: NewsServer, access: Access, caplog: pytest.LogCaptureFixture) -> None:
    """httpx logs every address with its parameters, a key among them."""
    remember(SecretStr(KEY))
    before = logging.getLogRecordFactory()
    logging.setLogRecordFactory(ScrubbedRecord)
    server.replies = [case.reply()]
    try:
        with caplog.at_level(logging.DEBUG):
            asyncio.run(source_of(case, access).hear(None))
    finally:
        logging.setLogRecordFactory(before)
    assert "HTTP Request: GET" in caplog.text
    assert KEY not in caplog.text


@pytest.mark.parametrize(
    "url",
    ["http://{host}/", "https://example.org/", "https://127.0.0.1/", "https://u:p@{host}/", "https://{host}:8080/"],
)
def test_a_place_at_none_of_its_hosts_is_not_opened(url: str, case: Case, access: Access) -> None:
    with pytest.raises(Refused, match="an address that is none of its own"):
        open_client(replace(case.place, url=url.format(host=case.host)), access)


def test_only_the_loopback_stands_in_for_a_source(case: Case, access: Access) -> None:
    with pytest.raises(BadInput, match="not of the loopback"):
        open_client(case.place, replace(access, url="https://example.org"))
    with pytest.raises(BadInput, match="there is no file"):
        open_client(case.place, replace(access, ca_file="/no/such.pem"))


def _get(url: str, authority: Path, lookup: Callable[[str], list[str]]) -> int:
    async def get() -> int:
        trusted = ssl.create_default_context(cafile=str(authority))
        async with httpx.AsyncClient(transport=PublicTransport("it", trusted, lookup)) as http:
            return (await http.get(url)).status_code

    return asyncio.run(get())


def test_the_certificate_has_to_be_the_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(addresses, "is_public", lambda _: True)
    made = make_authority(tmp_path, ("news.example",))
    authority = made.ca_file
    with running(Loopback(always=404), made.context()) as told:
        port = told.url.rpartition(":")[2]
        assert _get(f"https://news.example:{port}/", authority, lambda _: ["127.0.0.1"]) == 404
        assert [one.headers["Host"] for one in told.asked] == [f"news.example:{port}"]
        with pytest.raises(httpx.ConnectError, match=r"(?i)certificate"):
            _get(f"https://other.example:{port}/", authority, lambda _: ["127.0.0.1"])
    assert len(told.asked) == 1


def test_an_address_that_cannot_be_reached_is_followed_by_the_next(
    server: NewsServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(addresses, "is_public", lambda _: True)
    authority = make_authority(tmp_path, ("news.example",)).ca_file
    port = server.url.rpartition(":")[2]
    assert _get(f"http://news.example:{port}/", authority, lambda _: ["127.0.0.2", "127.0.0.1"]) == 200
