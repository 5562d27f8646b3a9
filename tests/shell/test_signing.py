"""Our requests are signed as Amazon's own library signs them."""

from datetime import UTC, datetime
from unittest.mock import patch

import pytest
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from data.signing import Key, escaped_path, escaped_query, signed

KEY = Key("AKIATESTKEY000001", "a secret/of+the tests", "eu-north-1")
AT = datetime(2026, 11, 22, 23, 5, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("method", "path", "query", "content"),
    [
        ("GET", "/lake/bars/venue=binance/symbol=BTC%2FUSDT/timeframe=1h/manifest.json", {}, b""),
        ("PUT", "/lake/quarantine/symbol=^GSPC/ä b.json", {}, b"content"),
        ("GET", "/lake", {"list-type": "2", "max-keys": "1", "prefix": "a/b=c d"}, b""),
        ("DELETE", "/x/~tilde-_.json", {}, b""),
    ],
)
def test_a_signature_is_that_of_botocore(method: str, path: str, query: dict[str, str], content: bytes) -> None:
    url = f"https://host:9000{escaped_path(path)}" + (f"?{escaped_query(query)}" if query else "")
    ours = signed(method, "host:9000", path, query, content, KEY, AT)
    request = AWSRequest(method, url, data=content, headers={"host": "host:9000"})
    with patch("botocore.auth.get_current_datetime", return_value=AT.replace(tzinfo=None)):
        S3SigV4Auth(Credentials(KEY.name, KEY.secret), "s3", KEY.region).add_auth(request)
    assert ours["authorization"] == request.headers["Authorization"]
    assert KEY.secret not in repr(KEY)
    assert KEY.name not in repr(KEY)
