"""The file of entities: its rows as the linking reads them."""

from collections import Counter
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, ValidationError, field_validator
from pydantic_core import ErrorDetails

from conf.home import PROJECT
from conf.layers import Entry, Key, nested, read_yaml
from conf.schema.group import Group
from models.news.linking import Entities, Entity
from models.types.errors import BadInput

SHIPPED = "conf/news/entities.yaml"


def _speakable(word: str) -> str:
    if not any(map(str.isalnum, word)):
        raise ValueError(f"found the word {word!r}, allowed is one with a letter or a figure")
    return word


_Word = Annotated[str, AfterValidator(_speakable)]


class _Row(Group):
    """One asset; without `tickers` its key is one."""

    names: list[_Word] = Field(default_factory=list)
    tickers: list[_Word] | None = None
    ambiguous: list[_Word] = Field(default_factory=list)
    context: list[_Word] = Field(default_factory=list)


class _Kind(Group):
    context: list[_Word] = Field(min_length=1)
    assets: dict[_Word, _Row] = Field(min_length=1)


class _File(Group):
    nothing: list[_Word]
    groups: dict[str, _Kind] = Field(min_length=1)

    @field_validator("groups")
    @classmethod
    def _each_once(cls, groups: dict[str, _Kind]) -> dict[str, _Kind]:
        counted = Counter(asset for kind in groups.values() for asset in kind.assets)
        twice = sorted(asset for asset, count in counted.items() if count > 1)
        if twice:
            raise ValueError(f"found {', '.join(twice)} in several groups, allowed is each asset once")
        return groups


def load_entities(path: Path | None = None) -> Entities:
    """The assets of conf/news/entities.yaml, or of the file at `path`.

    Raises:
        BadInput: the file is missing, or something in it is wrong; says where, what was found and what is allowed.
    """
    shown = SHIPPED if path is None else path.name
    leaves = read_yaml(PROJECT / SHIPPED if path is None else path, shown)
    if not leaves:
        raise BadInput(f"{shown}: missing or empty; restore it from the repository")
    try:
        written = _File.model_validate(nested(leaves))
    except ValidationError as error:
        raise BadInput("; ".join(_sentence(one, leaves, shown) for one in error.errors())) from error
    try:
        rows = tuple(
            row
            for kind in written.groups.values()
            for asset, one in kind.assets.items()
            for row in _rows(asset, one, tuple(kind.context))
        )
        return Entities(rows, tuple(written.nothing))
    except BadInput as error:
        raise BadInput(f"{shown}: {error}") from error


def _rows(asset: str, row: _Row, shared: tuple[str, ...]) -> tuple[Entity, Entity]:
    """One of what is certain and of ambiguous names; one of ambiguous tickers: for them the shared context counts."""
    tickers = (asset,) if row.tickers is None else tuple(row.tickers)
    capitals = tuple(one for one in row.ambiguous if one in tickers)
    names = tuple(one for one in row.ambiguous if one not in tickers)
    certain = tuple(one for one in tickers if one not in capitals)
    context = tuple(row.context)
    return (
        Entity(asset, tuple(row.names), certain, names, context or shared),
        Entity(asset, (), capitals, capitals, (*shared, *context)),
    )


def _sentence(error: ErrorDetails, leaves: dict[Key, Entry], shown: str) -> str:
    key = tuple(str(part) for part in error["loc"] if part != "[key]")
    places = [
        leaves[known].place for length in range(len(key), 0, -1) for known in leaves if known[:length] == key[:length]
    ]
    place, name, message = places[0] if places else shown, ".".join(key), error["msg"].removeprefix("Value error, ")
    if error["type"] == "extra_forbidden":
        return f"{place}: the key {name} is not known; correct its spelling or remove it"
    if error["type"] == "missing":
        return f"{place}: the key {name} is missing; add it"
    if error["type"] == "value_error":
        return f"{place}: {name}: {message}"
    return f"{place}: {name}: found {error['input']!r}, allowed: {message[0].lower()}{message[1:]}"
