"""The API as a process of its own: python -m tasks.serving."""

import sys

from conf.secrets import scrub
from models.types import KeelError
from tasks.adapters.logs import log_as
from tasks.adapters.redaction import protect
from tasks.serving import serve


def _warn(text: str) -> None:
    sys.stderr.write(f"keel: {scrub(text)}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    protect()
    log_as("api")
    try:
        serve(None, _warn)
    except KeelError as error:
        _warn(str(error))
        sys.exit(error.exit_code)
