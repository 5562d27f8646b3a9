"""The stages in the shell: evidence from the journal, what it allows and costs, and the record of both."""

from tasks.session.staging.changing import Changed
from tasks.session.staging.demoting import demote, demote_where_due
from tasks.session.staging.looking import Look, look
from tasks.session.staging.promoting import phrase_of, promote
from tasks.session.staging.rules import rules_of
from tasks.session.staging.scheduled import put_on_record
from tasks.session.staging.standing import standing_of

__all__ = [
    "Changed",
    "Look",
    "demote",
    "demote_where_due",
    "look",
    "phrase_of",
    "promote",
    "put_on_record",
    "rules_of",
    "standing_of",
]
