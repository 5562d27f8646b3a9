"""`python -m tasks.alerting`: tell people of alerts until interrupted."""

import os
import sys

from conf.secrets import scrub
from models.types import KeelError
from tasks.adapters.logs import log_as
from tasks.adapters.redaction import protect
from tasks.alerting.running import run_alerting


def main() -> int:
    """Exit codes as of keel: 0 ended, 1 failed, 2 bad input, 3 refused."""
    protect()
    log_as("alerts")
    try:
        run_alerting()
    except KeelError as error:
        sys.stderr.write(scrub(f"keel: {error}") + "\n")
        return error.exit_code
    return 0


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    # A message that is under way to a dead receiver keeps nobody waiting.
    os._exit(code)
