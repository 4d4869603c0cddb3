"""The names of the fields of stops, in both languages."""

from api.errors.fields import register_fields

register_fields({
    "target": ("what is stopped", "停止对象"),
    "opened": ("opened again", "已重新开启"),
    "stop_id": ("stop", "停止"),
})  # fmt: skip
