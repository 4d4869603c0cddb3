"""An archive of millions of photos, of which only the numbers are made that copies are looked for by.

Of each photo there are a hash and its bands, and of those of the last 90 days words. They are put together from those
of real photos, so that bits are as unevenly spread, and as alike among neighbours, as real ones, and words are met as
often: a hash of sixteen tiles of 4 × 4 frequencies, each of another photo; words each of another photo.
"""

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
from sqlalchemy import Connection, Table, insert

from crm.audits.photos.tables import Audit, Photo
from crm.audits.tables import PhotoBand, PhotoWord
from crm.kernel.db import Database
from pipeline.intake.hash_bands import BANDS, bands_of
from pipeline.intake.likeness import WORD_BITS, WORDS
from training.copies.archive import Known

SPAN, SOUGHT = timedelta(days=900), timedelta(days=90)  # of the archive, and of it what has words
_CHUNK = 20_000
_TILE = 4
_LETTERS = np.frombuffer(b"0123456789ABCDEFGHJKMNPQRSTVWXYZ", "S1")
_TABLES: tuple[Any, ...] = (Photo, PhotoBand, PhotoWord)


@dataclass
class Archive:
    """Photos of one audit, in the order of their ids, the last one made `before_ms`."""

    audit: Audit
    real: Sequence[Known]
    before_ms: int
    rng: np.random.Generator = field(default_factory=lambda: np.random.default_rng(0))

    def fill(self, database: Database, photos: int) -> None:
        """Replace what is there by so many photos. The database is one of ours, for this alone."""
        with _unindexed(database) as connection:
            for first in range(0, photos, _CHUNK):
                count = min(_CHUNK, photos - first)
                share = (first + np.arange(count)) / photos
                for table, rows in self._rows(1 - share):
                    _store(connection, table, rows)

    def _rows(self, ages: npt.NDArray[np.float64]) -> Iterator[tuple[Table, dict[str, Any]]]:
        """Columns by their names, of a table at a time. ages: share of SPAN, descending."""
        ids = _ids(self.before_ms - (ages * float(SPAN / timedelta(milliseconds=1))).astype(np.int64))
        hashes = made_hashes(self.real, len(ids), self.rng)
        common = {
            name: getattr(self.audit, name) for name in ("brand_id", "user_id")
        } | {"audit_id": self.audit.id, "size_bytes": 1, "mime": "image/jpeg", "width": 384, "height": 512,
             "state": "read", "received_at": self.audit.created_at}  # fmt: skip
        own = dict.fromkeys(("id", "idempotency_key", "sha256"), ids)
        yield Photo.__table__, {**common, **own, "perceptual_hash": hashes}  # type: ignore[misc]
        values, quarters = bands_of(hashes)
        brand = self.audit.brand_id
        yield PhotoBand.__table__, {  # type: ignore[misc]
            "brand_id": brand, "band_no": np.tile(np.arange(BANDS), len(ids)), "value": values.ravel(),
            "quarter": quarters.ravel(), "photo_id": np.repeat(ids, BANDS),
        }  # fmt: skip
        late = ids[ages < SOUGHT / SPAN]
        if not len(late):
            return
        words, owners = made_words(self.real, len(late), self.rng)
        yield PhotoWord.__table__, {"brand_id": brand, "word": words, "photo_id": late[owners]}  # type: ignore[misc]


def made_hashes(real: Sequence[Known], count: int, rng: np.random.Generator) -> npt.NDArray[np.uint8]:
    """uint8 (count, 32)."""
    bits = np.unpackbits(np.array([np.frombuffer(each.hash, np.uint8) for each in real]), axis=1)
    tiles = bits.reshape(len(real), _TILE, _TILE, _TILE, _TILE).transpose(0, 1, 3, 2, 4).reshape(len(real), 16, 16)
    mixed = tiles[rng.integers(0, len(real), (count, 16)), np.arange(16)]
    back = mixed.reshape(count, _TILE, _TILE, _TILE, _TILE).transpose(0, 1, 3, 2, 4)
    return np.packbits(back.reshape(count, -1), axis=1)


def made_words(
    real: Sequence[Known], count: int, rng: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Words, and the place of the photo that each is of, without doubles."""
    every = np.array([word for each in real for word in each.likeness.words()], np.int64)
    owners = np.repeat(np.arange(count), WORDS)
    both = np.unique(owners << WORD_BITS | every[rng.integers(0, len(every), len(owners))])
    return both & (1 << WORD_BITS) - 1, both >> WORD_BITS


def _ids(made_ms: npt.NDArray[np.int64]) -> npt.NDArray[np.str_]:
    """As `crm.kernel.ids.new_id` makes them, at those times."""
    letters = np.empty((len(made_ms), 26), "S1")
    for place in range(10):
        letters[:, place] = _LETTERS[(made_ms >> (45 - 5 * place)) & 31]
    letters[:, 10:] = _LETTERS[np.frombuffer(secrets.token_bytes(16 * len(made_ms)), np.uint8).reshape(-1, 16) & 31]
    return np.sort(letters.view("S26")[:, 0]).astype(str)


@contextmanager
def _unindexed(database: Database) -> Iterator[Connection]:
    """Rows come in without indexes and references, which are made and swept afterwards; on SQLite as they are."""
    tables = [each.__table__ for each in _TABLES]
    with database.engine.connect() as connection:
        if database.dialect == "sqlite":
            for statement in ("COMMIT", "PRAGMA foreign_keys=OFF", "PRAGMA synchronous=OFF"):
                connection.exec_driver_sql(statement)
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            for table in reversed(tables):
                connection.execute(table.delete())
            yield connection
            connection.commit()
            return
        connection.exec_driver_sql("SET session_replication_role = replica")
        connection.exec_driver_sql(f"TRUNCATE {', '.join(table.name for table in tables)} CASCADE")
        keys = [table for table in tables if table.name != "photo"]
        for table in keys:
            connection.exec_driver_sql(f"ALTER TABLE {table.name} DROP CONSTRAINT pk_{table.name}")
        for index in Photo.__table__.indexes:  # type: ignore[attr-defined]
            index.drop(connection)
        connection.commit()
        connection.exec_driver_sql("SET session_replication_role = replica")
        yield connection
        connection.exec_driver_sql("SET maintenance_work_mem = '1GB'")
        for table in keys:
            names = ", ".join(column.name for column in table.primary_key)
            connection.exec_driver_sql(f"ALTER TABLE {table.name} ADD CONSTRAINT pk_{table.name} PRIMARY KEY ({names})")
        for index in Photo.__table__.indexes:  # type: ignore[attr-defined]
            index.create(connection)
        connection.commit()
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for table in tables:
            connection.exec_driver_sql(f"VACUUM (ANALYZE) {table.name}")


def _store(connection: Connection, table: Table, columns: dict[str, Any]) -> None:
    """columns: of each an array, or one value for all rows."""
    count = next(len(each) for each in columns.values() if isinstance(each, np.ndarray))
    if connection.dialect.name == "sqlite" or table.name == "photo":
        spread = [_listed(each, count) for each in columns.values()]
        rows = zip(*spread, strict=True)
        if connection.dialect.name == "sqlite":
            connection.execute(insert(table), [dict(zip(columns, row, strict=True)) for row in rows])
            return
        with _copying(connection, table, columns, "") as copy:
            for row in rows:
                copy.write_row(row)
        return
    with _copying(connection, table, columns, "(FORMAT BINARY)") as copy:
        copy.write(b"PGCOPY\n\xff\r\n\0" + bytes(8))
        copy.write(_binary(table, columns, count))
        copy.write(b"\xff\xff")


def _copying(connection: Connection, table: Table, columns: dict[str, Any], how: str) -> Any:
    driver: Any = connection.connection.driver_connection
    return driver.cursor().copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN {how}")


def _binary(table: Table, columns: dict[str, Any], count: int) -> bytes:
    """Rows as COPY takes them: all texts are ids, all numbers have 4 bytes, or 8."""
    kinds = {"VARCHAR": "S26", "INTEGER": ">i4", "BIGINT": ">i8"}
    fields: list[tuple[str, str]] = [("fields", ">i2")]
    for name in columns:
        kind = kinds[str(table.c[name].type).split("(")[0]]
        fields += [(f"length of {name}", ">i4"), (name, kind)]
    rows = np.empty(count, fields)
    rows["fields"] = len(columns)
    for name, value in columns.items():
        rows[f"length of {name}"] = rows.dtype[name].itemsize
        rows[name] = value
    return rows.tobytes()


def _listed(value: Any, count: int) -> list[Any]:
    if not isinstance(value, np.ndarray):
        return [value] * count
    return [each.tobytes() for each in value] if value.ndim == 2 else value.tolist()
