"""A venue's keys: each from the first source that has it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from conf.secrets import dotenv_path, names_of, variable_of
from models.types import BadInput
from tasks.adapters.credentials.os_keyring import OsKeyring
from tasks.adapters.credentials.passphrase import Passphrase
from tasks.adapters.credentials.plain import DotenvFile, Environment
from tasks.adapters.credentials.sealed_file import SealedFile, sealed_path
from tasks.adapters.credentials.source import Source


@dataclass(frozen=True, slots=True)
class Found:
    """Secrets by name, the name of the source of each, and why sources could not be asked."""

    values: Mapping[str, SecretStr]
    sources: Mapping[str, str]
    why_not: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VenueKeys:
    """What a venue wants of who trades there; none of it is ever printed."""

    key: SecretStr
    secret: SecretStr
    passphrase: SecretStr | None = None


def standard_sources(home: Path, passphrase: Passphrase) -> tuple[Source, ...]:
    """Environment, `.env`, keyring, encrypted file: the first that has a secret is the one that counts."""
    return Environment(), DotenvFile(dotenv_path()), OsKeyring(), SealedFile(sealed_path(home), passphrase)


def find(names: Collection[str], sources: Sequence[Source]) -> Found:
    """Each of the secrets from the first source that has it; no source is asked for what is found already.

    Raises:
        BadInput, Damaged, Refused, Unavailable: a source that is asked cannot be used, see `Source.look`.
    """
    values: dict[str, SecretStr] = {}
    places: dict[str, str] = {}
    why_not: list[str] = []
    for source in sources:
        missing = [name for name in names if name not in values]
        if not missing:
            break
        look = source.look(missing)
        values |= look.values
        places |= dict.fromkeys(look.values, source.name)
        if look.why_not is not None:
            why_not.append(look.why_not)
    return Found(values, places, tuple(why_not))


def venue_keys(venue: str, sources: Sequence[Source]) -> VenueKeys:
    """All keys of a venue with which orders can be sent.

    Raises:
        BadInput: some are missing: says which, and which sources were passed over. Or as `find`.
    """
    names = names_of(venue)
    found = find(names, sources)
    missing = [variable_of(name) for name in names if name not in found.values]
    if missing:
        passed = f" ({'; '.join(found.why_not)})" if found.why_not else ""
        raise BadInput(f"{venue} is without {', '.join(missing)}{passed}; give them with keel secrets set {venue}")
    parts = {name.removeprefix(f"{venue}_"): found.values[name] for name in names}
    return VenueKeys(parts["api_key"], parts["secret_key"], parts.get("passphrase"))
