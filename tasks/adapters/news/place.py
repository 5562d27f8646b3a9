"""What is declared of an address of news before anything is asked of it."""

from dataclasses import dataclass

# More of a title, a text, an address or a key than anybody reads, as the source wrote it, markup and all.
LONGEST_RAW, LONGEST_URL, LONGEST_KEY = 20_000, 2_000, 500


@dataclass(frozen=True, slots=True)
class Place:
    """One address of one source.

    Attributes:
        name: the source's, one of models.types.news.SOURCES.
        url: what is asked, https, without keys.
        hosts: where it may send one on to; the url's is among them.
        spacing_ms: between two requests to the source, all its addresses and processes together.
        timeout_ms: for a whole answer, redirects and waiting for the first byte included.
        longest_bytes: of an answer's body, unpacked.
        most_items: of an answer; older ones are left out.
        account: user name that the key belongs to, for sources that want it.
    """

    name: str
    url: str
    hosts: frozenset[str]
    spacing_ms: float = 2_000.0
    timeout_ms: int = 10_000
    longest_bytes: int = 2_000_000
    most_items: int = 200
    account: str | None = None
