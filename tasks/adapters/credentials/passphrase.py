"""The passphrase of the encrypted file: from a variable or from a person, never an argument, asked for once."""

import os
from collections.abc import Callable

from pydantic import SecretStr

from conf.secrets import PASSPHRASE, is_text, remember
from models.types import BadInput

SHORTEST_PASSPHRASE = 12


class Passphrase:
    """Who knows it: the variable PASSPHRASE, else `ask`, which is given what to say (None: nobody is there to ask)."""

    def __init__(self, ask: Callable[[str], str] | None = None) -> None:
        self._ask = ask
        self._given: SecretStr | None = None

    def current(self) -> SecretStr | None:
        """That of a file that is there; None, where nobody knows it.

        Raises:
            BadInput: it is no text.
        """
        return self._once("passphrase of the encrypted file")

    def chosen(self) -> SecretStr | None:
        """That of a file that is to be; whoever types it does so twice.

        Raises:
            BadInput: it is no text or too short, or the two are not the same.
        """
        first = self._once("new passphrase for the encrypted file")
        if first is None:
            return None
        if len(first.get_secret_value()) < SHORTEST_PASSPHRASE:
            self._given = None
            raise BadInput(f"the passphrase is too short; allowed are {SHORTEST_PASSPHRASE} characters and more")
        if self._ask is not None and not os.environ.get(PASSPHRASE) and self._ask("again") != first.get_secret_value():
            self._given = None
            raise BadInput("the two passphrases are not the same; nothing was written, try again")
        return first

    def _once(self, what: str) -> SecretStr | None:
        if self._given is None:
            text = os.environ.get(PASSPHRASE) or (self._ask(what) if self._ask is not None else "")
            if not is_text(text):
                raise BadInput("the passphrase is not UTF-8 text; give it anew")
            self._given = remember(SecretStr(text)) if text else None
        return self._given
