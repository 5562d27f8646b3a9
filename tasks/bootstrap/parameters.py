"""The parameters of a session while it runs."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from conf import PROJECT, load
from conf.limits import loosened
from conf.secrets import load_secrets
from data.journal import Journal
from tasks.session.desk import Desk
from tasks.session.parameters import ParameterServer, Verdict, is_live


@contextmanager
def watched_parameters(desk: Desk, journal: Journal, flags: Mapping[str, Any]) -> Iterator[ParameterServer]:
    """The parameters of a session while it runs: its files are watched, and a Redis server where one is configured.

    Who decides calls `at_boundary` between two bars, who only looks on `follow`.
    """
    # Imported here: the client of Redis would slow every command down.
    from tasks.adapters.parameters import FileWatch, RedisChannel

    clock, folder = desk.clock, PROJECT / "conf"
    server = ParameterServer(journal, lambda: load(flags), is_live(desk.loaded), loosened, clock.now(), flags)
    watches: list[FileWatch | RedisChannel] = [
        FileWatch(folder, lambda final: server.offer("file", clock.now(), final) is not Verdict.INVALID)
    ]
    url = desk.loaded.settings.servers.redis_url
    if url is not None:
        password = load_secrets().redis_password
        watches.append(
            RedisChannel(
                url,
                password,
                folder,
                lambda: server.offer("redis", clock.now()),
                lambda why: journal.raise_alert(
                    f"param.reload {clock.now()}", "warning", f"refused: {why}", clock.now()
                ),
            )
        )
    with ExitStack() as running:
        for watch in watches:
            watch.start()
            running.callback(watch.stop)
        yield server
