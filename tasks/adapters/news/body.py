"""An answer's body, read no further than it may be long, packed or not."""

import zlib

import httpx

from models.types import Unavailable
from tasks.adapters.news.place import Place

ACCEPTED = "gzip, deflate"
PACKED = ("gzip", "x-gzip", "deflate")
# zlib: recognise gzip and zlib by their first bytes.
EITHER = 32 + zlib.MAX_WBITS


async def read_body(place: Place, answer: httpx.Response) -> bytes:
    """The body, unpacked.

    Raises:
        Unavailable: it is longer than the place's longest, packed in a way that was not asked for, or broken off.
    """
    coding = answer.headers.get("Content-Encoding", "identity").strip().lower()
    if coding not in (*PACKED, "identity", ""):
        raise Unavailable(f"{place.name} packed its answer in a way that was not asked for; it is not unpacked")
    unpacker = zlib.decompressobj(EITHER) if coding in PACKED else None
    body, came = bytearray(), 0
    async for chunk in answer.aiter_raw():
        came += len(chunk)
        body += chunk if unpacker is None else _unpacked(place, unpacker, chunk, place.longest_bytes + 1 - len(body))
        if max(came, len(body)) > place.longest_bytes:
            raise Unavailable(
                f"{place.name} answered with more than {place.longest_bytes} bytes; the rest was not read, raise "
                f"news.sources.{place.name}.longest_bytes if that is its usual size"
            )
    if unpacker is not None and not unpacker.eof:
        raise Unavailable(f"{place.name} broke off in the middle of its answer; it is asked again later")
    return bytes(body)


def _unpacked(place: Place, unpacker: "zlib._Decompress", chunk: bytes, most: int) -> bytes:
    try:
        return unpacker.decompress(chunk, most)
    except zlib.error:
        pass
    raise Unavailable(f"{place.name} packed its answer so that it cannot be unpacked; it is asked again later")
