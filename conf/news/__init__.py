"""What headlines call the assets: the file that says it, and what is wrong with it."""

from conf.news.loading import load_entities

__all__ = ["load_entities"]
