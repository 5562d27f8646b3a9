"""What an S3 server asks of a request: AWS Signature Version 4, over the headers that every request of ours has."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote

ALGORITHM = "AWS4-HMAC-SHA256"
# What stands in a path or a query as it is; S3 wants all else escaped, once.
PLAIN = "-_.~"


@dataclass(frozen=True, slots=True)
class Key:
    """Who asks, and where: the key's name, its secret, the server's region."""

    name: str = field(repr=False)
    secret: str = field(repr=False)
    region: str


def escaped_path(path: str) -> str:
    """The path as it is signed and sent.

    >>> escaped_path("/lake/symbol=BTC%2FUSDT")
    '/lake/symbol%3DBTC%252FUSDT'
    """
    return quote(path, safe=f"/{PLAIN}")


def escaped_query(query: Mapping[str, str]) -> str:
    """The query as it is signed and sent.

    >>> escaped_query({"prefix": "a/b", "list-type": "2"})
    'list-type=2&prefix=a%2Fb'
    """
    return "&".join(f"{quote(name, safe=PLAIN)}={quote(query[name], safe=PLAIN)}" for name in sorted(query))


def signed(
    method: str, host: str, path: str, query: Mapping[str, str], content: bytes, key: Key, moment: datetime
) -> dict[str, str]:
    """Headers that prove who asks for this at this moment (UTC): the server refuses them a quarter of an hour later.

    References:
        AWS, "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)".
    """
    at, day = moment.strftime("%Y%m%dT%H%M%SZ"), moment.strftime("%Y%m%d")
    digest = hashlib.sha256(content).hexdigest()
    headers = {"host": host, "x-amz-content-sha256": digest, "x-amz-date": at}
    names = ";".join(headers)
    lines = [method, escaped_path(path), escaped_query(query)]
    lines += [*(f"{name}:{value}" for name, value in headers.items()), "", names, digest]
    scope = f"{day}/{key.region}/s3/aws4_request"
    text = "\n".join((ALGORITHM, at, scope, hashlib.sha256("\n".join(lines).encode()).hexdigest()))
    seal = f"AWS4{key.secret}".encode()
    for part in (day, key.region, "s3", "aws4_request"):
        seal = hmac.digest(seal, part.encode(), "sha256")
    signature = hmac.new(seal, text.encode(), "sha256").hexdigest()
    credential = f"{ALGORITHM} Credential={key.name}/{scope}, SignedHeaders={names}, Signature={signature}"
    return headers | {"authorization": credential}
