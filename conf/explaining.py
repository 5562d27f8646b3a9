"""Where a setting comes from, what it means, and what it overrode."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from conf.layers import Entry, Key, layer_of
from conf.limits import NAMES
from conf.load import Loaded
from conf.schema.meaning import allowed
from models.types.errors import BadInput

SUGGESTED = 5


@dataclass(frozen=True, slots=True)
class Explained:
    """One setting.

    Attributes:
        place: file and line, variable or flag that won.
        meaning: what it is, with its unit.
        allowed: its kind and bounds.
        overrode: what layers below say, the nearest first.
    """

    key: str
    value: object
    place: str
    meaning: str
    allowed: str
    overrode: tuple[Entry, ...]

    @property
    def layer(self) -> str:
        """The file that won, `environment`, `flag`, or `default`."""
        return layer_of(self.place)


def explained(loaded: Loaded, name: str) -> tuple[Explained, ...]:
    """The setting of that dotted key, or every setting of that group.

    Raises:
        BadInput: there is no such key; names those that look like it.
    """
    found = list(_leaves(loaded.settings, ()))
    chosen = [one for one in found if _begins(one[0], name)]
    if not chosen:
        raise BadInput(f"no setting or limit is called {name!r}; {_near(name, [_dotted(key) for key, _, _ in found])}")
    return tuple(
        Explained(
            key=_dotted(key),
            value=value,
            place=loaded.place(key),
            meaning=field.description or "",
            allowed=allowed(field),
            overrode=loaded.overridden.get(key, ()),
        )
        for key, value, field in chosen
    )


def _near(name: str, keys: list[str]) -> str:
    """The settings and limits that are called almost like it, as a half sentence."""
    names = [*NAMES, *keys]
    last = name.lower().rsplit(".", 1)[-1]
    by_last = [one for one in names if one.lower().rsplit(".", 1)[-1] == last]
    alike = difflib.get_close_matches(name.lower(), names, SUGGESTED, 0.6)
    ends = {one.rsplit(".", 1)[-1]: one for one in names}
    alike += [ends[one] for one in difflib.get_close_matches(last, ends, SUGGESTED, 0.7)]
    found = list(dict.fromkeys(by_last + alike))[:SUGGESTED]
    return f"near to it are {', '.join(found)}" if found else "`keel config show` has them all"


def _leaves(group: BaseModel, key: Key) -> Iterator[tuple[Key, object, FieldInfo]]:
    for name, field in type(group).model_fields.items():
        yield from _below(getattr(group, name), (*key, name), field)


def _below(value: object, key: Key, field: FieldInfo) -> Iterator[tuple[Key, object, FieldInfo]]:
    if isinstance(value, BaseModel):
        yield from _leaves(value, key)
    elif isinstance(value, dict) and value:
        for name, one in value.items():
            yield from _below(one, (*key, name), field)
    elif isinstance(value, tuple) and value and isinstance(value[0], BaseModel):
        yield key, [one.model_dump(mode="json", exclude_defaults=True) for one in value], field
    else:
        yield key, list(value) if isinstance(value, tuple) else value, field


def _begins(key: Key, name: str) -> bool:
    dotted, wanted = _dotted(key).lower(), name.lower()
    return dotted == wanted or dotted.startswith(f"{wanted}.")


def _dotted(key: Key) -> str:
    return ".".join(key)
