"""Counting bits in SQL, on both databases."""

from typing import Any

from sqlalchemy import Integer
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

_MASK = (1 << 64) - 1


class bits_apart(FunctionElement[int]):  # noqa: N801 - a function, as SQLAlchemy names them
    """In how many of their 64 bits two signed whole numbers differ."""

    name = "bits_apart"
    type = Integer()
    inherit_cache = True


@compiles(bits_apart, "postgresql")
def _on_postgresql(element: Any, compiler: Any, **kw: Any) -> str:
    one, other = (compiler.process(each, **kw) for each in element.clauses)
    return f"bit_count((CAST({one} AS BIGINT) # CAST({other} AS BIGINT))::bit(64))"


@compiles(bits_apart, "sqlite")
def _on_sqlite(element: Any, compiler: Any, **kw: Any) -> str:
    return f"bits_apart({compiler.process(element.clauses, **kw)})"


def for_sqlite(connection: Any) -> None:
    """Make the function known to a connection of the driver, since SQLite has none."""
    connection.create_function(
        "bits_apart", 2, lambda one, other: ((one ^ other) & _MASK).bit_count(), deterministic=True
    )
