"""Telegram: the page that every public channel has at t.me/s/<channel>, with its last twenty messages or so."""

from tasks.adapters.news.page_shape import messages_of
from tasks.adapters.news.way import Way

WAY = Way(messages_of)
