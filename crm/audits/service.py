"""Audits as the other layers use them."""

from crm.audits.deciding import decide_audit, give_to_person
from crm.audits.explaining import (
    AuditCard,
    Replay,
    causes_of,
    explain,
    get_audit,
    list_audits,
    places_of,
    replay,
)
from crm.audits.following import Followed, decisions_since, from_now_on, from_number
from crm.audits.pending import UNDO_S, carry_out_due, kept_reviews, lay, undo
from crm.audits.recording import record_reading, record_unreadable
from crm.audits.reversing import reopen, reverse
from crm.audits.reviewing import Action, Asked, review, review_queue
from crm.audits.seconding import (
    ProposalCard,
    confirm,
    decline,
    proposals_of,
    propose_reversal,
    propose_review,
    waiting_proposals,
)
from crm.audits.stopped import model_targets, reasons_told
from crm.audits.ticking import OnTrial, box_of, on_trial, tick

__all__ = [
    "UNDO_S",
    "Action",
    "Asked",
    "AuditCard",
    "Followed",
    "OnTrial",
    "ProposalCard",
    "Replay",
    "box_of",
    "carry_out_due",
    "causes_of",
    "confirm",
    "decide_audit",
    "decisions_since",
    "decline",
    "explain",
    "from_now_on",
    "from_number",
    "get_audit",
    "give_to_person",
    "kept_reviews",
    "lay",
    "list_audits",
    "model_targets",
    "on_trial",
    "places_of",
    "proposals_of",
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
    "tick",
    "undo",
    "waiting_proposals",
]
