"""What a PostgreSQL server says when something fails, as one sentence with what to do; never with a password."""

from dataclasses import dataclass

from sqlalchemy import ExceptionContext

from models.types import BadInput, Damaged, KeelError, Unavailable

LOST = "the connection was lost; what was being written is there as a whole or not at all, look before it is done again"
# By SQLSTATE, or its first two characters: what it means for who asked, and what to do.
SAID: dict[str, tuple[type[KeelError], str]] = {
    "08": (Unavailable, LOST),
    "22021": (BadInput, "a text has a character that it cannot hold; leave it out"),
    "25006": (Unavailable, "it only lets read, as a standby does; name the server that is written"),
    "25P03": (Unavailable, LOST),
    "28": (Unavailable, "it does not let this user in; see the user and password in KEEL_JOURNAL__URL"),
    "3D000": (Unavailable, "there is no such database; create it, or see its name in KEEL_JOURNAL__URL"),
    "40": (Unavailable, "another transaction was in the way; do it again"),
    "42501": (Unavailable, "this user may not do that there; make it the owner of the database"),
    "42703": (Damaged, "a column of the journal is gone; stop trading and restore it from a backup"),
    "42P01": (Damaged, "a table of the journal is gone; stop trading and restore it from a backup"),
    "53100": (Unavailable, "its disk is full; make room there"),
    "53200": (Unavailable, "it is out of memory; see what else runs there"),
    "53300": (Unavailable, "it has no connection left; raise its max_connections or end who holds them"),
    "53": (Unavailable, "it is out of resources; see its log"),
    "55P03": (Unavailable, "another process has been writing for too long; see keel journal status who is connected"),
    "57014": (Unavailable, "it took too long and was given up; see what else runs there"),
    "57P": (Unavailable, f"the server is stopping or starting, or has cut the connection; {LOST}"),
    "58": (Unavailable, "its disk or file system fails; see its log"),
    "XX001": (Damaged, "its files are damaged; stop trading and restore the journal from a backup"),
    "XX002": (Damaged, "an index of it is damaged; stop trading and restore the journal from a backup"),
}
# A connection that was never made has no SQLSTATE, only words.
WORDS = (
    ("password authentication failed", "28"),
    ("no password supplied", "28"),
    ("no pg_hba.conf entry", "28"),
    ("too many clients", "53300"),
    ("remaining connection slots", "53300"),
    ("starting up", "57P"),
    ("shutting down", "57P"),
    ("recovery mode", "57P"),
)
AWAY = "it cannot be reached; see whether the server runs, and the address in KEEL_JOURNAL__URL"


@dataclass(frozen=True, slots=True)
class _Said:
    """What went wrong, in the server's words, and the sentence for it."""

    kind: type[KeelError]
    advice: str


def explain(database: str, password: object, context: ExceptionContext) -> None:
    """A listener of SQLAlchemy's `handle_error`.

    Raises:
        Unavailable, Damaged, BadInput: by what the server said. Broken constraints stay what they are.
    """
    if context.is_pre_ping:  # noticed before anything was asked: a new connection is made
        return
    error = context.original_exception
    found = _meaning(error, context)
    if found is None:
        return
    words = " ".join(str(error).split()) or type(error).__name__
    if password:
        words = words.replace(str(password), "***")
    raise found.kind(f"the journal in {database} cannot be used ({words}): {found.advice}") from None


def _meaning(error: BaseException, context: ExceptionContext) -> _Said | None:
    state = getattr(error, "sqlstate", None)
    said = str(error)
    if state is None:
        if "does not exist" in said and context.connection is None:
            state = "3D000" if 'database "' in said and 'role "' not in said else "28"
        else:
            state = next((code for words, code in WORDS if words in said), None)
    if state is None and "NUL" in said:
        state = "22021"
    for code in () if state is None else (state, state[:3], state[:2]):
        if code in SAID:
            return _Said(*SAID[code])
    if context.is_disconnect:
        return _Said(Unavailable, LOST)
    if context.connection is None:
        return _Said(Unavailable, AWAY)
    names = {one.__name__ for one in type(error).__mro__}
    if names & {"OperationalError", "InternalError", "InterfaceError"}:
        return _Said(Unavailable, "see the server's log")
    return None
