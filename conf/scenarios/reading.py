"""The bytes of a file of scenarios as named groups of nodes."""

from pathlib import Path

import yaml

from conf.scenarios.written import Written, pairs
from models.types.errors import BadInput

MAX_BYTES = 200_000


def file_bytes(path: Path, shown: str) -> bytes:
    """What stands in the file, which errors call `shown`.

    Raises:
        BadInput: it is not there, cannot be read or is too large.
    """
    try:
        if not path.is_file():
            raise BadInput(f"{shown}: there is no such file of scenarios; correct the path")
        if path.stat().st_size > MAX_BYTES:
            raise BadInput(f"{shown}: larger than {MAX_BYTES} bytes; that is no file of scenarios")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise BadInput(f"{shown}: cannot be read ({error}); correct the path or its permissions") from error


def groups_of(raw: bytes, shown: str) -> list[tuple[str, Written]]:
    """The groups of the file with their names; one may come twice.

    Raises:
        BadInput: the file is no YAML mapping.
    """
    node = _composed(raw, shown)
    if not isinstance(node, yaml.MappingNode):
        raise BadInput(f"{shown}:1: found no group of keys, allowed is a file with the key scenarios")
    return pairs(Written(node, "", shown, 1))


def _composed(raw: bytes, shown: str) -> yaml.Node | None:
    """The parser in Python, not the one in C: what is nested too deep for it is an error, and ends no process."""
    try:
        written = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise BadInput(f"{shown}: not text in UTF-8 ({error.reason}); save it as such") from error
    try:
        return yaml.compose(written, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise BadInput(f"{shown}:{line}: not YAML ({error.problem}); correct the line") from error
    except yaml.reader.ReaderError as error:
        line = written.count("\n", 0, error.position) + 1
        raise BadInput(f"{shown}:{line}: not YAML ({error.reason}); correct the line") from error
    except RecursionError:
        raise BadInput(f"{shown}: groups and lists are nested too deep; that is no file of scenarios") from None
    except (ValueError, OverflowError) as error:  # an escape beyond the last character there is
        raise BadInput(f"{shown}: not YAML ({error}); correct the file") from error
