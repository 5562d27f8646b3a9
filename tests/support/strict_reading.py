"""Reading an answer with the official SDK's models, strictly both ways: no other type, no field more, none less."""

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

# "Conditional fields in order responses", and what only other kinds of order have.
CONDITIONAL = {
    *(
        "icebergQty",
        "preventedMatchId",
        "preventedQuantity",
        "stopPrice",
        "strategyId",
        "strategyType",
        "trailingDelta",
    ),
    *("trailingTime", "usedSor", "workingFloor", "pegPriceType", "pegOffsetType", "pegOffsetValue", "peggedPrice"),
    *("expiryReason", "workingTime", "sors", "matchType", "allocationId"),
}
# Those of the binary encoding, and the counts that only rateLimit/order gives.
CONDITIONAL_IN_RULES = CONDITIONAL | {"priceExponent", "qtyExponent", "multiplierExponent", "count"}
# "Conditional fields in execution report"; N is null where there was no commission.
CONDITIONAL_IN_REPORTS = {
    *("d", "D", "j", "J", "v", "A", "B", "u", "U", "Cs", "pl", "pL", "pY", "W", "b", "a", "k", "uS"),
    *("gP", "gOT", "gOV", "gp", "eR", "N"),
}


def differences(model: type[BaseModel], answer: Any, conditional: set[str] = CONDITIONAL) -> list[str]:
    """Where the answer and the documents differ: fields too many (+) or too few (-), with their place.

    Raises:
        pydantic.ValidationError: a field is of another type.
    """
    read: Any = model
    made = read.from_dict(answer) if hasattr(model, "from_dict") else model.model_validate(answer)
    return list(_differences(made, model.__name__, conditional))


def _differences(value: Any, place: str, conditional: set[str]) -> Iterator[str]:
    if isinstance(value, list):
        for number, one in enumerate(value):
            yield from _differences(one, f"{place}[{number}]", conditional)
    elif isinstance(value, BaseModel):
        inner = getattr(value, "actual_instance", None)
        if inner is not None:
            yield from _differences(inner, f"{place}:{type(inner).__name__}", conditional)
            return
        yield from _differences_of_fields(value, place, conditional)


def _differences_of_fields(model: BaseModel, place: str, conditional: set[str]) -> Iterator[str]:
    for name, field in type(model).model_fields.items():
        wire, value = field.alias or name, getattr(model, name)
        if name == "additional_properties":
            yield from (f"+{place}.{more}" for more in sorted(set(value) - conditional - {"e"}))
        elif value is None and wire not in conditional:
            yield f"-{place}.{wire}"
        else:
            yield from _differences(value, f"{place}.{wire}", conditional)
