"""A person confirms the fronts on which the payment of a newly enrolled SKU would rest, one by one."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from crm.access.scope import Role, Scope, found, require
from crm.audits.boxes import certainty_of
from crm.audits.decisions import as_read, decisions_of
from crm.audits.locking import lock_audit
from crm.audits.photos.tables import Audit
from crm.audits.tables import Decision, PhotoReading, ReviewItem, Shadow
from crm.audits.verdicts import verdict_for
from crm.catalog import service as catalog
from crm.kernel.db import ReadSession, WriteSession
from crm.kernel.errors import Conflict, Forbidden, Invalid
from crm.stops.order import after_decisions
from crm.tasks import service as tasks
from crm.trials import service as trials
from crm.trials.tables import TrialDisplay, TrialTick
from models.gallery import UNKNOWN
from pipeline.facts.merge import merge_facts
from pipeline.facts.trial import enrolled_fronts, facts_if

TICKERS: tuple[Role, ...] = ("auditor", "manager", "data")
OTHERS_SHOWN = 40  # fronts beside those with the name, among which a sister may stand
FrontKey = tuple[str, int]  # photo, and the number of the front among its detections


@dataclass(frozen=True)
class Front:
    """A front that a person is shown. asked: its name is one on which the payment rests, and it must be confirmed;
    others are shown since they may be a sister."""

    photo_id: str
    front: int
    sku: str
    asked: bool

    @property
    def key(self) -> FrontKey:
        """Which front it is."""
        return self.photo_id, self.front


@dataclass(frozen=True)
class OnTrial:
    """What a person must confirm of an audit. codes: the enrolled SKUs on which the payment would rest; shadow: the
    decision with their names believed; ticks: the last ones, None before."""

    codes: tuple[str, ...]
    shadow: Shadow
    fronts: tuple[Front, ...]
    ticks: TrialTick | None


def on_trial(s: ReadSession, scope: Scope, audit_id: str) -> OnTrial | None:
    """None where nothing is to be confirmed, or the caller is no reviewer. NotFound outside the caller's scope."""
    audit = _visible(s, scope, audit_id)
    return _on_trial(s, audit) if scope.role in (*TICKERS, "admin") else None


def _on_trial(s: ReadSession, audit: Audit) -> OnTrial | None:
    codes = s.scalars(select(TrialDisplay.code).where(TrialDisplay.audit_id == audit.id).order_by("code")).all()
    if not codes:
        return None
    statement = select(Shadow).join(Decision, Decision.id == Shadow.decision_id).where(Decision.audit_id == audit.id)
    shadow = s.scalars(statement).one()
    return OnTrial(tuple(codes), shadow, tuple(_fronts(s, audit, codes)), _last_tick(s, audit.id))


def tick(
    s: WriteSession, scope: Scope, audit_id: str, ticked: Collection[FrontKey], sisters: Collection[FrontKey]
) -> TrialTick:
    """Keep which of the fronts show the SKU that they are named after, and which show a sister of it: another SKU of
    the same brand. Every other front is not confirmed. Auditors, managers and data people, as long as the audit waits
    for review.

    Waits for the decisions that are being made: none of them pays on a trial that these ticks have closed after they
    are answered. The payment was right if the ticked fronts alone bear it. NotFound, Conflict('already_reviewed'),
    Conflict('not_on_trial'), Forbidden to who sent the photos, Invalid for fronts that are not among those shown.
    """
    require(scope, *TICKERS)
    _visible(s, scope, audit_id)
    audit = lock_audit(s, audit_id)
    if audit.user_id == scope.user_id:
        raise Forbidden("you sent these photos yourself: another person must review them", "照片由您提交：须由他人审核")
    item = s.get(ReviewItem, audit_id, with_for_update=True, populate_existing=True)
    if item is None or item.state != "open":
        raise Conflict(
            "this audit does not wait for review: somebody was first", "该检核已由他人处理", code="already_reviewed"
        )
    after_decisions(s, audit.brand_id)
    shown = _on_trial(s, audit)
    if shown is None:
        raise Conflict(
            "no newly enrolled SKU is to be confirmed on this display",
            "该陈列没有需要勾选确认的新录入单品",
            code="not_on_trial",
        )
    said = _said(shown, ticked, sisters)
    made = TrialTick(
        audit_id=audit.id,
        brand_id=audit.brand_id,
        fronts=[
            {"photo_id": each.photo_id, "front": each.front, "sku": each.sku, "is": said.get(each.key, "")}
            for each in shown.fronts
        ],
        is_right=_bears(s, audit, shown, said),
        sisters=_with_sister(s, audit, shown, said),
        ticked_by=scope.user_id,
    )
    s.add(made)
    s.flush()
    trials.settle(s, audit.id, scope.user_id)
    return made


def require_ticks(s: ReadSession, audit_id: str, action: str) -> None:
    """Conflict('ticks_missing') before a person has confirmed the fronts of an enrolled SKU, Conflict('ticks_against')
    for an approval where what was ticked does not bear the payment."""
    if s.scalar(select(TrialDisplay.code).where(TrialDisplay.audit_id == audit_id).limit(1)) is None:
        return
    last = _last_tick(s, audit_id)
    if last is None:
        raise Conflict(
            "tick the fronts of the newly enrolled SKU first, one by one",
            "请先逐个勾选新录入单品的排面",
            code="ticks_missing",
        )
    if action == "approve" and not last.is_right:
        raise Conflict(
            "the ticked fronts do not bear this payment: correct the numbers, or refuse",
            "已勾选的排面不足以支持发放：请修正数值或驳回",
            code="ticks_against",
        )


def box_of(s: ReadSession, scope: Scope, audit_id: str, photo_id: str, front: int) -> tuple[float, ...]:
    """Where a front that a person is shown lies: x1 y1 x2 y2 as shares of the photo's sides. NotFound for any other."""
    require(scope, *TICKERS)
    shown = on_trial(s, scope, audit_id)
    keys = {each.key for each in shown.fronts} if shown is not None else set()
    stored = s.get(PhotoReading, photo_id) if (photo_id, front) in keys else None
    reading = found(stored, "this front").reading
    sides = (reading["width"], reading["height"]) * 2
    return tuple(value / side for value, side in zip(reading["detections"][front]["box"], sides, strict=True))


def _fronts(s: ReadSession, audit: Audit, codes: Sequence[str]) -> Iterator[Front]:
    """Those with one of the names, then such as may be a sister: of the same brand, or of no name."""
    kin = frozenset().union(*(catalog.sisters(s, audit.brand_id, code) for code in codes))
    others: list[Front] = []
    for stored in _readings(s, audit.id):
        named = enrolled_fronts(stored.reading)
        for number, each in enumerate(stored.reading["detections"]):
            if each["sku"] is None or certainty_of(each) not in ("sure", "likely"):
                continue
            asked = named.get(number) in codes
            front = Front(stored.photo_id, number, each["sku"], asked)
            if asked:
                yield front
            elif each["sku"] in kin or each["sku"] == UNKNOWN:
                others.append(front)
    yield from sorted(others, key=lambda each: each.sku == UNKNOWN)[:OTHERS_SHOWN]


def _said(shown: OnTrial, ticked: Collection[FrontKey], sisters: Collection[FrontKey]) -> dict[FrontKey, str]:
    asked = {each.key for each in shown.fronts if each.asked}
    strange = {*ticked} - asked | {*sisters} - {each.key for each in shown.fronts}
    if strange:
        raise Invalid(
            "ticked",
            "only fronts that are shown can be ticked: open the audit again",
            "只能勾选所显示的排面：请重新打开该检核",
        )
    if {*ticked} & {*sisters}:
        raise Invalid(
            "sisters",
            "a front is the SKU or a sister of it, not both",
            "一个排面要么是该单品，要么是其姊妹单品，不能两者都是",
        )
    return dict.fromkeys(ticked, "it") | dict.fromkeys(sisters, "sister")


def _bears(s: ReadSession, audit: Audit, shown: OnTrial, said: Mapping[FrontKey, str]) -> bool:
    """Whether the same is paid with all fronts that were not confirmed taken for anything else."""
    decision = as_read(decisions_of(s, audit.id))
    version, _ = tasks.version_and_task(s, audit.task_version_id)
    rules = tasks.rules_of(version)
    if rules is None:
        return False
    denied: dict[str, list[int]] = {}
    for each in shown.fronts:
        if each.asked and said.get(each.key) != "it":
            denied.setdefault(each.photo_id, []).append(each.front)
    read = [(stored.photo_id, stored.reading) for stored in _readings(s, audit.id)]
    believed = {code for _, reading in read for code in enrolled_fronts(reading).values()}
    facts = merge_facts([facts_if(reading, believed, denied.get(photo_id, ())) for photo_id, reading in read])
    verdict = verdict_for("automatic", facts, decision.flags, rules, decision.names)
    would = shown.shadow.verdict
    return (verdict.outcome, verdict.amount_fen) == (would["outcome"], would["amount_fen"])


def _with_sister(s: ReadSession, audit: Audit, shown: OnTrial, said: Mapping[FrontKey, str]) -> list[str]:
    """The codes beside which a person has seen another SKU of the same brand: a front confirmed as one, or marked so.
    Of codes of several brands a mark does not say whose sister it is, and counts for none."""
    kin = {code: catalog.sisters(s, audit.brand_id, code) for code in shown.codes}
    of_one_brand = kin[shown.codes[0]] >= {*shown.codes[1:]}
    marked = of_one_brand and "sister" in said.values()
    confirmed = {each.sku for each in shown.fronts if said.get(each.key) == "it"}
    return [code for code in shown.codes if marked or confirmed & kin[code]]


def _visible(s: ReadSession, scope: Scope, audit_id: str) -> Audit:
    return found(s.scalar(select(Audit).where(Audit.id == audit_id)), "this audit")


def _readings(s: ReadSession, audit_id: str) -> list[PhotoReading]:
    rows = s.scalars(select(PhotoReading).where(PhotoReading.audit_id == audit_id).order_by(PhotoReading.photo_id))
    return [row for row in rows if row.reading]


def _last_tick(s: ReadSession, audit_id: str) -> TrialTick | None:
    """The last ticks since the audit was last opened: looked at again, its fronts are ticked again."""
    of_audit = select(TrialTick).where(TrialTick.audit_id == audit_id)
    opened = s.scalar(
        select(func.max(Decision.created_at)).where(Decision.audit_id == audit_id, Decision.kind == "reopen")
    )
    if opened is not None:
        of_audit = of_audit.where(TrialTick.created_at > opened)
    return s.scalar(of_audit.order_by(TrialTick.id.desc()).limit(1))
