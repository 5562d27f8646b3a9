"""One source of news: how much it counts, where it is heard, and how it is guarded."""

import re
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from conf.schema.group import Group

HOST = re.compile(r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,}$")
# Parameters in which sources want their key: an address in a file has none.
KEYS = re.compile(r"[?&](auth_token|api_key|access_token|feed|token)=", re.IGNORECASE)


def _host(name: str) -> str:
    if not HOST.match(name):
        raise ValueError(f"{name!r} is no host; allowed is a name such as feeds.bloomberg.com, no number and no port")
    return name


def _address(url: str) -> str:
    split = urlsplit(url)
    if split.scheme != "https" or not split.hostname or "@" in split.netloc or KEYS.search(url):
        raise ValueError("the address is not of the form https://host/path, without a password or key in it")
    return url


Host = Annotated[str, AfterValidator(_host)]
Address = Annotated[str, AfterValidator(_address)]


class SourceConfig(Group):
    """One of models.types.news.SOURCES. A source that wants a key and has none is off, enabled or not."""

    enabled: bool = Field(default=True, description="whether it is asked at all")
    priority: int = Field(ge=1, le=100, description="1: the first")
    weight: float = Field(ge=0.0, le=1.0, description="what its word counts before condition and reliability")
    group: Literal["wire", "press", "aggregator", "social"] = Field(description="what kind of a source it is")
    urls: tuple[Address, ...] = Field(
        min_length=1, max_length=20, strict=False, description="feeds, searches or channels; each is heard by itself"
    )
    hosts: tuple[Host, ...] = Field(
        min_length=1, max_length=20, strict=False, description="hosts of the urls, and those they may send one on to"
    )
    every_seconds: float = Field(ge=10.0, le=86_400.0, description="between two rounds in which it is asked")
    spacing_seconds: float = Field(
        default=2.0, ge=0.1, le=60.0, description="between two requests to it, whoever makes them"
    )
    timeout_seconds: float = Field(default=10.0, gt=0.0, le=60.0, description="for one whole answer")
    longest_bytes: int = Field(default=2_000_000, ge=1_000, le=10_000_000, description="of one answer, unpacked")
    most_items: int = Field(default=200, ge=1, le=1_000, description="of one answer; the oldest beyond are left out")
    account: str | None = Field(default=None, max_length=100, description="user name that the key belongs to (reddit)")
    https_proxy: str | None = Field(default=None, pattern="^[^@]*$", description="proxy, without a password in it")
    ca_file: str | None = Field(default=None, description="certificate authorities that the proxy's TLS needs")
    url: str | None = Field(default=None, description="a server on the loopback that stands in for all of it")

    @model_validator(mode="after")
    def _at_its_hosts(self) -> Self:
        for url in self.urls:
            if urlsplit(url).hostname not in self.hosts:
                raise ValueError(f"the host of {url} is none of hosts ({', '.join(self.hosts)}); add it there")
        return self
