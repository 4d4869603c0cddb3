"""Stopping automatic pay, opening it again, and what is stopped."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Select, exists, func, or_, select

from crm.access.scope import WITHOUT_BRAND, Role, Scope, found, require
from crm.access.session import unscoped
from crm.access.tables import OPERATOR_LENGTH
from crm.catalog.service import managed_brand
from crm.catalog.tables import Product
from crm.kernel.db import ReadSession, WriteSession
from crm.kernel.errors import Forbidden, Invalid
from crm.kernel.paging import Page, checked_limit, page_of
from crm.people.tables import Organisation, User
from crm.stops.order import after_decisions
from crm.stops.tables import REASON_CHARS_MAX, Stop, StopOpening
from crm.stops.targets import KINDS, PARTS, is_model
from crm.tasks.service import get_task
from crm.tasks.tables import Task
from pipeline.texts import Text, text_of

_log = structlog.get_logger("shelfproof.stops")
_OPERATORS: dict[str, tuple[Role, ...]] = {"model": ("operator",)}
_IN_FORCE = ~exists().where(StopOpening.id == Stop.id)


@dataclass(frozen=True)
class StopCard:
    """A stop, its opening (None: in force), the names of what is stopped, and the names of who did both."""

    stop: Stop
    opening: StopOpening | None
    name: Text
    by: str
    opened_by: str | None


@dataclass(frozen=True)
class Target:
    """What can be stopped, as `stop` takes it, its names, and the stops of it in force that the caller may see."""

    kind: str
    target: str
    brand_id: str | None
    name: Text
    stops: tuple[str, ...]


def stop(
    s: WriteSession,
    scope: Scope,
    kind: str,
    target: str,
    reason: str,
    brand_id: str | None = None,
    operator: str | None = None,
) -> Stop:
    """End automatic pay of a task (its id), a SKU (its code), a model version ('detector:3') or a brand (its id), for
    the caller's brand; one in force is given again. Auditors and managers; an admin names the brand of a SKU, and
    stops a model version for all brands where he names none, as an operator does, who stops nothing else.

    Waits for the decisions that are being made: none of them pays after this has been answered. NotFound, Invalid.
    """
    require(scope, "auditor", "manager", *_OPERATORS.get(kind, ()))
    reason = _reason(reason)
    of_brand = _brand_of(s, scope, kind, target, brand_id)
    found(brand_id in (None, of_brand) or None, "this brand")
    after_decisions(s, of_brand)
    same = (Stop.kind == kind, Stop.target == target, _is(of_brand), _IN_FORCE)
    stopped = s.scalar(select(Stop).where(*same))
    if stopped is not None:
        return stopped
    made = Stop(
        kind=kind,
        target=target,
        brand_id=of_brand,
        reason=reason,
        user_id=scope.user_id or None,
        operator=operator and operator[:OPERATOR_LENGTH],
    )
    s.add(made)
    s.flush()
    _log.warning("automatic_pay_stopped", stop=made.id, kind=kind, target=target, brand=of_brand, user=made.user_id)
    return made


def open_again(s: WriteSession, scope: Scope, stop_id: str, reason: str, operator: str | None = None) -> StopOpening:
    """End a stop; the first opening again where it has one. Managers; of a stop for all brands an admin or an
    operator. What it held back stays with a person. NotFound, Invalid."""
    require(scope, "manager", "operator")
    reason = _reason(reason)
    row = found(s.scalar(select(Stop).where(Stop.id == stop_id)), "this stop")
    if row.brand_id is None and scope.role not in WITHOUT_BRAND:
        raise Forbidden(
            "this stop holds for all brands: an admin or an operator opens it again",
            "此停止对所有品牌生效：须由系统管理员或运维重新开启",
        )
    after_decisions(s, row.brand_id)
    opened = s.get(StopOpening, stop_id)
    if opened is not None:
        return opened
    made = StopOpening(
        id=stop_id,
        reason=reason,
        user_id=scope.user_id or None,
        operator=operator and operator[:OPERATOR_LENGTH],
    )
    s.add(made)
    s.flush()
    _log.warning("automatic_pay_opened", stop=stop_id, kind=row.kind, target=row.target, brand=row.brand_id)
    return made


def in_force(s: ReadSession, brand_id: str) -> Sequence[Stop]:
    """The stops that hold for a brand, the oldest first; no scope. For who has joined the brand's
    decisions no other can be answered."""
    return s.scalars(select(Stop).where(_IN_FORCE, _is_or_all(brand_id)).order_by(Stop.id)).all()


def list_stops(
    s: ReadSession, scope: Scope, after: str | None = None, limit: int = 50, *, in_force_only: bool = True
) -> Page[StopCard]:
    """Stops of the brand and of all brands, the newest first. Auditors, managers, operators."""
    require(scope, "auditor", "manager", "operator")
    statement = select(Stop).order_by(Stop.id.desc()).limit(checked_limit(limit) + 1)
    if in_force_only:
        statement = statement.where(_IN_FORCE)
    if after is not None:
        statement = statement.where(Stop.id < after)
    page = page_of(s.scalars(statement).all(), limit, lambda row: row.id)
    return Page(cards(s, page.items), page.next)


def get_stop(s: ReadSession, scope: Scope, stop_id: str) -> StopCard:
    """NotFound outside the caller's scope. Auditors, managers, operators."""
    require(scope, "auditor", "manager", "operator")
    row = found(s.scalar(select(Stop).where(Stop.id == stop_id)), "this stop")
    return cards(s, [row])[0]


def cards(s: ReadSession, stops: Sequence[Stop]) -> tuple[StopCard, ...]:
    """The cards of these stops, in their order; no scope, for stops that the caller was given."""
    openings = {
        each.id: each for each in s.scalars(select(StopOpening).where(StopOpening.id.in_([row.id for row in stops])))
    }
    names = _names(s, stops)
    acts: list[Stop | StopOpening] = [*stops, *openings.values()]
    users = select(User.id, User.name).where(User.id.in_({act.user_id for act in acts}))
    with unscoped("who stopped may be of no brand, and is named to who sees the stop").of(s):
        people = {user_id: name for user_id, name in s.execute(users)}

    def by(act: Stop | StopOpening) -> str:
        return act.operator or people.get(act.user_id or "", "")

    return tuple(
        StopCard(
            row,
            openings.get(row.id),
            names[row.id],
            by(row),
            by(openings[row.id]) if row.id in openings else None,
        )
        for row in stops
    )


def counts(s: ReadSession) -> dict[str, int]:
    """How many stops of each kind are in force, in all brands."""
    rows = s.execute(select(Stop.kind, func.count()).where(_IN_FORCE).group_by(Stop.kind))
    return dict.fromkeys(KINDS, 0) | {kind: number for kind, number in rows}


def list_targets(s: ReadSession, scope: Scope, kind: str, after: str | None = None, limit: int = 50) -> Page[Target]:
    """Tasks, SKUs or brands that the caller may stop, the newest first. Auditors and managers."""
    require(scope, "auditor", "manager")
    checked_limit(limit)
    rows = s.scalars(_newest(scope, kind, after, limit)).all()
    page = page_of(rows, limit, lambda row: row.id)
    return Page(with_stops(s, scope, [_target(row) for row in page.items]), page.next)


def with_stops(s: ReadSession, scope: Scope, targets: Sequence[Target]) -> tuple[Target, ...]:
    """These targets of one kind with the stops in force that name them."""
    named = [each.target for each in targets]
    rows = s.scalars(select(Stop).where(_IN_FORCE, Stop.target.in_(named))).all()
    return tuple(
        Target(
            each.kind,
            each.target,
            each.brand_id,
            each.name,
            tuple(
                row.id
                for row in rows
                if (row.kind, row.target) == (each.kind, each.target) and row.brand_id in (None, each.brand_id)
            ),
        )
        for each in targets
    )


def _newest(scope: Scope, kind: str, after: str | None, limit: int) -> Select[Any]:
    statement: Select[Any]
    if kind == "task":
        row_id, statement = Task.id, select(Task)
    elif kind == "sku":
        row_id, statement = Product.id, select(Product)
    elif kind == "brand":
        row_id, statement = Organisation.id, select(Organisation).where(Organisation.kind == "brand")
        if scope.role != "admin":
            statement = statement.where(row_id == scope.brand_id)
    else:
        raise Invalid(
            "kind",
            f"{kind!r} cannot be listed: give task, sku or brand",
            f"{kind!r} 无法列出：请填写 task、sku 或 brand",
        )
    if after is not None:
        statement = statement.where(row_id < after)
    return statement.order_by(row_id.desc()).limit(limit + 1)


def _target(row: Task | Product | Organisation) -> Target:
    kind, target, brand_id = "brand", row.id, row.id
    if isinstance(row, Task):
        kind, brand_id = "task", row.brand_id
    elif isinstance(row, Product):
        kind, target, brand_id = "sku", row.code, row.brand_id
    return Target(kind, target, brand_id, text_of(row, "name"), ())


def _brand_of(s: ReadSession, scope: Scope, kind: str, target: str, brand_id: str | None) -> str | None:
    """The brand that a stop of this is of, None for all; Invalid and NotFound where there is no such thing to stop."""
    if kind == "task":
        return get_task(s, scope, target).task.brand_id
    if kind == "model":
        if not is_model(target):
            raise Invalid(
                "target",
                f"a model version is one of {', '.join(PARTS)}, a colon, its version: detector:3",
                f"模型版本写作 {'、'.join(PARTS)} 之一、冒号和版本号，例如 detector:3",
            )
        if brand_id is None and scope.role in WITHOUT_BRAND:
            return None
    elif kind not in KINDS:
        raise Invalid(
            "kind",
            f"{kind!r} cannot be stopped: give {', '.join(KINDS)}",
            f"{kind!r} 无法停止：请填写 {'、'.join(KINDS)}",
        )
    of_brand = managed_brand(scope, target if kind == "brand" else brand_id)
    is_brand = select(Organisation.id).where(Organisation.id == of_brand, Organisation.kind == "brand")
    found(s.scalar(is_brand), "this brand")
    if kind == "sku":
        found(s.scalar(select(Product.id).where(Product.brand_id == of_brand, Product.code == target)), "this SKU")
    return of_brand


def _is(brand_id: str | None) -> ColumnElement[bool]:
    return Stop.brand_id.is_(None) if brand_id is None else Stop.brand_id == brand_id


def _is_or_all(brand_id: str) -> ColumnElement[bool]:
    return or_(Stop.brand_id == brand_id, Stop.brand_id.is_(None))


def _reason(text: str) -> str:
    """On one line; Invalid where nothing is said, or too much."""
    reason = " ".join(text.split())
    if not 1 <= len(reason) <= REASON_CHARS_MAX:
        raise Invalid(
            "reason",
            f"say why, in 1 to {REASON_CHARS_MAX} characters: others will read it",
            f"请用 1 至 {REASON_CHARS_MAX} 个字符说明理由：他人会看到",
        )
    return reason


def _names(s: ReadSession, stops: Sequence[Stop]) -> dict[str, Text]:
    """Name of what each stop names, by the stop's id; the target itself where it has none."""
    targets = {row.target for row in stops}
    rows: list[Task | Product | Organisation] = [
        *s.scalars(select(Task).where(Task.id.in_(targets))),
        *s.scalars(select(Product).where(Product.code.in_(targets))),
        *s.scalars(select(Organisation).where(Organisation.id.in_(targets))),
    ]
    named = {(each.kind, each.brand_id, each.target): each.name for each in map(_target, rows)}
    return {row.id: named.get((row.kind, row.brand_id, row.target), Text(row.target, row.target)) for row in stops}
