"""Keys that stand in the open: the environment, and `.env`, which only its owner may read."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from conf.secrets import read_dotenv, read_environment, require_private, variable_of
from data.files import locked, reading, write_atomically
from models.types import BadInput
from tasks.adapters.credentials.source import Look

# Whatever else stands in quotes is read differently by some reader of such files.
_PLAIN = re.compile(r"[^'\"\\$`\x00-\x1f\x7f]+")
_PEM = re.compile(r"[A-Za-z0-9+/=\n -]+")


@dataclass(frozen=True, slots=True)
class Environment:
    """Variables of this process, by the names of `.env.example`."""

    name: str = "environment"
    file: Path | None = None

    def look(self, names: Collection[str]) -> Look:
        """Those of the secrets that are set."""
        return Look({name: value for name, value in read_environment().items() if name in names})


@dataclass(frozen=True, slots=True)
class DotenvFile:
    """The file `.env`."""

    file: Path
    name: str = ".env"

    def look(self, names: Collection[str]) -> Look:
        """Those of the secrets that it has.

        Raises:
            BadInput: others may read it, or it is no text.
        """
        if not self.file.exists():
            return Look(why_not=f"there is no file {self.file}")
        return Look({name: value for name, value in read_dotenv(self.file).items() if name in names})

    def keep(self, values: Mapping[str, SecretStr]) -> str:
        """Write the secrets into the file, which only its owner may read, and leave its other lines as they are;
        returns where they are.

        Raises:
            BadInput: others may read the file, it is no text, or it cannot hold such a value.
            Unavailable: it cannot be written.
        """
        lines = {name: _line(name, value.get_secret_value()) for name, value in values.items()}
        with locked(self.file.with_name(".env.lock")):
            require_private(self.file)
            text = self._text()
            for name, line in lines.items():
                text = _with_line(text, variable_of(name), line)
            write_atomically(self.file, text.encode())
        return str(self.file)

    def _text(self) -> str:
        if not self.file.exists():
            return ""
        try:
            with reading(self.file):
                return self.file.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            raise BadInput(f"{self.file} is not UTF-8 text; write it anew after .env.example") from None


def _line(name: str, value: str) -> str:
    if _PLAIN.fullmatch(value):
        return f"{variable_of(name)}='{value}'"
    if _PEM.fullmatch(value):
        folded = value.replace("\n", "\\n")
        return f'{variable_of(name)}="{folded}"'
    raise BadInput(f"{name} has characters that no .env file keeps as they are; use --to keyring or --to file")


def _with_line(text: str, variable: str, line: str) -> str:
    """The text with `line` in the place of the variable's own, which may go on over several lines in quotes."""
    written = (
        rf"^[ \t]*(?:export[ \t]+)?{variable}[ \t]*(?:=[ \t]*(?:'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")?[^\r\n]*)?$"
    )
    changed, count = re.subn(written, lambda _found: line, text, flags=re.MULTILINE | re.DOTALL)
    if count:
        return changed
    ended = text if not text or text.endswith("\n") else f"{text}\n"
    return f"{ended}{line}\n"
