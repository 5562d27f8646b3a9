"""Names that become folders of the lake and keys of the journal."""

from typing import Annotated

from pydantic import Field

from models.types.series import SYMBOL, VENUE

SymbolName = Annotated[str, Field(pattern=f"^{SYMBOL.pattern}$")]
VenueName = Annotated[str, Field(pattern=f"^{VENUE.pattern}$")]
