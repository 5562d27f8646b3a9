"""`python -m tasks.guardian`: watch until interrupted."""

import sys

from conf.secrets import scrub
from models.types import KeelError
from tasks.adapters.logs import log_as
from tasks.adapters.redaction import protect
from tasks.guardian.running import run_guardian


def main() -> int:
    """Exit codes as of keel: 0 ended, 1 failed, 2 bad input, 3 refused."""
    protect()
    log_as("guardian")
    try:
        run_guardian()
    except KeelError as error:
        sys.stderr.write(scrub(f"keel: {error}") + "\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
