"""What every page of a report is made of: one HTML text with everything in it, and nobody to ask for anything."""

from collections.abc import Iterable
from html import escape

import plotly.graph_objects as go
from plotly.offline import get_plotlyjs

# The browser itself forbids the page to ask anybody for anything.
POLICY = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:"
STYLE = """
body { font: 14px/1.45 system-ui, sans-serif; color: #1d2733; max-width: 1180px; margin: 2em auto; padding: 0 1em; }
table { border-collapse: collapse; margin: 0.5em 0 1.5em; display: block; overflow-x: auto; }
th, td { padding: 0.2em 0.8em; border-bottom: 1px solid #dde3ea; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
h3 { margin-bottom: 0.2em; }
.text th, .text td { text-align: left; }
.text td { overflow-wrap: break-word; white-space: normal; }
.doubted { border: 2px solid #d1495b; padding: 0 1em 0.5em; }
.beside { color: #5b6875; }
"""


def document(title: str, sentence: str, sections: Iterable[str], has_charts: bool = True) -> str:
    """The page: its title, a sentence below it, and sections of HTML. Without charts it is smaller by megabytes."""
    script = f"<script>{get_plotlyjs()}</script>" if has_charts else ""
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        f"<title>{escape(title)}</title><style>{STYLE}</style>{script}</head>"
        f"<body><h1>{escape(title)}</h1>{beside(sentence)}{''.join(sections)}</body></html>\n"
    )


def section(title: str, content: str) -> str:
    """HTML below a heading."""
    return f"<h2>{escape(title)}</h2>{content}"


def beside(sentence: str) -> str:
    """A sentence that explains what stands next to it."""
    return f'<p class="beside">{escape(sentence)}</p>'


def text(content: str) -> str:
    """A table of words instead of figures."""
    return f'<div class="text">{content}</div>'


def chart(figure: go.Figure, name: str) -> str:
    """A figure as HTML, for a page that `document` makes; `name` is its own within the page."""
    return str(
        figure.to_html(
            full_html=False,
            include_plotlyjs=False,
            include_mathjax=False,
            div_id=name,
            default_height=f"{figure.layout.height}px",
            config={"displaylogo": False, "showLink": False, "plotlyServerURL": ""},
        )
    )
