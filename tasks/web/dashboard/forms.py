"""What the page's forms say. The gate makes JSON of them, and has taken the field `csrf` out."""

from typing import Annotated

from pydantic import StringConstraints
from pydantic.dataclasses import dataclass

from tasks.web.answers import STRICT, Text

Said = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1)]


@dataclass(config=STRICT, frozen=True, slots=True)
class ActForm:
    """Why."""

    reason: Said


@dataclass(config=STRICT, frozen=True, slots=True)
class ResumeForm:
    """The last step of a recovery; a box that is not ticked is not sent."""

    why: Said
    shown: Text
    phrase: Text
    reviewed: Text = ""


@dataclass(config=STRICT, frozen=True, slots=True)
class NoteForm:
    """For those who come later; may be empty."""

    note: Text = ""
