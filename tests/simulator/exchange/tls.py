"""A certificate authority of a test's own, and the simulator behind TLS under the exchanges' real host names."""

import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from exchange.pipe import listening

HOSTS = (
    "api.binance.com",
    "stream.binance.com",
    "ws-api.binance.com",
    "api.kraken.com",
    "api.coinbase.com",
    "api.bitget.com",
    "paper-api.alpaca.markets",
    "api.alpaca.markets",
    "data.alpaca.markets",
)
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Authority:
    """Where the authority's certificate is (what a client has to trust), and what a server shows."""

    ca_file: Path
    chain_file: Path

    def context(self) -> ssl.SSLContext:
        """What a server needs to be one of the hosts."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain_file)
        return context


def make_authority(folder: Path, hosts: Sequence[str] = HOSTS) -> Authority:
    """A new authority, and one certificate by it for all these hosts; both files lie in `folder`."""
    key, server_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    name = _name("Keel test authority")
    usage = x509.KeyUsage(False, False, False, False, False, True, True, False, False)
    own_id = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    authority = (
        _begun(name, name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(own_id, critical=False)
        .sign(key, hashes.SHA256())
    )
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
    server = (
        _begun(_name(hosts[0]), name, server_key)
        .add_extension(names, critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(own_id), critical=False)
        .sign(key, hashes.SHA256())
    )
    made = Authority(folder / "ca.pem", folder / "server.pem")
    made.ca_file.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    private = server_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    made.chain_file.write_bytes(server.public_bytes(serialization.Encoding.PEM) + private)
    return made


@asynccontextmanager
async def tls_front(authority: Authority, port: int) -> AsyncIterator[int]:
    """The port on which what listens on `port` of the loopback is to be had by TLS."""
    async with listening(port, authority.context()) as front:
        yield front


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _begun(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
    )
