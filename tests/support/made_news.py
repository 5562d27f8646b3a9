"""Headlines that tests make."""

from models.types.news import Event, Headline, Link, Tone

START = 1_640_995_200_000_000  # 2022-01-01, UTC microseconds


def headline(number: int = 0, **changes: object) -> Headline:
    """A headline about bitcoin that arrived `number` minutes after START; `changes` by field, `assets` instead of
    links, `score` instead of a tone.
    """
    if "assets" in changes:
        changes["links"] = tuple(Link(one, 1.0, one.lower()) for one in changes.pop("assets"))  # type: ignore[attr-defined]
    if "score" in changes:
        changes["tone"] = Tone(changes.pop("score"), "made")  # type: ignore[arg-type]
    fields: dict[str, object] = {
        "id": f"{number:016x}",
        "revision": 0,
        "source": "reuters",
        "url": f"https://example.org/{number}",
        "title": f"Bitcoin does thing {number}",
        "text": "",
        "published": None,
        "arrived": START + number * 60_000_000,
        "language": "en",
        "twin": None,
        "likeness": 0.0,
        "links": (Link("BTC", 1.0, "bitcoin"),),
        "event": Event.OTHER,
        "tone": Tone(0.5, "made"),
        "weight": 0.25,
    }
    return Headline(**fields | changes)  # type: ignore[arg-type]
