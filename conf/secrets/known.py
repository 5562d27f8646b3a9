"""Every secret that this process has loaded, in all the forms in which a text may have it.

Known to the whole process and forgotten by nobody: a log line is written by whoever happens to write it.
"""

import json
import re
import threading
from base64 import b64encode
from urllib.parse import quote, quote_plus

from pydantic import SecretStr

# A shorter one stands in ordinary words, and taking it out would take those out as well.
SHORTEST = 6
# Lines of a PEM that are worth hiding by themselves; its last one may be a few characters.
SHORTEST_LINE = 16

_lock = threading.Lock()
_forms: tuple[str, ...] = ()


def remember(secret: SecretStr) -> SecretStr:
    """The secret; from here on `scrub` takes it out of texts, unless it is shorter than SHORTEST."""
    global _forms
    found = frozenset[str]().union(*(forms_of(one) for one in _parts(secret.get_secret_value())))
    with _lock:
        if not found <= set(_forms):
            # The longest first: what contains another one goes as a whole.
            _forms = tuple(sorted(found.union(_forms), key=lambda form: (-len(form), form)))
    return secret


def is_text(value: str) -> bool:
    """Whether it can be remembered and sent: what came of bytes that are no UTF-8, or of half a character, cannot.

    >>> is_text("a key"), is_text(f"half a {chr(0xD800)}")
    (True, False)
    """
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def known_forms() -> tuple[str, ...]:
    """What no text may have, the longest first."""
    return _forms


def forms_of(value: str) -> frozenset[str]:
    """The value plain, escaped as in JSON and Python, url-encoded, in hex and in base64; nothing, if it is too short.

    >>> sorted(forms_of("a b/c=d"))[:3]
    ['6120622F633D64', '6120622f633d64', 'EgYi9jPW']
    """
    if len(value) < SHORTEST:
        return frozenset()
    raw = value.encode()
    encoded = {quote(value, safe=""), quote(value), quote_plus(value)}
    encoded |= {re.sub("%..", lambda found: found.group().lower(), one) for one in encoded}
    escaped = {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1], repr(value)[1:-1]}
    return frozenset(encoded | escaped | {raw.hex(), raw.hex().upper()} | _base64_of(raw))


def _parts(value: str) -> list[str]:
    """The value; of a PEM also its body, as a whole and line by line: logs break texts at line ends."""
    if not value.startswith("-----BEGIN"):
        return [value]
    body = [line.strip() for line in value.splitlines() if not line.startswith("-----")]
    return [value, value.strip(), "".join(body), *(line for line in body if len(line) >= SHORTEST_LINE)]


def _base64_of(raw: bytes) -> set[str]:
    """What base64 makes of it wherever it begins in the encoded bytes (as after the user's name in an Authorization
    header), without the characters at the edges that depend on its neighbours.
    """
    found = set()
    for offset, skipped in ((0, 0), (1, 2), (2, 3)):
        text = b64encode(bytes(offset) + raw).decode()[skipped : 8 * (offset + len(raw)) // 6]
        found |= {text, text.replace("+", "-").replace("/", "_")}
    return found
