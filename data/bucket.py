"""A bucket of an S3-compatible server: what the lake asks of it, and what its failures are called.

pyarrow's filesystem reads the parts and lists what there is. A document that changes (a manifest) needs two things that
it has no words for, so these requests are our own: to read the bytes together with the version that they are, and to
replace them only if they are still that version. Parts are put by the same request: a server carries out one PUT as a
whole or not at all.
"""

import os
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from data.signing import Key, escaped_path, escaped_query, signed
from models.types import Unavailable

if TYPE_CHECKING:
    from pyarrow.fs import S3FileSystem

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
# Between one attempt and the next; after the last one the server is said to be gone.
PAUSES = (0.1, 0.5)
OK, NO_CONTENT, NOT_MODIFIED, BAD, FORBIDDEN, NOT_FOUND = 200, 204, 304, 400, 403, 404
CONFLICT, UNMET, TOO_MANY, BROKEN = 409, 412, 429, 500
ABSENT = ""
HINTS = {
    "NoSuchBucket": "there is no such bucket: make it, or correct lake.url",
    "AccessDenied": "the key may not do that: it needs to list the bucket, and to read, write and delete objects",
    "InvalidAccessKeyId": "it does not know the key: correct KEEL_LAKE__ACCESS_KEY",
    "SignatureDoesNotMatch": "the key's secret is another one: correct KEEL_LAKE__SECRET_KEY",
    "AuthorizationHeaderMalformed": "the bucket is elsewhere: correct lake.region",
    "PermanentRedirect": "the bucket is elsewhere: correct lake.region or lake.endpoint",
    "RequestTimeTooSkewed": "this machine's clock is wrong: set it",
}
UNREACHED = (
    "see to it that it can be reached (by lake.endpoint, lake.https_proxy and lake.ca_file), and run the command again"
)


class Unreachable(Unavailable):
    """The object store did not answer, or does not let us in: that says nothing about what is in it."""


class Overtaken(Unavailable):
    """Somebody else has replaced a document since it was read: nothing was written, the same call reads it anew."""


@dataclass(frozen=True, slots=True)
class Document:
    """An object's bytes and the server's name for this version of them."""

    content: bytes
    version: str


@dataclass(frozen=True, slots=True)
class Listed:
    """An object by its key, and when it was written by the server's clock (UTC nanoseconds)."""

    key: str
    changed: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket and the key to it. `endpoint` (scheme, host and port) is None at Amazon itself."""

    name: str
    key: Key
    endpoint: str | None = None
    https_proxy: str | None = None
    ca_file: str | None = None

    def exists(self, key: str) -> bool:
        """Whether there is an object."""
        return bool(self._ask("HEAD", key, good=(OK, NOT_FOUND)).status_code == OK)

    def document(self, key: str, known: Document | None = None) -> Document:
        """The object as it is now: `known` itself, where it is still that version.

        Raises:
            FileNotFoundError: there is none.
            Unreachable: the server is gone, or refuses.
        """
        headers = {} if known is None else {"if-none-match": known.version}
        said = self._ask("GET", key, headers=headers, good=(OK, NOT_MODIFIED, NOT_FOUND))
        if known is not None and said.status_code == NOT_MODIFIED:
            return known
        if said.status_code == NOT_FOUND:
            raise FileNotFoundError(self.place(key))
        return Document(said.content, said.headers["etag"])

    def replace(self, key: str, content: bytes, version: str | None) -> str:
        """Put an object in the place of that `version` (ABSENT: of none; None: of any); the version that it has now.

        Raises:
            Overtaken: it is another version by now.
            Unreachable: the server is gone, or refuses; where it went in the middle, whoever reads next sees which.
        """
        guard = {} if version is None else {"if-none-match": "*"} if version == ABSENT else {"if-match": version}
        said = self._ask("PUT", key, headers=guard, content=content, good=(OK, NOT_FOUND, UNMET))
        if said.status_code != OK:  # of a version that is deleted it says that there is none
            return self._written_before(key, content)
        return str(said.headers["etag"])

    def _written_before(self, key: str, content: bytes) -> str:
        """The version of what a first attempt wrote, of whose success nobody heard."""
        try:
            found = self.document(key)
        except FileNotFoundError:
            found = Document(b"", ABSENT)
        if found.content != content:
            raise Overtaken(
                f"another machine has changed {self.place(key)} at the same time; nothing of this was committed, run "
                "the command again"
            )
        return found.version

    def delete(self, key: str) -> None:
        """Take an object away, if there is one."""
        self._ask("DELETE", key, good=(OK, NO_CONTENT, NOT_FOUND))

    def read(self, key: str) -> bytes:
        """An object that never changes.

        Raises:
            FileNotFoundError: there is none.
            Unreachable: the server is gone, or refuses.
        """
        with self._failing(key), self.files().open_input_file(f"{self.name}/{key}") as stream:
            content: bytes = stream.read()
            return content

    def write(self, key: str, content: bytes) -> None:
        """Put an object that never changes, in one request however large: pyarrow would send it in pieces, of which a
        killed writer leaves those that the server has.
        """
        self.replace(key, content, None)

    def below(self, prefix: str) -> list[Listed]:
        """Every object whose key begins with that folder, in the order of their keys."""
        from pyarrow.fs import FileSelector, FileType

        selector = FileSelector(f"{self.name}/{prefix}", recursive=True)
        try:
            with self._failing(prefix):
                found = self.files().get_file_info(selector)
        except FileNotFoundError:
            return []
        files = [one for one in found if one.type == FileType.File]
        return sorted(
            (Listed(one.path.removeprefix(f"{self.name}/"), one.mtime_ns) for one in files), key=lambda one: one.key
        )

    def require(self) -> None:
        """Make sure that the server has the bucket: what pyarrow does not find may be missing for that.

        Raises:
            Unreachable: it has not, or it refuses.
        """
        self._ask("GET", "", query={"list-type": "2", "max-keys": "1"})

    def place(self, key: str) -> str:
        """The object's address, for people."""
        return f"s3://{self.name}/{key}"

    def files(self) -> "S3FileSystem":
        """Pyarrow's filesystem on the server."""
        return _files(self, os.getpid())

    def _ask(
        self,
        method: str,
        key: str,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes = b"",
        good: tuple[int, ...] = (OK,),
    ) -> Any:
        base = self.endpoint or f"https://{self.name}.s3.{self.key.region}.amazonaws.com"
        path = f"/{self.name}/{key}" if self.endpoint else f"/{key}"
        url = f"{base}{escaped_path(path)}" + (f"?{escaped_query(query)}" if query else "")
        for pause in (*PAUSES, None):
            proof = signed(method, urlsplit(base).netloc, path, query or {}, content, self.key, datetime.now(UTC))
            said = self._sent(method, url, proof | dict(headers or {}), content, key if pause is None else None)
            if said is not None and said.status_code < BROKEN and said.status_code not in (CONFLICT, TOO_MANY):
                break
            if pause is not None:
                time.sleep(pause)
        code = re.search(r"<Code>(\w+)</Code>", said.text) if said.status_code >= BAD else None
        if said.status_code not in good or (code is not None and code[1] == "NoSuchBucket"):
            # The answer to a HEAD has no body that could say why.
            plain = "AccessDenied" if (method, said.status_code) == ("HEAD", FORBIDDEN) else str(said.status_code)
            raise self._refusal(key, code[1] if code else plain)
        return said

    def _sent(self, method: str, url: str, headers: Mapping[str, str], content: bytes, last: str | None) -> Any:
        """What the server answered; None where it did not, and this was not the last attempt (about the key `last`)."""
        import httpx

        try:
            return _client(self, os.getpid()).request(method, url, headers=dict(headers), content=content)
        # Beside what the line does: an address or a certificate that nothing can be made of.
        except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
            if last is None:
                return None
            raise self._refusal(last, f"nothing ({type(error).__name__})") from error

    @contextmanager
    def _failing(self, key: str) -> Iterator[None]:
        """What pyarrow says, as one sentence."""
        try:
            yield
        except FileNotFoundError:
            self.require()
            raise FileNotFoundError(self.place(key)) from None
        except (OSError, ValueError) as error:
            found = re.search(r"AWS Error ([A-Z_]+)", str(error))
            raise self._refusal(key, found[1].title().replace("_", "") if found else type(error).__name__) from error

    def _refusal(self, key: str, code: str) -> Unreachable:
        hint = HINTS.get(code, UNREACHED)
        return Unreachable(f"{self.place(key)}: {self._server()} says {code}; {hint}")

    def _server(self) -> str:
        return f"the server {self.endpoint or 'of Amazon S3'}"


@lru_cache(maxsize=8)
def _client(bucket: Bucket, _process: int) -> Any:
    import ssl

    import httpx

    context: Any = ssl.create_default_context(cafile=bucket.ca_file) if bucket.ca_file else True
    limits = httpx.Timeout(READ_SECONDS, connect=CONNECT_SECONDS)
    return httpx.Client(timeout=limits, proxy=bucket.https_proxy, verify=context, trust_env=False)


@lru_cache(maxsize=8)
def _files(bucket: Bucket, _process: int) -> "S3FileSystem":
    from pyarrow.fs import AwsStandardS3RetryStrategy, S3FileSystem

    server = urlsplit(bucket.endpoint or "https:")
    return S3FileSystem(
        access_key=bucket.key.name,
        secret_key=bucket.key.secret,
        region=bucket.key.region,
        scheme=server.scheme,
        endpoint_override=server.netloc or None,
        connect_timeout=CONNECT_SECONDS,
        request_timeout=READ_SECONDS,
        retry_strategy=AwsStandardS3RetryStrategy(max_attempts=len(PAUSES) + 1),
        proxy_options=bucket.https_proxy,
        tls_ca_file_path=bucket.ca_file,
    )
