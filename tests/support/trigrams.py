"""pg_trgm for a PostgreSQL that comes without its extensions, as the one by pip does: Prefect's schema wants the name.

It finds the same rows and is no quicker for it: a hash index stands where the server would have one of trigrams. The
real extension is in every PostgreSQL of a distribution and in the image of docker-compose.yaml.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from postgres_server import Server, postgres

CONTROL = "default_version = '1.0'\nrelocatable = true\n"
SCRIPT = """
UPDATE pg_catalog.pg_am SET amname = 'gin_itself' WHERE amname = 'gin';
CREATE ACCESS METHOD gin TYPE INDEX HANDLER hashhandler;
CREATE OPERATOR CLASS gin_trgm_ops FOR TYPE text USING gin
    AS OPERATOR 1 = (text, text), FUNCTION 1 hashtext(text);
CREATE OPERATOR CLASS jsonb_ops DEFAULT FOR TYPE jsonb USING gin
    AS OPERATOR 1 = (jsonb, jsonb), FUNCTION 1 jsonb_hash(jsonb);
"""


@contextmanager
def postgres_with_trigrams(tmp: Path) -> Iterator[Server]:
    """A server that finds the extension; it never runs as root, so its folder is one that everybody may read."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        place = Path(folder) / "extension"
        place.mkdir(mode=0o755)
        for name, text in (("pg_trgm.control", CONTROL), ("pg_trgm--1.0.sql", SCRIPT)):
            (place / name).write_text(text)
            (place / name).chmod(0o644)
        options = {"allow_system_table_mods": "on", "extension_control_path": f"{folder}:$system"}
        with postgres(tmp, **options) as server:
            yield server
