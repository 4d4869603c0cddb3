"""Settings of a serving process; the only reader of the environment.

Nothing has to be configured for a first run: the database, the photos and the signing secret are made in `./var`.
Every variable is named in `SETTINGS`, with what it means and its default.
"""

import ipaddress
import os
import secrets
import stat
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import URL

from models.engines import AUTO, NAMES
from pipeline.numbers import whole_of
from pipeline.thresholds import BYTES_MAX

SECRET_BYTES_MIN, TOKEN_CHARS_MIN = 32, 16
MEBIBYTE = 1 << 20

SETTINGS: dict[str, str] = {
    "SHELFPROOF_VAR": "folder for database, photos and secret when they are not set; default ./var",
    "SHELFPROOF_DATABASE_URL": "sqlite:///FILE or postgresql://…; default sqlite:///./var/shelfproof.db",
    "SHELFPROOF_PHOTOS": "folder, memory: or s3://… for the photos; default ./var/photos",
    "SHELFPROOF_SECRET": "key that signs sign-in tokens, at least 32 characters; default made in ./var/secret",
    "SHELFPROOF_ORIGIN": "public origin, such as https://audit.example.com, when a proxy changes the Host header",
    "SHELFPROOF_PHOTO_BYTES_MAX": "largest photo accepted, in bytes; default 15000000, which is also the most",
    "SHELFPROOF_UPLOADS_PER_MINUTE": "photos that one user may send in a minute; default 60",
    "SHELFPROOF_TRUSTED_PROXIES": "addresses or networks (10.0.0.0/8), with commas, of proxies that tell the client's "
    "address and scheme by X-Forwarded-For and -Proto; default none",
    "SHELFPROOF_METRICS_TOKEN": "who sends it as bearer token reads /metrics, and nobody else; default none: "
    "this machine reads it, without a proxy",
    "SHELFPROOF_SOURCE_URL": "where the pages say that the source of what runs is; default /source.tar.gz, made of it",
    "SHELFPROOF_INFERENCE": f"what runs the networks: {', '.join(NAMES)}; default auto, the fastest that agrees",
    "SHELFPROOF_LOG_LEVEL": "debug, info, warning or error; default info",
}


class SettingsError(ValueError):
    """A setting that cannot be used; the message names it and says what to do."""


@dataclass(frozen=True)
class Settings:
    """What a serving process needs to know. Sizes in bytes, durations in seconds."""

    secret: str = field(repr=False)
    database_url: str = field(default="sqlite:///var/shelfproof.db", repr=False)  # may hold a password
    photos: str = "var/photos"
    origin: str | None = None
    photo_bytes_max: int = BYTES_MAX
    body_bytes_max: int = MEBIBYTE  # any request that is not a photo
    uploads_per_minute: int = 60
    trusted_proxies: tuple[str, ...] = ()  # addresses or networks
    metrics_token: str | None = field(default=None, repr=False)
    source_url: str = "/source.tar.gz"
    idle_seconds: int = 30 * 60  # a session that nobody uses ends
    session_seconds: int = 12 * 3600  # one that is used ends too
    body_seconds_max: int = 60  # until the body of a request is there, for each photo in it
    events_poll_seconds: float = 0.5
    events_heartbeat_seconds: float = 15.0
    inference: str = AUTO
    log_level: str = "info"

    def __post_init__(self) -> None:
        if len(self.secret) < SECRET_BYTES_MIN:
            raise SettingsError("SHELFPROOF_SECRET is shorter than 32 characters: give a longer random one")
        if not 0 < self.photo_bytes_max <= BYTES_MAX:
            raise SettingsError(f"SHELFPROOF_PHOTO_BYTES_MAX must be between 1 and {BYTES_MAX}")
        if self.inference not in NAMES:
            raise SettingsError(f"SHELFPROOF_INFERENCE must be one of {', '.join(NAMES)}")
        if self.log_level not in ("debug", "info", "warning", "error"):
            raise SettingsError("SHELFPROOF_LOG_LEVEL must be debug, info, warning or error")
        if self.metrics_token is not None and len(self.metrics_token) < TOKEN_CHARS_MIN:
            raise SettingsError("SHELFPROOF_METRICS_TOKEN is shorter than 16 characters: give a longer random one")
        if not self.source_url.startswith(("https://", "http://", "/")):
            raise SettingsError("SHELFPROOF_SOURCE_URL must begin with https://, http:// or /")
        if self.origin is not None and not self.origin.startswith(("https://", "http://")):
            raise SettingsError("SHELFPROOF_ORIGIN must begin with https:// or http://")


def _whole_number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "")
    if not text:
        return default
    number = whole_of(text)
    if not number:
        raise SettingsError(f"{name} must be a whole number above zero, not {text!r}")
    return number


def _networks(environ: Mapping[str, str], name: str) -> tuple[str, ...]:
    found = []
    for text in filter(None, (each.strip() for each in environ.get(name, "").split(","))):
        try:
            network = ipaddress.ip_network(text)
        except ValueError as error:
            raise SettingsError(f"{name} holds addresses and networks such as 10.0.0.0/8, not {text!r}") from error
        if network.prefixlen == 0:
            raise SettingsError(f"{name} may not be everybody ({text}): anyone could forge an address")
        found.append(str(network))
    return tuple(found)


def _keep_private(folder: Path) -> None:
    """Take others' rights from a folder of ours that holds a secret already; a new one comes without. Not from one that
    all share, such as /tmp."""
    found = folder.stat()
    shared = found.st_mode & stat.S_ISVTX or found.st_uid != os.geteuid()
    if (folder / "secret").exists() and found.st_mode & 0o077 and not shared:
        folder.chmod(0o700)


def read_or_make_secret(path: Path) -> str:
    """The secret in `path`; made there, readable by its owner alone, when it is not yet.

    Safe when several processes start at once: one makes the file, the others read it.
    """
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _keep_private(path.parent)
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    if not path.exists():
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(48))
        try:
            os.link(fresh, path)  # atomic, and never over a file that another process has just made
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


def sqlite_in(var: Path) -> str:
    """The address of the database in a folder, whose name may hold what means something in an address."""
    try:
        return URL.create("sqlite", database=f"{var}/shelfproof.db").render_as_string()
    except UnicodeEncodeError as error:
        raise SettingsError(f"the name of the folder {str(var)!a} is not UTF-8: rename it, or name another") from error


def load_settings(environ: Mapping[str, str] | None = None, *, make: bool = True) -> Settings:
    """Settings from the environment (`os.environ` when not given); SettingsError when one cannot be used.

    Without `make` no secret is written, and one of no use stands for one that is not there: for commands that sign
    nothing, and may not leave anything behind.
    """
    given = os.environ if environ is None else environ
    unknown = sorted(name for name in given if name.startswith("SHELFPROOF_") and name not in _KNOWN)
    if unknown:
        raise SettingsError(f"{unknown[0]} is not a setting: see {', '.join(SETTINGS)}")
    var = Path(given.get("SHELFPROOF_VAR") or "var")
    secret, kept = given.get("SHELFPROOF_SECRET"), var / "secret"
    return Settings(
        secret=secret or (read_or_make_secret(kept) if make or kept.is_file() else secrets.token_urlsafe(48)),
        database_url=given.get("SHELFPROOF_DATABASE_URL") or sqlite_in(var),
        photos=given.get("SHELFPROOF_PHOTOS") or str(var / "photos"),
        origin=(given.get("SHELFPROOF_ORIGIN") or "").rstrip("/") or None,
        photo_bytes_max=_whole_number(given, "SHELFPROOF_PHOTO_BYTES_MAX", BYTES_MAX),
        uploads_per_minute=_whole_number(given, "SHELFPROOF_UPLOADS_PER_MINUTE", 60),
        metrics_token=given.get("SHELFPROOF_METRICS_TOKEN") or None,
        source_url=given.get("SHELFPROOF_SOURCE_URL") or "/source.tar.gz",
        trusted_proxies=_networks(given, "SHELFPROOF_TRUSTED_PROXIES"),
        inference=(given.get("SHELFPROOF_INFERENCE") or AUTO).lower(),
        log_level=(given.get("SHELFPROOF_LOG_LEVEL") or "info").lower(),
    )


# Read by the tests and by the evaluation, not by a serving process.
_KNOWN = {*SETTINGS, "SHELFPROOF_DATA", "SHELFPROOF_REQUIRE_DATA", "SHELFPROOF_TEST_POSTGRES"}
