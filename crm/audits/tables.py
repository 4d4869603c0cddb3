"""Readings, hash bands, decisions, the review queue, corrections."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    UniqueConstraint,
)
from sqlalchemy.orm import Mapped, mapped_column

from crm.access.policy import both, of_brand, own, register, through
from crm.kernel.clock import utcnow
from crm.kernel.db import Base
from crm.kernel.ids import new_id
from crm.kernel.triggers import append_only

THRESHOLDS_LENGTH = 40  # of their versions


class PhotoReading(Base):
    """What the pipeline saw on a photo, written once. `reading` is PhotoReading.as_dict() of pipeline.read;
    of a photo that could not be read it is empty and `flags` says why."""

    __tablename__ = "photo_reading"
    __table_args__ = (Index(None, "audit_id"), Index(None, "created_at"))

    photo_id: Mapped[str] = mapped_column(String(26), ForeignKey("photo.id"), primary_key=True)
    audit_id: Mapped[str] = mapped_column(String(26), ForeignKey("audit.id"))
    reading: Mapped[dict[str, Any]] = mapped_column()
    flags: Mapped[list[Any]] = mapped_column()
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class PhotoBand(Base):
    """One band of a photo's perceptual hash, and the quarter of the hash that it is of (`pipeline.intake.hash_bands`).
    Photos of a brand that share a band, or nearly, and most of its quarter are candidates for duplicates. All is in the
    key, so that its index tells them alone."""

    __tablename__ = "photo_band"
    __table_args__ = ({"sqlite_with_rowid": False},)

    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"), primary_key=True)
    band_no: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    value: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    quarter: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    photo_id: Mapped[str] = mapped_column(String(26), ForeignKey("photo.id"), primary_key=True)


class PhotoLikeness(Base):
    """What is kept of a read photo to know altered copies of it by: pipeline.intake.likeness.Likeness, packed."""

    __tablename__ = "photo_likeness"

    photo_id: Mapped[str] = mapped_column(String(26), ForeignKey("photo.id"), primary_key=True)
    data: Mapped[bytes] = mapped_column(LargeBinary)


class PhotoWord(Base):
    """One word of a photo's likeness. Photos of a brand that share words, or nearly, are candidates for altered
    copies."""

    __tablename__ = "photo_word"
    __table_args__ = ({"sqlite_with_rowid": False},)

    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"), primary_key=True)
    word: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    photo_id: Mapped[str] = mapped_column(String(26), ForeignKey("photo.id"), primary_key=True)


class PhotoUnsought(Base):
    """A photo that was read, or cannot be, and for which the archive is still to be looked through. The row commits
    with what the photo is known by, and is deleted with what was found (`crm.audits.duplicates`)."""

    __tablename__ = "photo_unsought"
    __table_args__ = (Index(None, "brand_id", "photo_id"),)

    photo_id: Mapped[str] = mapped_column(String(26), ForeignKey("photo.id"), primary_key=True)
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))


class Resemblance(Base):
    """The other photo for which a photo was flagged, and the flag's code."""

    __tablename__ = "resemblance"

    photo_id: Mapped[str] = mapped_column(String(26), ForeignKey("photo.id"), primary_key=True)
    other_id: Mapped[str] = mapped_column(String(26), ForeignKey("photo.id"))
    code: Mapped[str] = mapped_column(String(20))


class Decision(Base):
    """A decision on an audit; append-only, the one with the highest `seq` holds.

    `no` grows in the order of commit within a brand, so that a reader who remembers the last one misses
    none. `facts`, `flags` and `names` (of the SKUs in the rules) are what was decided on; with the rules of the
    version they give `verdict` again (replay). `outcome` and `amount_fen` are what came of it: an amount is
    zero where the display had been paid already, and that of a review is what approving would have paid.
    `kind` says who: automatic, or a person's approve, refuse, correct, reverse (an award is taken back), reopen (it
    waits for review again; `decided_by`, with `comment`). `entry_id` is what was posted with it.
    """

    __tablename__ = "decision"
    __table_args__ = (
        UniqueConstraint("audit_id", "seq"),
        CheckConstraint("outcome IN ('pass', 'refuse', 'review')", name="outcome"),
        CheckConstraint("kind IN ('automatic', 'approve', 'refuse', 'correct', 'reverse', 'reopen')", name="kind"),
        CheckConstraint("amount_fen >= 0", name="amount_fen"),
        Index(None, "user_id", "no"),
        Index(None, "brand_id", "no"),
    )

    no: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    id: Mapped[str] = mapped_column(String(26), unique=True, default=new_id)
    audit_id: Mapped[str] = mapped_column(String(26), ForeignKey("audit.id"))
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    user_id: Mapped[str] = mapped_column(String(26), ForeignKey("user_account.id"))
    task_version_id: Mapped[str] = mapped_column(String(26), ForeignKey("task_version.id"))
    seq: Mapped[int] = mapped_column()
    kind: Mapped[str] = mapped_column(String(10))
    outcome: Mapped[str] = mapped_column(String(10))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    reasons: Mapped[list[Any]] = mapped_column()
    verdict: Mapped[dict[str, Any]] = mapped_column()
    facts: Mapped[dict[str, Any]] = mapped_column()
    flags: Mapped[list[Any]] = mapped_column()
    names: Mapped[dict[str, Any]] = mapped_column()
    models: Mapped[dict[str, Any]] = mapped_column()
    thresholds: Mapped[str] = mapped_column(String(THRESHOLDS_LENGTH))
    entry_id: Mapped[str | None] = mapped_column(String(40))
    decided_by: Mapped[str | None] = mapped_column(String(26), ForeignKey("user_account.id"))
    comment: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class Shadow(Base):
    """What a decision would have been, were the names of all enrolled SKUs believed; append-only.

    `codes`: those on trial on which a payment would have rested. With the flags, names and rules of its decision
    `facts` give `verdict` again (replay).
    """

    __tablename__ = "shadow"

    decision_id: Mapped[str] = mapped_column(String(26), ForeignKey("decision.id"), primary_key=True)
    codes: Mapped[list[Any]] = mapped_column()
    facts: Mapped[dict[str, Any]] = mapped_column()
    verdict: Mapped[dict[str, Any]] = mapped_column()


class ReviewItem(Base):
    """An audit that waits for an auditor; `priority` is money × uncertainty, the highest first."""

    __tablename__ = "review_item"
    __table_args__ = (
        CheckConstraint("state IN ('open', 'done')", name="state"),
        Index(None, "state", "brand_id", "priority", "audit_id"),
        Index(None, "state", "priority", "audit_id"),
    )

    audit_id: Mapped[str] = mapped_column(String(26), ForeignKey("audit.id"), primary_key=True)
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    priority: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10), default="open")
    reasons: Mapped[list[Any]] = mapped_column()
    opened_at: Mapped[datetime] = mapped_column(default=utcnow)
    closed_at: Mapped[datetime | None] = mapped_column()
    closed_by: Mapped[str | None] = mapped_column(String(26), ForeignKey("user_account.id"))


class PendingReview(Base):
    """A reviewer's decision that can be undone until `due_at` and is then carried out; meanwhile its audit is in
    nobody's queue. `asked`: the fields of `reviewing.Asked`. `fault`: why it could not be carried out.
    `failed_at`: when it was first tried in vain, for a fault of ours."""

    __tablename__ = "pending_review"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'done', 'undone', 'failed')", name="state"),
        Index(None, "state", "due_at"),
        Index(None, "audit_id"),
        Index(None, "decided_by", "id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    audit_id: Mapped[str] = mapped_column(String(26), ForeignKey("audit.id"))
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    asked: Mapped[dict[str, Any]] = mapped_column()
    decided_by: Mapped[str] = mapped_column(String(26), ForeignKey("user_account.id"))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    fault: Mapped[str | None] = mapped_column(String(40))
    created_at: Mapped[datetime] = mapped_column()
    due_at: Mapped[datetime] = mapped_column()
    failed_at: Mapped[datetime | None] = mapped_column()


class Correction(Base):
    """A fact as an auditor put it right; kept for training and calibration."""

    __tablename__ = "correction"
    __table_args__ = (Index(None, "audit_id"), Index(None, "brand_id", "id"))

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    audit_id: Mapped[str] = mapped_column(String(26), ForeignKey("audit.id"))
    decision_id: Mapped[str] = mapped_column(String(26), ForeignKey("decision.id"))
    path: Mapped[str] = mapped_column(String(120))
    read: Mapped[dict[str, Any]] = mapped_column()
    value: Mapped[float] = mapped_column()
    corrected_by: Mapped[str] = mapped_column(String(26), ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class FlagDismissal(Base):
    """A flag of the whole photo that a person held not to count, with the decision that it was dismissed for."""

    __tablename__ = "flag_dismissal"
    __table_args__ = (Index(None, "audit_id"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    audit_id: Mapped[str] = mapped_column(String(26), ForeignKey("audit.id"))
    decision_id: Mapped[str] = mapped_column(String(26), ForeignKey("decision.id"))
    code: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str] = mapped_column(String(500))
    dismissed_by: Mapped[str] = mapped_column(String(26), ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class Proposal(Base):
    """What one person may not do alone, laid before a second one. `asked` is what is carried out once it is confirmed:
    the review, or nothing for a reversal. It holds as long as the decision with `seq` is the last one on the audit."""

    __tablename__ = "proposal"
    __table_args__ = (
        CheckConstraint("kind IN ('review', 'reversal')", name="kind"),
        CheckConstraint("amount_fen >= 0", name="amount_fen"),
        Index(None, "brand_id", "id"),
        Index(None, "audit_id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True, default=new_id)
    brand_id: Mapped[str] = mapped_column(String(26), ForeignKey("organisation.id"))
    audit_id: Mapped[str] = mapped_column(String(26), ForeignKey("audit.id"))
    seq: Mapped[int] = mapped_column()
    kind: Mapped[str] = mapped_column(String(10))
    amount_fen: Mapped[int] = mapped_column(BigInteger)
    reason: Mapped[str] = mapped_column(String(500))
    asked: Mapped[dict[str, Any]] = mapped_column()
    proposed_by: Mapped[str] = mapped_column(String(26), ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


class ProposalAnswer(Base):
    """What became of the proposal with this id: confirmed by another person, or declined, with the reason."""

    __tablename__ = "proposal_answer"
    __table_args__ = (CheckConstraint("answer IN ('confirmed', 'declined')", name="answer"),)

    id: Mapped[str] = mapped_column(String(26), ForeignKey("proposal.id"), primary_key=True)
    answer: Mapped[str] = mapped_column(String(10))
    reason: Mapped[str] = mapped_column(String(500), default="")
    answered_by: Mapped[str] = mapped_column(String(26), ForeignKey("user_account.id"))
    created_at: Mapped[datetime] = mapped_column(default=utcnow)


for _table in (Decision, Shadow, FlagDismissal, Proposal, ProposalAnswer):
    append_only(Base.metadata.tables[_table.__tablename__])

_of_photo, _of_audit = through("photo_id", "photo"), through("audit_id", "audit")
register(PhotoReading, rep=_of_photo, dealer=_of_photo, staff=_of_photo)
register(Decision, rep=own, dealer=_of_audit, staff=of_brand)
register(Shadow, staff=through("decision_id", "decision"))
register(ReviewItem, staff=of_brand)
register(PendingReview, rep=_of_audit, dealer=_of_audit, staff=of_brand)
register(FlagDismissal, rep=_of_audit, dealer=_of_audit, staff=of_brand)
_both_photos = both(_of_photo, through("other_id", "photo"))
register(Resemblance, rep=_both_photos, dealer=_both_photos, staff=_of_photo)
register(ProposalAnswer, staff=through("id", "proposal"))
register(Correction, staff=of_brand)
register(Proposal, staff=of_brand)
register(PhotoBand)  # by these photos of all reps are compared
register(PhotoLikeness)
register(PhotoWord)
register(PhotoUnsought)
