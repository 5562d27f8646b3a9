"""Text for a terminal: nothing in it that the reader does not see, and nothing that commands the terminal."""

import unicodedata

# Control, format (turned directions, nothing wide), surrogates, private, not assigned, separators of lines.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def seen(text: str) -> str:
    r"""The text, whatever its length, with a space for every character that is not seen; line breaks stay.

    >>> seen("a\x1b[2Jb\u202ec\nd")
    'a [2Jb c\nd'
    """
    if text.isprintable():
        return text
    return "".join(one if one == "\n" or unicodedata.category(one) not in UNSEEN else " " for one in text)
