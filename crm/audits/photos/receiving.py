"""The reception of photos."""

import unicodedata

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from crm.access.scope import Scope, found, require
from crm.access.session import unscoped
from crm.audits.photos.examining import Examined
from crm.audits.photos.tables import Audit, Photo
from crm.kernel.clock import utcnow
from crm.kernel.db import ReadSession, WriteSession
from crm.kernel.errors import Conflict, Invalid
from crm.kernel.numbers import checked_whole
from crm.people.tables import Organisation
from crm.storing.service import named
from crm.tasks import service as tasks
from crm.tasks.periods import period_key
from crm.tasks.tables import TaskClaim
from crm.visits.service import QUEUED_MAX, own_visit
from crm.visits.tables import Visit
from pipeline.numbers import whole_of

PHOTOS_OF_AN_AUDIT_MAX = 6


def receive_photo(
    s: WriteSession,
    scope: Scope,
    *,
    visit_id: str,
    claim_id: str,
    examined: Examined,
    idempotency_key: str,
    display: str = "1",
    photos_expected: int = 1,
    audit_id: str | None = None,
) -> Photo:
    """Take a photo of a display, whose bytes are in the store by now (`crm.storing`): its row waits for the workflow.

    The first photo makes the audit; others join it by `audit_id`, or by the same claim and display while
    photos are missing. `display` numbers the displays of the outlet from 1 to the `displays_max` of the claim's
    version: Invalid('display') otherwise. The same `idempotency_key` gives the first photo again, also when claim
    and visit have ended since; for another photo, task, outlet or display it is a Conflict. Raises Expired or Conflict
    for a claim or visit that does not hold, NotFound outside the scope.
    """
    require(scope, "rep")
    was_unnamed = named(s, examined.sha256)
    if not 1 <= len(idempotency_key) <= 80:
        raise Invalid("idempotency_key", "give an idempotency key of 1 to 80 characters", "幂等键须为 1 至 80 个字符")
    display = _display_number(display)
    # Photos of one claim come one after another: two that arrive together must not make two audits of one
    # display, and what is read below must not be older than the lock.
    s.execute(
        select(TaskClaim.id).where(TaskClaim.id == claim_id, TaskClaim.user_id == scope.user_id).with_for_update()
    )
    first = _photo_of_key(s, scope, idempotency_key, (examined.sha256, claim_id, display, audit_id))
    if first is not None:
        return first
    if not was_unnamed and not _is_kept(s, examined.sha256):
        raise _sent_again()  # its bytes are gone: a clock that was put ahead made an orphan of them
    claim = tasks.usable_claim(s, scope, claim_id)
    visit = own_visit(s, scope, visit_id)
    if visit.checked_out_at is not None or abs(utcnow() - visit.created_at) > QUEUED_MAX:
        raise Conflict("this visit has ended: check in again", "本次拜访已结束：请重新签到", code="visit_ended")
    if claim.outlet_id != visit.outlet_id:
        raise Invalid(
            "claim_id",
            "the claim is for another outlet than the one you are at",
            "领取的任务属于其他网点，不是当前网点",
        )
    photo = examined.row()
    photo.brand_id, photo.user_id, photo.idempotency_key = visit.brand_id, scope.user_id, idempotency_key
    audit = _audit_for(s, visit, claim, display, photos_expected, audit_id)
    photo.audit_id = audit.id
    audit.photos_received += 1
    if audit.photos_received == audit.photos_expected:
        audit.state = "reading"
    s.add(photo)
    try:
        s.flush()
    except IntegrityError as error:  # the key came twice at once, for two claims; the whole transaction ends here
        raise _sent_again() from error
    return photo


def _is_kept(s: ReadSession, sha256: str) -> bool:
    """Whether another photo names these bytes, so that they stay."""
    brands = select(Organisation.id).where(Organisation.kind == "brand")  # the index of hashes begins with the brand
    same = select(Photo.id).where(Photo.brand_id.in_(brands), Photo.sha256 == sha256)
    with unscoped("rows of all brands keep the bytes that they name").of(s):
        return s.scalar(same.limit(1)) is not None


def _sent_again() -> Conflict:
    return Conflict("this photo is being received: send it again", "照片正在接收：请重新发送", code="in_progress")


def _display_number(display: str) -> str:
    """One spelling for one number: a display is paid once, not once for '1', '01' and the full-width '１'.

    A number and no name, because names have no end: each new one would be a display to reward.
    """
    plain = unicodedata.normalize("NFKC", display).strip()
    number = whole_of(plain)
    if not number or len(plain) > 4:
        raise Invalid("display", "number the displays of an outlet 1, 2, 3 …", "网点的陈列请依次编号 1、2、3……")
    return str(number)


def _photo_of_key(s: ReadSession, scope: Scope, key: str, asked: tuple[str, str, str, str | None]) -> Photo | None:
    """The caller's photo with this key; Conflict if it is not the one `asked` for (SHA-256, claim, display, audit).

    The claim may be another one by now, as long as it is for the same task and outlet.
    """
    sha256, claim_id, display, audit_id = asked
    photo = s.scalar(select(Photo).where(Photo.user_id == scope.user_id, Photo.idempotency_key == key))
    if photo is None:
        return None
    audit = s.execute(
        select(Audit.id, Audit.display, Audit.task_id, Audit.outlet_id).where(Audit.id == photo.audit_id)
    ).one()
    claim = s.execute(select(TaskClaim.task_id, TaskClaim.outlet_id).where(TaskClaim.id == claim_id)).one_or_none()
    same = photo.sha256 == sha256 and (audit.display == display if audit_id is None else audit.id == audit_id)
    if not same or (claim is not None and tuple(claim) != (audit.task_id, audit.outlet_id)):
        raise Conflict(
            "this idempotency key was used for another photo: make a new one",
            "该幂等键已用于另一张照片：请生成新值",
            code="idempotency_key_reused",
        )
    return photo


def _audit_for(
    s: WriteSession, visit: Visit, claim: TaskClaim, display: str, photos_expected: int, audit_id: str | None
) -> Audit:
    """The audit that the photo belongs to, locked: the one named, one that waits for it, or a new one."""
    checked_whole("photos_expected", photos_expected, 1, PHOTOS_OF_AN_AUDIT_MAX)
    mine = select(Audit).where(Audit.claim_id == claim.id, Audit.visit_id == visit.id).with_for_update()
    if audit_id is not None:
        audit = found(s.scalar(mine.where(Audit.id == audit_id)), "this audit")
        if audit.state != "open":
            raise Conflict(
                "this audit has all its photos: start a new one", "本次检核照片已齐：请重新发起", code="audit_complete"
            )
        return audit
    waiting = mine.where(Audit.display == display, Audit.state == "open").order_by(Audit.id).limit(1)
    found_one = s.scalar(waiting)
    if found_one is not None:
        return found_one
    version, task = tasks.version_and_task(s, claim.task_version_id)
    if int(display) > version.displays_max:
        raise Invalid(
            "display",
            f"this task rewards at most {version.displays_max} of an outlet's displays: {display} is above that",
            f"该任务每个网点最多奖励 {version.displays_max} 个陈列：{display} 超出此数",
            code="display_above_limit",
        )
    audit = Audit(
        brand_id=visit.brand_id,
        user_id=visit.user_id,
        visit_id=visit.id,
        claim_id=claim.id,
        task_id=claim.task_id,
        task_version_id=claim.task_version_id,
        outlet_id=claim.outlet_id,
        display=display,
        period_key=period_key(task.period, visit.checked_in_at),
        photos_expected=photos_expected,
    )
    s.add(audit)
    s.flush()
    return audit
