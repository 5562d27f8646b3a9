"""Archives that a person has, of bars and of headlines: Parquet, CSV and feather files."""

from tasks.adapters.archives.headlines import HeadlineArchive, read_headline_archive
from tasks.adapters.archives.reader import read_archive

__all__ = ["HeadlineArchive", "read_archive", "read_headline_archive"]
