"""Keys from a person into one of the places that keep them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from pydantic import SecretStr

from conf.secrets import KEYS, SHORTEST, is_text, names_of, remember
from models.types import BadInput
from tasks.adapters.credentials.source import Source

TARGETS = ("keyring", "file", "env")
LONGEST = 4_096
PEM_BEGIN, PEM_END = "-----BEGIN", "-----END"


@runtime_checkable
class Keeper(Protocol):
    """A source that can be written."""

    @property
    def name(self) -> str:
        """What people call it."""

    def keep(self, values: Mapping[str, SecretStr]) -> str:
        """Keep the secrets by name; returns where they are."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was kept: names, where, and the source that hides each of the names that is not read from there."""

    names: tuple[str, ...]
    place: str
    shadowed: Mapping[str, str]


def writable(target: str, sources: Sequence[Source]) -> Keeper:
    """The one of the sources that is written by that name, one of TARGETS."""
    name = ".env" if target == "env" else target
    return next(one for one in sources if one.name == name and isinstance(one, Keeper))


def keep(values: Mapping[str, SecretStr], keeper: Keeper, sources: Sequence[Source]) -> Kept:
    """Keep the secrets; `sources` are all there are, the first that has a secret being the one that counts.

    Raises:
        BadInput, Damaged, Unavailable: the keeper's, or a source's above it.
    """
    place = keeper.keep(values)
    shadowed: dict[str, str] = {}
    for source in sources:
        if source.name == keeper.name:
            break
        shadowed |= {name: source.name for name in source.look(list(values)).values if name not in shadowed}
    return Kept(tuple(values), place, shadowed)


def parsed_keys(owner: str, line: str) -> dict[str, SecretStr]:
    """The owner's secrets from one JSON object with exactly its parts, such as api_key and secret_key.

    Raises:
        BadInput: it is none, has other parts, or one of them is no key; no error shows any of it.
    """
    allowed = ", ".join(KEYS[owner])
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise BadInput(f"standard input has no JSON object on one line; give one with {allowed}")
    if set(found) != set(KEYS[owner]):
        raise BadInput(f"the JSON object has not the parts of {owner}; give exactly {allowed}")
    return {name: sound_key(name, found[part]) for name, part in zip(names_of(owner), KEYS[owner], strict=True)}


def asked_keys(owner: str, ask: Callable[[str], str]) -> dict[str, SecretStr]:
    """The owner's secrets from a person; a PEM that is pasted over several lines is read to its end.

    Raises:
        BadInput: one of them is no key.
    """
    found = {}
    for name, part in zip(names_of(owner), KEYS[owner], strict=True):
        text = ask(f"{owner} {part.replace('_', ' ')}")
        while text.startswith(PEM_BEGIN) and PEM_END not in text and len(text) < LONGEST:
            text = f"{text}\n{ask('')}"
        found[name] = sound_key(name, text)
    return found


def sound_key(name: str, text: object) -> SecretStr:
    """The secret, without blanks around it.

    Raises:
        BadInput: it is no text, too short or too long, has control characters, or is not the PEM that the venue wants.
    """
    if not isinstance(text, str):
        raise BadInput(f"{name} is no text; give it in quotes")
    if not is_text(text):
        raise BadInput(f"{name} has characters that are not UTF-8 text; copy it again")
    value = text.strip()
    if value.startswith(PEM_BEGIN):
        value = value.replace("\\n", "\n").replace("\r", "").strip() + "\n"
    secret = remember(SecretStr(value))
    if not SHORTEST <= len(value) <= LONGEST:
        raise BadInput(f"{name} has {len(value)} characters; allowed are {SHORTEST} to {LONGEST}")
    if not value.isprintable() and not value.startswith(PEM_BEGIN):
        raise BadInput(f"{name} has characters that cannot be typed; copy it again")
    if name == "coinbase_secret_key":
        _require_ec_key(name, value)
    return secret


def _require_ec_key(name: str, value: str) -> None:
    # Imported here: only one venue wants it.
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(value.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, EllipticCurvePrivateKey):
        raise BadInput(f"{name} is no private EC key as PEM; make an API key with the signature ECDSA and give its PEM")
