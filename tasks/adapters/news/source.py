"""A source of news: its way, behind the guarded client."""

from dataclasses import dataclass

from models.types import Refused, Unavailable
from models.types.news import Item
from tasks.adapters.news.client import NewsClient, open_client
from tasks.adapters.news.place import Place
from tasks.adapters.news.raws import NotRead, judged
from tasks.adapters.news.threads import apart
from tasks.adapters.news.way import Asking, Way
from tasks.adapters.venues.access import Access
from tasks.ports import Heard, Mark

Read = tuple[tuple[Item, ...], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class WebSource:
    """One place, heard by its source's way; see tasks.ports.NewsSource."""

    way: Way
    client: NewsClient

    @property
    def name(self) -> str:
        """The source's."""
        return self.client.place.name

    @property
    def url(self) -> str:
        """As it is configured."""
        return self.client.place.url

    @property
    def why_off(self) -> str | None:
        """What is missing and where to get it."""
        if self.way.key_from is not None and self.client.access.keys is None:
            return f"{self.name} has no key: keel secrets set {self.name} --to env ({self.way.key_from})"
        if self.way.wants_account and not self.client.place.account:
            return (
                f"{self.name} has no account: set news.sources.{self.name}.account to the name that its key goes with"
            )
        return None

    async def hear(self, mark: Mark | None) -> Heard:
        """What it says now.

        Raises:
            LeftAlone, Unavailable, Refused: see tasks.ports.NewsSource.
        """
        if self.why_off is not None:
            raise Refused(self.why_off)
        before = mark or Mark()
        asked = self.way.asked(self._asking(before))
        answer = await self.client.get(asked.query, asked.headers, mark)
        if answer is None:
            return Heard((), (), before)
        items, refused = await apart(lambda: self._read(answer.text))
        newest = None if self.way.newest is None else self.way.newest([item.key for item in items]) or before.newest
        return Heard(items, refused, Mark(answer.etag, answer.modified, newest))

    def _asking(self, mark: Mark) -> Asking:
        keys = self.client.access.keys
        secret = "" if keys is None else keys.key.get_secret_value()
        return Asking(secret, self.client.place.account, mark.newest, self.client.access.clock.now())

    def _read(self, text: str) -> Read:
        try:
            return judged(self.client.place, self.way.read(text), self.client.access.clock.now())
        except NotRead as error:
            why = str(error)
        except Exception as error:  # noqa: BLE001 - what parsers stumble over in hostile text is not known beforehand
            why = f"it cannot be read: {type(error).__name__}"
        # Outside, so that nothing of the text goes further with the error.
        raise Unavailable(f"{self.name} answered in another form than its own ({why}); it is asked again later")


def build_source(way: Way, place: Place, access: Access) -> WebSource:
    """The source at that place.

    Raises:
        BadInput: see open_client.
        Refused: the place's url is at none of its hosts.
    """
    return WebSource(way, open_client(place, access))
