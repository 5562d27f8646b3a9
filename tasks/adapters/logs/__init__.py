"""Log files of Keel's own processes, lines for people, and finding lines again."""

from tasks.adapters.logs.reading import Wanted, found_lines, new_lines
from tasks.adapters.logs.setting_up import log_as, log_into, log_to_console, path_of

__all__ = ["Wanted", "found_lines", "log_as", "log_into", "log_to_console", "new_lines", "path_of"]
