# ruff: noqa: N818 - named as the HTTP edge names the problems
"""What can go wrong for a caller of crm. The docstring of an error says when it is raised; the HTTP edge
maps types.

    CrmError
    ├── NotFound          the row does not exist, or lies outside the caller's scope (the two look the same)
    ├── Forbidden         the caller's role may not do this
    ├── Unauthenticated   login and password do not match
    ├── Locked            too many failed sign-ins; `until` says how long
    ├── Conflict          the row is in a state that does not allow it, or somebody else was first
    ├── Expired           it was allowed once, and no longer is
    └── Invalid           a value is wrong; `field` names it

Each carries a stable `code` for machines and one line for people, `en` and `zh`, which says what to do: nothing can be
raised in one language alone. Where a program must go on from it, `more` holds what the line tells, by name.
The ledger's own errors (KeyConflict, Overdrawn) stand in `crm.ledger`.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar


class CrmError(Exception):
    """Base of all errors that a caller is expected to handle."""

    default_code: ClassVar[str] = "error"

    def __init__(self, en: str, zh: str, *, code: str | None = None, more: Mapping[str, Any] | None = None) -> None:
        super().__init__(en)
        self.en, self.zh = en, zh
        self.code = code or self.default_code
        self.more = dict(more or {})


class NotFound(CrmError):
    """The row does not exist, or the caller may not know that it does."""

    default_code = "not_found"


class Forbidden(CrmError):
    """The caller's role may not do this."""

    default_code = "forbidden"


class Unauthenticated(CrmError):
    """Login and password do not match."""

    default_code = "unauthenticated"


class Locked(CrmError):
    """Too many sign-ins failed; the login is closed until `until` (aware, UTC)."""

    default_code = "locked"

    def __init__(self, en: str, zh: str, until: datetime) -> None:
        super().__init__(en, zh)
        self.until = until


class Conflict(CrmError):
    """The row is in a state that does not allow this, or somebody else was first."""

    default_code = "conflict"


class Expired(CrmError):
    """It was allowed once, and no longer is."""

    default_code = "expired"


class Invalid(CrmError):
    """A value is wrong. `field` names the parameter; `details` may list single faults, a line each, in English and
    Chinese."""

    default_code = "invalid"

    def __init__(
        self,
        field: str,
        en: str,
        zh: str,
        *,
        code: str | None = None,
        details: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(en, zh, code=code)
        self.field = field
        self.details = tuple(details)
