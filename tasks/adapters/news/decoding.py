"""Bytes to text, whatever they are labelled as."""

import codecs
import re

# The only ones that a label may name: some of Python's others take a time that grows with the square of the length.
KNOWN = frozenset(
    codecs.lookup(name).name
    for name in (
        *("ascii", "latin-1", "iso8859-2", "iso8859-15", "cp1250", "cp1251", "cp1252", "koi8-r", "utf-16", "utf-16-le"),
        *("utf-16-be", "gb18030", "gbk", "gb2312", "big5", "shift_jis", "euc-jp", "euc-kr"),
    )
)
MARKS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
IN_HEADER = re.compile(r"charset\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
IN_BODY = re.compile(rb"(?:encoding|charset)\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
DECLARATION = re.compile(r"^\s*<\?xml\b[^>]{0,200}\?>")
LAST_RESORT = "cp1252"


def decoded(body: bytes, content_type: str) -> str:
    """The text of a body. A byte order mark says what it is, else UTF-8 where it is sound UTF-8 (hardly anything else
    looks like it), else what the header or the beginning of the body says, else Windows' Latin.

    >>> decoded("Zürich".encode("latin-1"), "text/xml; charset=utf-8")
    'Zürich'
    """
    for name in _candidates(body, content_type):
        try:
            return body.decode(name)
        except UnicodeDecodeError:
            continue
    return body.decode(LAST_RESORT, "replace")


def without_declaration(text: str) -> str:
    """The text of an XML document without its first line, which tells of bytes that are decoded by now."""
    return DECLARATION.sub("", text, count=1).lstrip()


def _candidates(body: bytes, content_type: str) -> list[str]:
    marked = [name for mark, name in MARKS if body.startswith(mark)]
    # UTF-16 without its mark: zeros, which no text of one byte a letter has.
    wide = [name for at, name in ((1, "utf-16-le"), (0, "utf-16-be")) if body[at : at + 1] == b"\0"]
    said = [*IN_HEADER.findall(content_type)[:1], *(one.decode("ascii") for one in IN_BODY.findall(body[:1_000])[:1])]
    return [*marked, *wide, "utf-8", *(name for name in map(_known, said) if name is not None)]


def _known(label: str) -> str | None:
    try:
        name = codecs.lookup(label).name
    except LookupError:
        return None
    return name if name in KNOWN else None
