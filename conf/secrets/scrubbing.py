"""Texts without secrets: known values in every form, and what stands where a venue's requests carry theirs."""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from conf.secrets.known import known_forms

HIDDEN = "***"
# Nested deeper, a value is its text: also one that holds itself.
DEEPEST = 8

_HEADERS = (
    r"X-MBX-APIKEY|APCA-API-[A-Z-]+|API-Key|API-Sign|(?:[A-Z]{2}-)?ACCESS-(?:KEY|SIGN(?:ATURE)?|PASSPHRASE|TIMESTAMP)"
    r"|(?:Proxy-)?Authorization"
)
_FIELDS = r"signature|apiKey|listenKey"
_QUOTE = r"\\*[\"']"
_PATTERNS = tuple(
    (re.compile(pattern, re.IGNORECASE | re.DOTALL), shown)
    for pattern, shown in (
        # A private key, also one whose end is cut off.
        (r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", HIDDEN),
        # 'NAME': 'value', "NAME":"value", ('NAME', b'value'), NAME="value", all of them also escaped.
        (rf"(\b(?:{_HEADERS}|{_FIELDS})(?:{_QUOTE})?\s*[:=,]\s*b?{_QUOTE})[^\"'\\]+", rf"\g<1>{HIDDEN}"),
        # NAME: value, as on the wire; an Authorization has its scheme in front, and goes as a whole.
        (r"(\b(?:Proxy-)?Authorization\s*[:=]\s*)[^\s\"'\\][^\r\n\"'\\]*", rf"\g<1>{HIDDEN}"),
        (rf"(\b(?:{_HEADERS})\s*[:=]\s*)[^\s,;&\"'\\]+", rf"\g<1>{HIDDEN}"),
        (rf"(\b(?:{_FIELDS})(?:=|%3D))[^\s&\"'<>()\[\]\\]+", rf"\g<1>{HIDDEN}"),
        # A password in an address.
        (r"(://[^/\s:@\"']*:)[^/\s@\"']+(?=@)", rf"\g<1>{HIDDEN}"),
    )
)


def scrub(text: str) -> str:
    """The text with HIDDEN in the place of secrets; twice is once."""
    for form in known_forms():
        if form in text:
            text = text.replace(form, HIDDEN)
    for pattern, shown in _PATTERNS:
        text = pattern.sub(shown, text)
    return text


def scrub_values(values: Mapping[str, str | int | float]) -> dict[str, str | int | float]:
    """The mapping with `scrub` on its texts; figures stay."""
    return {name: scrub(value) if isinstance(value, str) else value for name, value in values.items()}


def plain(value: Any, change: Callable[[str], str] = scrub, deep: int = DEEPEST) -> Any:
    """The value as JSON knows it, with `change` on every text in it, names too; what JSON does not know is a text.

    >>> plain({"a": (1, {"b": b"raw"})}, str.upper)
    {'A': [1, {'B': "B'RAW'"}]}
    """
    if value is None or isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if deep and isinstance(value, Mapping):
        return {change(str(key)): plain(one, change, deep - 1) for key, one in value.items()}
    if deep and isinstance(value, list | tuple | set | frozenset):
        return [plain(one, change, deep - 1) for one in value]
    return change(str(value))
