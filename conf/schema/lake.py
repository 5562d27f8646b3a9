"""Where the lake is."""

import re
from typing import Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator

from conf.schema.group import Group

# Bucket and prefix as S3 wants them, and as a key of ours has them: no empty name, no step upwards.
ADDRESS = re.compile(r"s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/(?!\.\.?(/|$))[\w.=-]+)+")
ENDPOINT = re.compile(r"https?://[^@/?#\s]+")


class LakeConfig(Group):
    """A bucket of an S3-compatible object store instead of KEEL_HOME/lake; its keys are secrets (docs/lake.md)."""

    url: str | None = Field(default=None, description="s3://bucket/prefix; null: the folder KEEL_HOME/lake")
    endpoint: str | None = Field(
        default=None, description="address of an S3-compatible server, https://host:port; null: Amazon's"
    )
    region: str = Field(default="us-east-1", pattern=r"^[a-z0-9-]+$", description="the bucket's, as requests name it")
    https_proxy: str | None = Field(default=None, description="proxy, http://host:port, without a password in it")
    ca_file: str | None = Field(default=None, description="certificate authorities to trust instead of the usual ones")

    @field_validator("url")
    @classmethod
    def _bucket_and_prefix(cls, url: str | None) -> str | None:
        if url is not None and ADDRESS.fullmatch(url) is None:
            raise ValueError("allowed is null or s3://bucket/prefix, of letters, digits and . _ = -; no key in it")
        return url

    @field_validator("endpoint")
    @classmethod
    def _without_key(cls, endpoint: str | None) -> str | None:
        if endpoint is not None and not _is_server(endpoint):
            raise ValueError("allowed is null or https://host:port, without user, password or path")
        return endpoint

    @field_validator("https_proxy")
    @classmethod
    def _with_scheme(cls, proxy: str | None) -> str | None:
        if proxy is not None and not _is_server(proxy.removesuffix("/")):
            raise ValueError("allowed is null or http://host:port, without user or password")
        return proxy

    @model_validator(mode="after")
    def _endpoint_of_a_bucket(self) -> Self:
        if self.url is None and self.endpoint is not None:
            raise ValueError("lake.endpoint|an endpoint without lake.url says nothing; name the bucket as well")
        return self


def _is_server(address: str) -> bool:
    try:
        return ENDPOINT.fullmatch(address) is not None and urlsplit(address).port != 0
    except ValueError:  # a port beyond 65535, half an IPv6 address
        return False
