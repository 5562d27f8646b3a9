"""The public page of a Telegram channel: its messages, by the standard library's parser."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

from tasks.adapters.news.raws import NotRead, Raw, moment_of

MESSAGE = "tgme_widget_message_wrap"
TEXT = ("tgme_widget_message_text", "js-message_text")
# The parser's time can grow with the square of what it is given, so it gets a message at a time: one has 4,096 letters.
LONGEST_MESSAGE = 20_000
LINE_END = "\n"


def messages_of(text: str) -> list[Raw]:
    """The messages, the newest first; the title of one is its first line, and that of a picture is empty.

    Raises:
        NotRead: there are no messages: a channel that is private, or is none, has no such page.
    """
    pieces = text.split(MESSAGE)[1:]
    if not pieces:
        raise NotRead("a page without messages")
    return [_raw(piece) for piece in reversed(pieces)]


def _raw(piece: str) -> Raw:
    if len(piece) > LONGEST_MESSAGE:
        return Raw("", "", "", why_not=f"its message has more than {LONGEST_MESSAGE} characters")
    # What the splitting left of the tag before is text without a meaning to the parser.
    # Of a tag without its end every letter is looked at again and again: it is none of the text.
    piece = piece[: piece.rfind(">") + 1]
    reader = MessageReader()
    reader.feed(piece.partition(">")[2])
    reader.close()
    said = "".join(reader.said).strip()
    title, _, rest = said.partition(LINE_END)
    url = f"https://t.me/{reader.post}" if reader.post else ""
    return Raw(reader.post, url, title, rest.strip(), moment_of(reader.moment))


@dataclass(eq=False)
class MessageReader(HTMLParser):
    """Reads one message: its name (channel/number), its time, and its text with line ends."""

    post: str = ""
    moment: str = ""
    said: list[str] = field(default_factory=list)
    depth: int = 0

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Name and time are attributes; the text is one element with others in it."""
        given = {name: value or "" for name, value in attrs}
        self.post = self.post or given.get("data-post", "")
        if tag == "time" and not self.moment:
            self.moment = given.get("datetime", "")
        if self.depth:
            self.said += LINE_END if tag == "br" else ""
            self.depth += tag == "div"
        elif tag == "div" and not self.said and set(TEXT) <= set(given.get("class", "").split()):
            self.depth = 1

    def handle_endtag(self, tag: str) -> None:
        """The text ends with its element."""
        self.depth -= bool(self.depth and tag == "div")

    def handle_data(self, data: str) -> None:
        """Of the text only."""
        if self.depth:
            self.said.append(data)
