"""Hostile text as plain text: whatever a feed sends becomes one line without markup, and an address without secrets."""

import hashlib
import html
import re
import unicodedata

# Work is linear in what is looked at, and no more is looked at than this multiple of what is kept.
LOOKED_AT = 16
# Entities within entities: legitimate feeds have two levels.
PASSES = 4
LONGEST_URL = 2_000
TRACKING = re.compile(
    r"utm_.*|fbclid|gclid|dclid|msclkid|yclid|igshid|mc_[ce]id|cmp(?:id)?|ref(?:_src|_url|errer)?|source|_ga|taid"
)
OPENING = re.compile(r"<(?:(script|style)(?![a-z0-9])|(!--)|[a-z/!?])", re.IGNORECASE)
CLOSINGS = {
    "script": re.compile(r"</script\s*>", re.IGNORECASE),
    "style": re.compile(r"</style\s*>", re.IGNORECASE),
    "!--": re.compile("-->"),
}
TAG_END = re.compile(">")
# UTF-8 that was read as Latin-1 or Windows-1252: letters with accents, punctuation, pictures. Behind a capital, and
# before none but capitals, it may be a word in capitals of a Romance language: that is left as it is.
CONTINUED = "[\\x80-\\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]"  # noqa: RUF001 - these very characters
BROKEN = re.compile(rf"[ÂÃ]{CONTINUED}(?=[a-z])|(?<![A-ZÀ-Þ])(?:[ÂÃ]{CONTINUED}|â{CONTINUED}{{2}}|ð{CONTINUED}{{3}})")
URL = re.compile(r"(https?)://([^/?#\\]*)([^?#\\]*)(?:\?([^#]*))?", re.IGNORECASE)
HOST = re.compile(r"([a-z0-9.-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?")
PORTS = {"http": "80", "https": "443"}


def canonical_text(raw: str, longest: int) -> str:
    r"""One line of at most `longest` characters: entities unescaped, tags, comments and scripts out, NFKC, characters
    that nobody sees (controls, zero width, bidirectional overrides, halves of pairs) out, UTF-8 that was read as
    Latin-1 repaired where nothing else can have been meant. Behind LOOKED_AT * `longest` characters nothing is read.

    Idempotent: what it gives, it gives back. A `<` that opens no tag stays; pages escape it.

    >>> canonical_text("<b>Fed&amp;#39;s</b> rate\u200b hike", 80)
    "Fed's rate hike"
    """
    text = _unescaped(raw[: LOOKED_AT * longest])
    return " ".join(_without_tags(text).split())[:longest].rstrip()


def canonical_url(url: str) -> str:
    """The address of a page: scheme and host in small letters, no credentials, no usual port, no fragment, none of the
    parameters that only say where a reader came from; "" where it is no http address of at most LONGEST_URL characters.

    >>> canonical_url("HTTPS://me:secret@News.com:443/a?id=1&utm_source=x#top")
    'https://news.com/a?id=1'
    """
    url = "".join(url.split())
    parts = URL.fullmatch(url.partition("#")[0]) if len(url) <= LONGEST_URL and url.isprintable() else None
    if parts is None:
        return ""
    scheme = parts[1].lower()
    host = HOST.fullmatch(parts[2].rpartition("@")[2].lower())
    if host is None:
        return ""
    port = "" if host[2] in (None, PORTS[scheme]) else f":{host[2]}"
    kept = [one for one in (parts[4] or "").split("&") if one and not TRACKING.fullmatch(one.partition("=")[0].lower())]
    return f"{scheme}://{host[1]}{port}{parts[3].rstrip('/')}{'?' * bool(kept)}{'&'.join(kept)}"


def headline_id(source: str, key: str) -> str:
    """The name of all revisions of what `source` calls `key`: 24 hexadecimal digits of the SHA-256 of both."""
    return hashlib.sha256(f"{source}\n{key}".encode("utf-8", "replace")).hexdigest()[:24]


def _unescaped(text: str) -> str:
    """Plain characters; whoever nests entities deeper than PASSES loses every ampersand."""
    for _ in range(PASSES):
        before, text = text, html.unescape(_visible(text))
        if before == text:
            return text
    return _visible(text.replace("&", " "))


def _visible(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    text = unicodedata.normalize("NFKC", BROKEN.sub(_repaired, text))
    text = " ".join(text.split())
    return text if text.isprintable() else "".join(filter(str.isprintable, text))


def _repaired(broken: re.Match[str]) -> str:
    try:
        return b"".join(_byte(one) for one in broken[0]).decode("utf-8")
    except UnicodeError:
        return broken[0]


def _byte(character: str) -> bytes:
    return bytes([ord(character)]) if ord(character) < 256 else character.encode("cp1252")


def _without_tags(text: str) -> str:
    """A space for each tag, with all that stands in a script, a style or a comment. Each search begins where the last
    one ended, and the first that finds nothing is the last: linear.
    """
    parts, at = [], 0
    while (opened := OPENING.search(text, at)) is not None:
        parts.append(text[at : opened.start()])
        hidden = opened[1] or opened[2]
        ended = (CLOSINGS[hidden.lower()] if hidden else TAG_END).search(text, opened.end())
        if ended is None:
            rest = "" if hidden else text[opened.end() - 1 :].replace("<", " ")
            return " ".join((*parts, rest))
        at = ended.end()
    return " ".join((*parts, text[at:]))
