"""Small JSON documents that carry their own checksum."""

import json
from typing import Any

from data.files import read_document, reading, sha256_of, write_document
from data.objects import Place
from models.types import Damaged


def read_sealed(path: Place, cure: str) -> dict[str, Any] | None:
    """The document at `path`, None where there is none; `cure` tells a person what to do about a damaged one.

    Raises:
        Damaged: it cannot be understood, or is not what was written.
        Unavailable: it is there and cannot be read.
    """
    with reading(path):
        try:
            content = read_document(path)
            body = json.loads(content)["body"]
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Damaged(f"{path} is not readable ({error}); {cure}") from error
    if not isinstance(body, dict) or content != _encode(body):
        raise Damaged(f"{path} does not match its checksum; {cure}")
    return body


def write_sealed(path: Place, body: dict[str, Any]) -> None:
    """Replace the document at `path`; the same content gives the same bytes."""
    write_document(path, _encode(body))


def _encode(body: dict[str, Any]) -> bytes:
    content = {"sha256": sha256_of(json.dumps(body, sort_keys=True).encode()), "body": body}
    return (json.dumps(content, indent=1, sort_keys=True) + "\n").encode()
