"""Names that become folders of the lake and keys of the journal."""

from datetime import date
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator

from models.types import BadInput, Series, parse_time


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


def _time(text: object) -> str:
    # YAML reads a time as a time; strings and times of the file mean the same.
    shown = text.isoformat() if isinstance(text, date) else str(text)
    try:
        parse_time(shown)
    except BadInput as error:
        raise ValueError(str(error)) from error
    return shown


VenueName = Annotated[str, AfterValidator(_venue)]
SymbolName = Annotated[str, AfterValidator(_symbol)]
Time = Annotated[str, BeforeValidator(_time)]
