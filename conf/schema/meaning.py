"""What a field of the tree allows, in words."""

from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Gt, Le, Lt, MinLen
from pydantic.fields import FieldInfo

KINDS = {
    float: "a number",
    int: "a whole number",
    str: "a text",
    bool: "true or false",
    tuple: "a list",
    dict: "a group",
}
WORDS = {Gt: ("above", "gt"), Ge: ("from", "ge"), Lt: ("below", "lt"), Le: ("at most", "le")}


def allowed(field: FieldInfo) -> str:
    """Kind and bounds, such as `a number above 0, at most 0.2`."""
    words = [_kind(field.annotation)]
    for one in field.metadata:
        if type(one) in WORDS:
            word, attribute = WORDS[type(one)]
            words.append(f"{word} {getattr(one, attribute):g}")
        elif isinstance(one, MinLen):
            words.append(f"not shorter than {one.min_length}")
    return f"{words[0]} {', '.join(words[1:])}".strip()


def _kind(annotation: Any) -> str:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _kind(parts[0])
    if origin is Literal:
        return f"one of {', '.join(str(part) for part in parts)}"
    if origin in (Union, UnionType):
        return ", ".join("null or" if part is type(None) else _kind(part) for part in reversed(parts)).replace(
            "or,", "or"
        )
    return KINDS.get(origin or annotation, getattr(annotation, "__name__", str(annotation)))
