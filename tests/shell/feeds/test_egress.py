"""Where requests go, what they carry, and what an error never says."""

import datetime
import ipaddress
import ssl
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from venues.alpaca import KEY, SECRET, Alpaca
from venues.base import Fault, Loopback, running
from venues.cases import CASES, Case, access_to, build, name_of
from venues.tape import FIRST

from models.types import BadInput, KeelError, Refused, Unavailable
from tasks.adapters.feeds import BUILDERS
from tasks.adapters.feeds.alpaca import build as build_alpaca
from tasks.adapters.feeds.any_venue.exchange import described
from tasks.adapters.feeds.binance.exchange import VENUE
from tasks.adapters.feeds.index_files import build as build_index_files
from tasks.adapters.venues import Access
from tasks.adapters.venues.client import open_client
from tasks.adapters.venues.hosts import require_host
from tasks.adapters.venues.reads import Failed

Serve = Callable[[Loopback, int], Access]


def test_every_adapter_is_built_for_its_declared_hosts(case: Case, access: Access) -> None:
    assert build(case, replace(access, url=None)).name == name_of(case)


@pytest.mark.parametrize(
    "url",
    [
        "https://api.binance.com.example.org/api",
        "http://api.binance.com/api",
        "https://example.org/api.binance.com",
        "https://api.binance.com@example.org/",
        "https://10.0.0.1/",
        "ftp://api.binance.com/",
    ],
)
def test_another_host_is_refused(url: str) -> None:
    with pytest.raises(Refused, match="which is none of its hosts"):
        require_host(VENUE, url)


@pytest.mark.parametrize(
    "url", ["https://api.binance.com/x", "http://127.0.0.1:80/x", "http://[::1]/", "http://localhost/"]
)
def test_the_venue_and_the_loopback_are_not(url: str) -> None:
    require_host(VENUE, url)


def test_an_exchange_that_holds_another_address_is_not_opened(access: Access) -> None:
    with pytest.raises(Refused, match=r"binance would be asked at https://[a-z]*\.binance\.com"):
        open_client(replace(VENUE, hosts=frozenset({"api.example.org"})), replace(access, url=None))


def test_an_address_that_changes_later_is_refused_too(serve: Serve) -> None:
    case = CASES[0]
    told = case.server(tape=case.tape(5))
    client = open_client(VENUE, serve(told, FIRST))
    client.exchange.urls["api"]["public"] = "https://example.org/api/v3"
    with pytest.raises(Refused, match=r"https://example\.org"):
        client.require("BTC/USDT")
    assert told.asked == []


def test_a_venue_that_nobody_described_has_the_hosts_that_ccxt_says() -> None:
    assert described("bitstamp").hosts == {"www.bitstamp.net"}


def test_an_index_file_of_another_host_is_refused(serve: Serve) -> None:
    access = serve(Loopback(), FIRST)
    feed = build_index_files(replace(access, url=None, files={"MINE": "https://example.org/mine.csv"}))
    with pytest.raises(Refused, match="index_files would be asked at https://example"):
        list(feed.pages("MINE", "1d", None))


@pytest.mark.parametrize("fault", [401, 403, 400, 429, 500, "hang", "reset", "html", "cut", "redirect"])
def test_no_error_says_a_key_or_an_address(fault: Fault, serve: Serve) -> None:
    told = Alpaca(always=fault, retry_after="0")
    feed = build_alpaca(replace(serve(told, FIRST), timeout_ms=150))
    for call in (
        lambda: list(feed.pages("SPY", "1d", None)),
        lambda: feed.book("SPY", 1),
        lambda: feed.actions("SPY", None),
    ):
        with pytest.raises(KeelError) as error:
            call()
        said = "".join(traceback.format_exception(error.value)) + repr(error.value.__context__)
        for hidden in (SECRET, KEY, told.url, "page_token", "symbols="):
            assert hidden not in said
    assert SECRET not in repr(feed.client.access)


def test_a_failed_request_does_not_carry_the_error_of_ccxt(serve: Serve) -> None:
    client = build_alpaca(serve(Alpaca(always=503), FIRST)).client
    with pytest.raises(Failed) as error:
        client._once("marketPrivateGetV2StocksBars", ({"symbols": "SPY"},))
    assert error.value.__context__ is None
    assert error.value.kind == "ExchangeNotAvailable, HTTP 503"


def test_wrong_keys_are_named_as_such_and_not_tried_again(serve: Serve) -> None:
    told = Alpaca(always=403)
    feed = build_alpaca(serve(told, FIRST))
    with pytest.raises(BadInput, match=r"alpaca refuses the keys .*HTTP 403.*correct them in \.env"):
        list(feed.pages("SPY", "1d", None))
    assert len(told.asked) == 1


def test_without_keys_the_same_answer_is_no_fault_of_keys(serve: Serve) -> None:
    case = CASES[0]
    told = case.server(always=403)
    with pytest.raises(Unavailable, match="HTTP 403"):
        list(BUILDERS["binance"](serve(told, FIRST)).pages("BTC/USDT", "1h", None))
    assert len(told.asked) == 1


def _authority(folder: Path) -> tuple[Path, ssl.SSLContext]:
    """A certificate of 127.0.0.1 that vouches for itself: its file, and a server's side of it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "loopback")])
    day, now = datetime.timedelta(days=1), datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now - day, now + day)
    address = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    signed = (
        builder.add_extension(address, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    certificate, private = folder / "ca.pem", folder / "key.pem"
    certificate.write_bytes(signed.public_bytes(serialization.Encoding.PEM))
    form = serialization.PrivateFormat.PKCS8
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, private)
    return certificate, context


@pytest.mark.parametrize("name", ["binance", "alpaca", "coingecko"])
def test_the_certificate_file_is_what_tls_trusts(name: str, tmp_path: Path) -> None:
    case = next(one for one in CASES if one.name == name)
    certificate, context = _authority(tmp_path)
    with running(case.server(tape=case.tape(20), now=FIRST + 20 * case.step - 1), context) as told:
        access = replace(access_to(told, tmp_path, told.now), ca_file=str(certificate))
        pages = list(build(case, access).pages(case.symbol, case.timeframe, FIRST * 1000))
        assert sum(len(page.bars) for page in pages) == 20
        with pytest.raises(Unavailable, match="did not give its bars"):
            list(build(case, replace(access, ca_file=None)).pages(case.symbol, case.timeframe, FIRST * 1000))
