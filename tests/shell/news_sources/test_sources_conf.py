"""The configuration of a source."""

from typing import Any

import pytest
from pydantic import ValidationError

from conf.schema.news_sources import SourceConfig

ROW: dict[str, Any] = {
    "priority": 1,
    "weight": 0.25,
    "group": "wire",
    "urls": ["https://news.google.com/rss/search?q=site:reuters.com when:1d"],
    "hosts": ["news.google.com"],
    "every_seconds": 300.0,
}


def test_a_sound_row_is_taken() -> None:
    assert SourceConfig.model_validate(ROW).urls == tuple(ROW["urls"])


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"urls": []}, "at least 1 item"),
        ({"urls": ["http://news.google.com/"]}, "not of the form https://host/path"),
        ({"urls": ["https://me:word@news.google.com/"]}, "not of the form"),
        ({"urls": ["https://news.google.com/?auth_token=abc"]}, "without a password or key"),
        ({"urls": ["https://example.org/"]}, "is none of hosts"),
        ({"hosts": ["127.0.0.1"]}, "is no host"),
        ({"hosts": ["localhost"]}, "is no host"),
        ({"hosts": ["News.google.com"]}, "is no host"),
        ({"hosts": ["news.google.com:443"]}, "is no host"),
        ({"hosts": ["*.google.com"]}, "is no host"),
        ({"weight": 1.1}, "less than or equal to 1"),
        ({"every_seconds": 1.0}, "greater than or equal to 10"),
        ({"group": "rumour"}, "'wire', 'press', 'aggregator' or 'social'"),
        ({"https_proxy": "http://me:word@proxy"}, "should match pattern"),
        ({"unheard": 1}, "not permitted"),
    ],
)
def test_a_row_that_is_not_is_refused(changed: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why) as caught:
        SourceConfig.model_validate(ROW | changed)
    assert "word" not in str(caught.value).replace("password", "")
