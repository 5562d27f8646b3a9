"""The lake of a home: its own folder, or a bucket that several machines share."""

from pathlib import Path
from urllib.parse import urlsplit

from conf import home, load
from conf.schema.lake import LakeConfig
from conf.secrets import names_of, variable_of
from data.bucket import Bucket
from data.lake import Lake
from data.objects import ObjectPath, Place
from data.signing import Key
from models.types import BadInput


def build_lake(config: LakeConfig, where: Path) -> Lake:
    """The lake of the home `where`: a bucket is KEEL_HOME's and no other's. Nothing is asked of a server yet.

    Raises:
        BadInput: a key of the bucket is missing, or the file `ca_file` is not there or holds no certificate.
    """
    folder = where / "lake"
    if config.url is None or where.resolve() != home():
        return Lake(folder)
    if config.ca_file is not None:
        _require_certificates(config.ca_file)
    address = urlsplit(config.url)
    bucket = Bucket(address.netloc, _key(config.region), config.endpoint, config.https_proxy, config.ca_file)
    return Lake(ObjectPath(bucket, address.path.strip("/"), folder))


def lake_root() -> Place:
    """Where the configured lake of this home is.

    Raises:
        BadInput: the configuration is wrong, or a key of the bucket is missing.
    """
    return build_lake(load().settings.lake, home()).root


def _require_certificates(file: str) -> None:
    import ssl

    if not Path(file).is_file():
        raise BadInput(f"there is no file {file}; correct lake.ca_file")
    try:
        ssl.create_default_context(cafile=file)
    except OSError as error:
        raise BadInput(f"{file} has no certificates in PEM that can be read ({error}); correct lake.ca_file") from error


def _key(region: str) -> Key:
    from tasks.adapters.credentials import Passphrase, find, standard_sources

    names = names_of("lake")
    found = find(names, standard_sources(home(), Passphrase()))
    missing = [variable_of(name) for name in names if name not in found.values]
    if missing:
        why = "".join(f"; {one}" for one in found.why_not)
        raise BadInput(f"lake.url names a bucket, and {' and '.join(missing)} is not set (docs/lake.md){why}")
    access, secret = (found.values[name].get_secret_value() for name in names)
    return Key(access, secret, region)
