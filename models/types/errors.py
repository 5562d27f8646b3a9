"""Errors, named for what the caller should do about them.

The message of each is one sentence for a person: what was found, what is allowed, what to do.
"""


class KeelError(Exception):
    """Base of every error that Keel raises on purpose; `exit_code` is what the command line ends with."""

    exit_code = 1


class BadInput(KeelError):
    """The caller gave something that cannot be used: correct it and call again."""

    exit_code = 2


class Refused(KeelError):
    """The command was understood and refused; a person has to act first (a latched stop, a missing act)."""

    exit_code = 3


class Unavailable(KeelError):
    """Something outside did not answer or has no room: the same call may work later."""


class Damaged(KeelError):
    """Stored data does not match its checksum: do not use it, fetch it again."""
