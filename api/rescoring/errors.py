"""What can go wrong with rescorings, and the names of its fields, in both languages."""

from api.errors.codes import Kind, register_kinds
from api.errors.fields import register_fields

register_kinds({
    "not_enrolled": Kind(409, "Not enrolled", "This SKU was not enrolled: its photos were read with it already.",
                         "该商品未通过参考图录入，历史照片已按其识别。"),
})  # fmt: skip

register_fields({
    "days": ("days", "天数"),
    "rescore_id": ("rescoring", "重新识别"),
})  # fmt: skip
