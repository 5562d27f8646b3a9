"""What a worker of a local cluster does first."""

import logging
import signal


def dask_setup(_worker: object) -> None:
    """Leave Ctrl-C, which reaches all processes of a terminal, to the process that started the cluster and will end it;
    and what there is to say, too.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.getLogger("distributed").setLevel(logging.CRITICAL)
