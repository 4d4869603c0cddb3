"""Whether a process belongs to the installation of its database, and taking over another secret or store on purpose."""

import hashlib
import hmac
import secrets

from sqlalchemy.exc import IntegrityError

from crm.access.session import unscoped
from crm.installation.tables import THE_ONE, Installation
from crm.kernel.db import Database, ReadSession, WriteSession
from crm.kernel.photo_store import PhotoStore

_TOLD = {
    "secret": "the secret here is not that of this database: give every process on it the same SHELFPROOF_SECRET"
    " (or var/secret); changed on purpose, run shelfproof database adopt",
    "photo store": "the photo store here is not that of this database: give every process on it the same"
    " SHELFPROOF_PHOTOS; moved without its file `installation`, run shelfproof database adopt",
}


class ForeignInstallationError(ValueError):
    """The secret or the photo store is not the database's own; the message says what to do."""


def belong(database: Database, store: PhotoStore, secret: str, *, first: bool = True) -> None:
    """ForeignInstallationError unless secret and store are those of this database; the first process that comes makes
    them so, if it may be the `first`. OSError when the store is away, or can keep nothing at first."""
    with database.read(unscoped("a process asks where it belongs before anybody signs in")) as s:
        row = s.get(Installation, THE_ONE)
    if row is None and not first:
        return
    if row is None:
        row = _first(database, store.identity(), secret)
    differing = differences(row, store, secret)
    if differing:
        raise ForeignInstallationError(_TOLD[differing[0]])


def adopt(database: Database, store: PhotoStore, secret: str) -> list[str]:
    """Take secret and store over as the database's own; returns what differed until now."""
    with database.write(unscoped("a process is told where it belongs")) as s:
        row = s.get(Installation, THE_ONE, with_for_update=True)
        if row is None:
            s.add(_made(store.identity(), secret))
            return []
        told = differences(row, store, secret)
        fresh = _made(store.identity(), secret)
        row.salt, row.secret_proof, row.store_id = fresh.salt, fresh.secret_proof, fresh.store_id
    return told


def differences(row: Installation, store: PhotoStore, secret: str) -> list[str]:
    """What is not the installation's own: 'secret', 'photo store'."""
    told = []
    if not hmac.compare_digest(row.secret_proof, _proof(secret, row.salt)):
        told.append("secret")
    if row.store_id != store.identity():
        told.append("photo store")
    return told


def mark_demo(s: WriteSession) -> None:
    """From now on this is a demo, whose passwords anybody knows. The installation exists."""
    s.get_one(Installation, THE_ONE).demo = True


def is_demo(s: ReadSession) -> bool:
    """Whether the demo made it."""
    row = s.get(Installation, THE_ONE)
    return row is not None and row.demo


def _first(database: Database, store_id: str, secret: str) -> Installation:
    """The row, made by this process or by one that was faster."""
    try:
        with database.write(unscoped("a process asks where it belongs before anybody signs in")) as s:
            row = _made(store_id, secret)
            s.add(row)
    except IntegrityError:
        with database.read(unscoped("a process asks where it belongs before anybody signs in")) as reading:
            found = reading.get(Installation, THE_ONE)
        assert found is not None
        return found
    return row


def _made(store_id: str, secret: str) -> Installation:
    salt = secrets.token_hex(16)
    return Installation(salt=salt, secret_proof=_proof(secret, salt), store_id=store_id)


def _proof(secret: str, salt: str) -> str:
    # Slow on purpose, about 50 ms: the secret may be one that somebody thought up.
    return hashlib.scrypt(secret.encode(), salt=bytes.fromhex(salt), n=1 << 14, r=8, p=1, dklen=32).hex()
