"""Archives of bars that a person has: Parquet, CSV and feather files."""

from tasks.adapters.archives.reader import read_archive

__all__ = ["read_archive"]
