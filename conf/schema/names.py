"""Names that become folders of the lake and keys of the journal."""

from typing import Annotated

from pydantic import AfterValidator

from models.types import BadInput, Series


def _venue(name: str) -> str:
    return _checked(name, venue=name)


def _symbol(name: str) -> str:
    return _checked(name, symbol=name)


def _checked(name: str, venue: str = "venue", symbol: str = "SYMBOL") -> str:
    try:
        Series(venue, symbol, "1d")
    except BadInput as error:
        raise ValueError(str(error)) from error
    return name


VenueName = Annotated[str, AfterValidator(_venue)]
SymbolName = Annotated[str, AfterValidator(_symbol)]
