"""Stops at work: they hold displays for a person, and the auditor is told which and why."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import select

from crm.access.scope import WITHOUT_NAMES, Scope, require
from crm.access.session import unscoped
from crm.audits.photos.tables import Audit
from crm.audits.tables import Decision
from crm.audits.told import ReasonTold
from crm.audits.wording import Flag, text
from crm.kernel.db import ReadSession
from crm.stops import service as stops
from crm.stops.service import Target
from crm.stops.tables import Stop
from crm.stops.targets import concerns, model_names
from crm.tasks.tables import TaskVersion
from pipeline.texts import Text

_DECISIONS_LOOKED_AT = 500

_NEUTRAL = ("stopped", "on_trial", "trial_sample")  # who read which it is could tell when nobody looks

_WHAT = {
    "task": ("the task {}", "任务“{}”"),
    "sku": ("the SKU {}", "单品“{}”"),
    "model": ("the model version {}", "模型版本 {}"),
    "brand": ("the brand {}", "品牌“{}”"),
}


def stop_reasons(
    s: ReadSession, audit: Audit, version: TaskVersion, readings: Sequence[Mapping[str, Any]]
) -> list[Flag]:
    """'stopped', once, with the ids of the `stops` in force that concern a display; `readings` as stored, of its
    photos."""
    concerning = [
        row.id
        for row in stops.in_force(s, audit.brand_id)
        if concerns(row.kind, row.target, audit.task_id, version.rules, readings)
    ]
    return [{**text("stopped"), "stops": concerning}] if concerning else []


def reasons_told(s: ReadSession, scope: Scope, many: Sequence[Sequence[Flag]]) -> list[tuple[ReasonTold, ...]]:
    """The reasons of several decisions as the caller may read them: for a rep a stop, a trial and its sample are
    'a person looks', once; for others a stop is what was stopped, by whom and why, a reason for each."""
    ids = {stop_id for reasons in many for reason in reasons for stop_id in reason.get("stops", ())}
    cards: dict[str, Flag] = {}
    if ids and scope.role not in WITHOUT_NAMES:
        rows = s.scalars(select(Stop).where(Stop.id.in_(ids))).all()
        cards = {card.stop.id: _told(card) for card in stops.cards(s, rows)}

    def told(reason: Flag) -> list[Flag]:
        return [cards[stop_id] for stop_id in reason["stops"]] if "stops" in reason else [reason]

    shown = (
        _for_rep(reasons) if scope.role in WITHOUT_NAMES else [each for reason in reasons for each in told(reason)]
        for reasons in many
    )
    return [tuple(ReasonTold.of(each) for each in reasons) for reasons in shown]


def model_targets(s: ReadSession, scope: Scope) -> tuple[Target, ...]:
    """The model versions that read the displays of the last decisions, the newest first. Auditors, managers and
    operators."""
    require(scope, "auditor", "manager", "operator")
    last = select(Decision.models).order_by(Decision.no.desc()).limit(_DECISIONS_LOOKED_AT)
    if scope.role == "operator":
        with unscoped("which versions read is told an operator, of what they read nothing").of(s):
            read = s.scalars(last).all()
    else:
        read = s.scalars(last).all()
    names = dict.fromkeys(name for models in read for name in model_names(models))
    return stops.with_stops(s, scope, [Target("model", name, scope.brand_id, Text(name, name), ()) for name in names])


def _for_rep(reasons: Sequence[Flag]) -> list[Flag]:
    others = [reason for reason in reasons if reason["code"] not in _NEUTRAL]
    return [text("stopped"), *others] if len(others) < len(reasons) else others


def _told(card: stops.StopCard) -> Flag:
    english, chinese = _WHAT[card.stop.kind]
    return {
        "code": "stopped",
        "en": f"Automatic pay of {english.format(card.name.en)} was stopped by {card.by}: {card.stop.reason}. "
        "A person decides; paying by hand is possible.",
        "zh": f"{card.by} 已停止{chinese.format(card.name.zh)}的自动付款：{card.stop.reason}。"
        "由人工判定，仍可人工付款。",
        "stop": card.stop.id,
    }
