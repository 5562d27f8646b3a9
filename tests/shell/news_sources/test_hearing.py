"""All sources at once, and none at the cost of another."""

import asyncio
import time
from dataclasses import dataclass

import pytest
from news_cases import CASES, STORIES, access_to, source_of
from news_server import NewsServer, Reply, bomb, serving

from models.types import Refused, Unavailable
from tasks.adapters.news import hear_all
from tasks.ports import Heard, LeftAlone, Mark

QUIET = Heard((), (), Mark(etag="next"))


@dataclass
class Fake:
    """A source that does as it is told."""

    name: str
    does: str = "answers"
    why_off: str | None = None
    mark: Mark | None = None
    asked: int = 0

    @property
    def url(self) -> str:
        return f"https://{self.name}.example/"

    async def hear(self, mark: Mark | None) -> Heard:
        self.mark, self.asked = mark, self.asked + 1
        if self.does == "hangs":
            await asyncio.sleep(60)
        if self.does == "clings":
            await self._cling()
        if self.does == "cancels itself":
            raise asyncio.CancelledError
        if self.does in ERRORS:
            raise ERRORS[self.does]
        return QUIET

    async def _cling(self) -> None:
        for _ in range(30):
            try:
                await asyncio.sleep(0.1)
            except asyncio.CancelledError:
                continue


ERRORS: dict[str, Exception] = {
    "is silent": Unavailable("it is silent"),
    "wants a pause": LeftAlone("it wants a pause", 7),
    "is led away": Refused("it is led away"),
    "has a bug": ZeroDivisionError("secret text"),
    "is recursive": RecursionError(),
}


@pytest.mark.parametrize("does", [*ERRORS, "hangs", "clings", "cancels itself"])
def test_one_that_fails_stops_no_other(does: str) -> None:
    sources = [Fake("first"), Fake("bad", does), Fake("last")]
    began = time.monotonic()
    first, bad, last = asyncio.run(_timed(sources, began))
    assert first.got is last.got is QUIET
    assert [one.source for one in (first, bad, last)] == sources
    assert isinstance(bad.got, Unavailable | Refused)
    assert "secret text" not in str(bad.got)
    if does in ("is silent", "wants a pause", "is led away"):
        assert bad.got is ERRORS[does]
    if does in ("hangs", "clings"):
        assert str(bad.got) == "bad did not answer within 0.3 s; it is asked again later"


async def _timed(sources: list[Fake], began: float):
    heard = await hear_all(sources, {}, 0.3)
    assert time.monotonic() - began < 50.0
    return heard


def test_who_is_off_is_not_asked() -> None:
    off = Fake("off", why_off="it has no key")
    assert [one.source.name for one in asyncio.run(hear_all([off, Fake("on")], {}, 1.0))] == ["on"]
    assert off.asked == 0
    assert asyncio.run(hear_all([off], {}, 1.0)) == ()


def test_each_gets_its_own_mark() -> None:
    one, two = Fake("one"), Fake("two")
    asyncio.run(hear_all([one, two], {two.url: Mark(etag="x")}, 1.0))
    assert (one.mark, two.mark) == (None, Mark(etag="x"))


def test_they_are_heard_at_the_same_time() -> None:
    slow = [Fake(f"slow{at}", "hangs") for at in range(50)]
    began = time.monotonic()
    assert len(asyncio.run(hear_all([*slow, Fake("quick")], {}, 0.3))) == 51
    assert time.monotonic() - began < 50.0


def test_a_cancelled_round_takes_its_requests_with_it() -> None:
    async def cancelled() -> None:
        task = asyncio.create_task(hear_all([Fake("slow", "hangs")], {}, 60.0))
        await asyncio.sleep(0.05)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(cancelled())


def test_real_sources_that_misbehave_each_in_its_way(tmp_path) -> None:
    bad = {
        "bloomberg": Reply(before_s=5.0),
        "coindesk": bomb(megabytes=20),
        "cryptopanic": Reply(429, headers={"Retry-After": "600"}),
        "twitter": Reply(body=b"[" * 200_000),
        "reddit": Reply(body=b"<!DOCTYPE x><x/>"),
        "telegram": Reply(302, headers={"Location": "http://127.0.0.1/"}),
    }
    servers = {case.name: NewsServer([bad.get(case.name, case.reply())]) for case in CASES}
    from contextlib import ExitStack

    with ExitStack() as running:
        for server in servers.values():
            running.enter_context(serving(server))
        sources = [source_of(case, access_to(servers[case.name], tmp_path)) for case in CASES]
        heard = asyncio.run(hear_all(sources, {}, 2.0))
    reuters, *others = (one.got for one in heard)
    assert isinstance(reuters, Heard)
    assert len(reuters.items) == len(STORIES)
    kinds = [Unavailable, Unavailable, LeftAlone, Unavailable, Unavailable, Refused]
    assert [type(one) for one in others] == kinds
