"""The names of the fields of audits, in both languages."""

from api.errors.fields import register_fields

register_fields({
    "audit_id": ("audit", "检核"),
})  # fmt: skip
