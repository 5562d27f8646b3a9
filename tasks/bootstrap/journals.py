"""Where a home's journal is, by its address among the secrets and by what the home noted."""

import os
from pathlib import Path

from pydantic import SecretStr

from conf import home
from conf.secrets import dotenv_path, names_of, remember, variable_of
from data.journal import JournalPlace
from data.journal.place import HERE, NOTE, noted, parsed_url
from models.types import BadInput

(NAME,) = names_of("journal")
VARIABLE = variable_of(NAME)


def journal_place(where: Path) -> JournalPlace:
    """The SQLite file of the home `where`, or the database at KEEL_JOURNAL__URL: that is KEEL_HOME's and no other's.
    Keyring and sealed file are asked only where the home noted that its journal is in a database.

    Raises:
        BadInput: the address is none; or the home noted a database, and no address is found.
        Damaged, Refused, Unavailable: a place where secrets are kept cannot be read.
    """
    state = where / "state"
    said = noted(state)
    if said == HERE or where.resolve() != home():
        return JournalPlace(state)
    if said is None and not _is_given():
        return JournalPlace(state)
    url = _found(where)
    if url is None and said is None:
        return JournalPlace(state)
    if url is None:
        raise BadInput(
            f"the journal of {where} is in {said}, and {VARIABLE} is nowhere to be found; set it, or delete "
            f"{state / NOTE} where its journal is to be a file from now on"
        )
    place = JournalPlace(state, parsed_url(url.get_secret_value()))
    if place.url is not None and place.url.password:
        remember(SecretStr(str(place.url.password)))
    return place


def _is_given() -> bool:
    """Whether the environment or `.env` may have the address: most homes have none, and pay nothing for it."""
    if any(name.upper() == VARIABLE for name in os.environ):
        return True
    try:
        return VARIABLE.encode() in dotenv_path().read_bytes().upper()
    except OSError:
        return False


def _found(where: Path) -> SecretStr | None:
    # Imported here: see _is_given.
    from tasks.adapters.credentials import Passphrase, find, standard_sources

    return find([NAME], standard_sources(where, Passphrase())).values.get(NAME)
