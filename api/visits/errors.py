"""What can go wrong with visits, and the names of its fields, in both languages."""

from api.errors.codes import Kind, register_kinds
from api.errors.fields import register_fields

register_kinds({
    "clock": Kind(422, "Clock wrong", "The device's clock is wrong: set it to network time.",
                  "设备时间不正确，请校准为网络时间。"),
    "visit_ended": Kind(409, "Visit ended", "This visit has ended: check in again.", "本次拜访已结束，请重新签到。"),
})  # fmt: skip

register_fields({
    "lat": ("latitude", "纬度"),
    "lon": ("longitude", "经度"),
    "at": ("time", "时间"),
    "visit_id": ("visit", "拜访"),
})  # fmt: skip
