"""The names of the fields of grants, in both languages."""

from api.errors.fields import register_fields

register_fields({
    "grant_id": ("grant", "授权"),
    "values": ("values", "取值"),
    "starts_on": ("first day", "开始日期"),
    "ends_on": ("last day", "结束日期"),
})  # fmt: skip
