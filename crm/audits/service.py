"""Audits as the other layers use them."""

from crm.audits.deciding import decide_audit, give_to_person, record_reading, record_unreadable
from crm.audits.explaining import (
    AuditCard,
    Replay,
    decisions_since,
    explain,
    get_audit,
    last_decision_no,
    list_audits,
    places_of,
    replay,
)
from crm.audits.reviewing import Action, review, review_queue
from crm.audits.stopped import model_targets, reasons_told

__all__ = [
    "Action",
    "AuditCard",
    "Replay",
    "decide_audit",
    "decisions_since",
    "explain",
    "get_audit",
    "give_to_person",
    "last_decision_no",
    "list_audits",
    "model_targets",
    "places_of",
    "reasons_told",
    "record_reading",
    "record_unreadable",
    "replay",
    "review",
    "review_queue",
]
