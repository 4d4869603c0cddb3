"""What can go wrong with trials, and the names of its fields, in both languages."""

from api.errors.codes import Kind, register_kinds
from api.errors.fields import register_fields

register_kinds({
    "ticks_missing": Kind(409, "Ticks missing", "Tick the fronts of the newly enrolled SKU first, one by one.",
                          "请先逐个勾选新录入单品的排面。"),
    "ticks_against": Kind(
        409, "Ticks against it", "The ticked fronts do not bear this payment: correct the numbers, or refuse.",
        "已勾选的排面不足以支持发放：请修正数值或驳回。"),
    "not_on_trial": Kind(409, "Not on trial", "No newly enrolled SKU is to be confirmed on this display.",
                         "该陈列没有需要勾选确认的新录入单品。"),
})  # fmt: skip

register_fields({
    "front": ("front", "排面"),
    "ticked": ("ticked fronts", "勾选的排面"),
    "sisters": ("fronts of sisters", "姊妹单品的排面"),
})  # fmt: skip
