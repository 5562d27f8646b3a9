"""A language model that may be asked about headlines."""

import re

from pydantic import Field, field_validator

from conf.schema.group import Group

# A server elsewhere by TLS only; one on this machine may speak plain HTTP.
ADDRESS = re.compile(r"(https://[^@?#\s/]+|http://(127\.0\.0\.1|localhost|\[::1\])(:\d+)?)(/[^@?#\s]*)?")


class NewsEndpointConfig(Group):
    """An endpoint that speaks as OpenAI's chat completions do, and how far its word may move a tone."""

    url: str | None = Field(description="such as https://api.openai.com/v1; null: nobody is asked. Its key: .env")
    model: str = Field(min_length=1, max_length=100, description="name of the model there")
    weight: float = Field(ge=0.0, le=1.0, description="share of the way from the scorer's tone to the model's")
    bound: float = Field(ge=0.0, le=0.25, description="the most that a tone may be moved, whatever the model says")
    calls_per_day: int = Field(ge=1, le=100_000, description="requests in a UTC day, those that failed included")
    characters_per_day: int = Field(
        ge=1_000, le=100_000_000, description="sent in a UTC day, the instructions included"
    )
    timeout_seconds: float = Field(gt=0.0, le=60.0, description="for one answer, to its last byte")
    round_seconds: float = Field(gt=0.0, le=240.0, description="for all questions of one round; the others go unasked")
    https_proxy: str | None = Field(default=None, description="proxy for every request; null: none")
    ca_file: str | None = Field(default=None, description="certificates to trust instead of the usual ones")

    @field_validator("url")
    @classmethod
    def _guarded(cls, url: str | None) -> str | None:
        # Said without what was found: it may hold a key.
        if url is not None and ADDRESS.fullmatch(url) is None:
            raise ValueError(
                "allowed is null, https:// and an address, or http:// and one of this machine, without user, password "
                "or options; the key stands in .env (OPENAI_API_KEY)"
            )
        return url
