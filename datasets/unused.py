"""The one rule for data sets: what looks like data and is not used gets a line, which readers give as a warning."""

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

NAMED_MAX = 3  # of many alike


class UnusedData(UserWarning):
    """Something of a data set is not used, or used once where it stands twice; one line that names it."""


def unused(what: str) -> None:
    """Says that something is not used."""
    warnings.warn(what, UnusedData, stacklevel=2)


def some(names: list[str]) -> str:
    """The first of many names, and how many more there are."""
    more = f" and {len(names) - NAMED_MAX} more" if len(names) > NAMED_MAX else ""
    return ", ".join(names[:NAMED_MAX]) + more


@contextmanager
def told_once() -> Iterator[list[str]]:
    """Prints each line once on stderr while data are read, and collects them for the exit status."""
    said: list[str] = []
    with warnings.catch_warnings():
        warnings.simplefilter("always", UnusedData)
        before = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *place: Any, **options: Any) -> None:
            if not issubclass(category, UnusedData):
                before(message, category, *place, **options)
            elif str(message) not in said:
                said.append(str(message))
                print(f"shelfproof: {message}", file=sys.stderr)

        warnings.showwarning = show
        yield said
