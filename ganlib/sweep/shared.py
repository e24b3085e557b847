"""What a sweep shares with the machines that work on it elsewhere: the database of its study, and its file as text."""

import importlib
import ipaddress
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ganlib import UserError
from ganlib.sweep.study_file import STORAGE

EXAMPLE = "postgresql://USER:PASSWORD@HOST/NAME"
PACKAGES = {  # by SQLAlchemy's name of a driver
    "psycopg": "psycopg[binary]",
    "psycopg2": "psycopg2-binary",
    "pg8000": "pg8000",
    "pymysql": "pymysql",
    "pysqlite": "",
}


@dataclass(frozen=True)
class Database:
    """A database that machines elsewhere reach: its address, which may hold a password, and the package of its driver."""

    address: str
    package: str


def database(address: str, endpoint: str) -> Database:
    """Returns the database at `address` for jobs of the Hub at `endpoint`. Raises UserError for what they don't reach."""
    if not address:
        raise UserError(
            f'A journal in a folder is of this machine: for jobs say storage = "{EXAMPLE}" in the file, or in the environment '
            f"variable {STORAGE}, where a database is that they reach."
        )
    sqlalchemy: Any = importlib.import_module("sqlalchemy")  # comes with optuna
    try:
        url = sqlalchemy.make_url(address)
        driver = url.get_dialect().driver
    except (sqlalchemy.exc.SQLAlchemyError, ImportError) as error:
        raise UserError(f"storage is no address of a database such as {EXAMPLE}.") from error
    if _is_here(url.host) and not _is_here(urlsplit(endpoint).hostname):
        raise UserError(
            f"Jobs don't reach the database {f'at {url.host}' if url.host else 'in a file'}, which is of this machine or its "
            f"network: give storage the address of one on the internet, such as {EXAMPLE}."
        )
    if driver not in PACKAGES:
        known = ", ".join(filter(PACKAGES.get, PACKAGES))
        raise UserError(f"A job can't install the driver {driver}; give storage an address with one of {known}.")
    explicit = url.set(drivername=f"{url.get_backend_name()}+{driver}")
    return Database(explicit.render_as_string(hide_password=False), PACKAGES[driver])


def text(table: Mapping[str, Any], name: str) -> str:
    """Returns the file of a sweep for another machine, where its folder is called `name`: without comments, and without the
    address of its database."""
    shared = {key: value for key, value in table.items() if key != "storage"} | {"folder": Path("sweeps", name).as_posix()}
    return "".join(f"{_written(key)} = {_written(value)}\n" for key, value in shared.items())


def _written(value: Any) -> str:
    """Returns a key or a value as TOML, whose strings are those of JSON."""
    if isinstance(value, Mapping):
        return f"{{{', '.join(f'{_written(key)} = {_written(one)}' for key, one in value.items())}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str | bool) else str(value)


def _is_here(host: str | None) -> bool:
    """Whether a host is this machine, or of a network that isn't the internet."""
    try:
        return ipaddress.ip_address(host or "").is_private
    except ValueError:
        return not host or host == "localhost" or host.endswith((".local", ".internal", ".localhost"))
