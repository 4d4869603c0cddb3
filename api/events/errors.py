"""The names of the fields of the stream of events, in both languages."""

from api.errors.fields import register_fields

register_fields({
    "last-event-id": ("Last-Event-ID", "Last-Event-ID"),
})  # fmt: skip
