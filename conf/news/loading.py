"""The file of entities: its rows as the linking reads them."""

from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from conf.home import PROJECT
from conf.layers import Entry, Key, nested, read_yaml
from conf.schema.group import Group
from models.news.linking import Entities, Entity
from models.types.errors import BadInput

SHIPPED = "conf/news/entities.yaml"


class _Row(Group):
    """One asset; without `tickers` its key is one."""

    names: list[str] = Field(default_factory=list)
    tickers: list[str] | None = None
    ambiguous: list[str] = Field(default_factory=list)
    context: list[str] = Field(default_factory=list)

    @model_validator(mode="after")
    def _not_empty(self) -> "_Row":
        for word in (*self.names, *(self.tickers or ()), *self.ambiguous, *self.context):
            if not any(map(str.isalnum, word)):
                raise ValueError(f"found the word {word!r}, allowed is one with a letter or a figure")
        return self


class _Kind(Group):
    context: list[str] = Field(min_length=1)
    assets: dict[str, _Row] = Field(min_length=1)


class _File(Group):
    nothing: list[str]
    groups: dict[str, _Kind] = Field(min_length=1)


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
        raise BadInput("; ".join(_sentence(one["loc"], one["msg"], leaves) for one in error.errors())) from error
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


def _sentence(where: tuple[int | str, ...], why: str, leaves: dict[Key, Entry]) -> str:
    key = tuple(map(str, where))
    places = [
        leaves[known].place for length in range(len(key), 0, -1) for known in leaves if known[:length] == key[:length]
    ]
    return f"{places[0] if places else SHIPPED}: {'.'.join(key)}: {why.removeprefix('Value error, ')}"
