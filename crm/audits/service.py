"""Audits as the other layers use them."""

from crm.audits.deciding import decide_audit, give_to_person
from crm.audits.duplicates import keep, look, seek, seek_all
from crm.audits.explaining import explain, ticks_told
from crm.audits.following import Followed, decisions_since, from_now_on, from_number
from crm.audits.listing import (
    AuditCard,
    get_audit,
    list_audits,
    tasks_and_outlets_of,
)
from crm.audits.pending import UNDO_S, carry_out_due, kept_reviews, lay, undo
from crm.audits.recording import record_reading, record_unreadable
from crm.audits.replaying import replay
from crm.audits.reversing import reopen, reverse
from crm.audits.reviewing import Asked, review, review_queue
from crm.audits.seconding import (
    confirm,
    decline,
    propose_reversal,
    propose_review,
    waiting_proposals,
)
from crm.audits.statement import wallet_statement
from crm.audits.stopped import model_targets, reasons_told
from crm.audits.ticking import box_of, tick

__all__ = [
    "UNDO_S",
    "Asked",
    "AuditCard",
    "Followed",
    "box_of",
    "carry_out_due",
    "confirm",
    "decide_audit",
    "decisions_since",
    "decline",
    "explain",
    "from_now_on",
    "from_number",
    "get_audit",
    "give_to_person",
    "keep",
    "kept_reviews",
    "lay",
    "list_audits",
    "look",
    "model_targets",
    "propose_reversal",
    "propose_review",
    "reasons_told",
    "record_reading",
    "record_unreadable",
    "reopen",
    "replay",
    "reverse",
    "review",
    "review_queue",
    "seek",
    "seek_all",
    "tasks_and_outlets_of",
    "tick",
    "ticks_told",
    "undo",
    "waiting_proposals",
    "wallet_statement",
]
