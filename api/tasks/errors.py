"""What can go wrong with tasks and task claims, and the names of its fields, in both languages."""

from api.errors.codes import Kind, register_kinds
from api.errors.fields import register_fields

register_kinds({
    "claimed": Kind(409, "Claimed by another", "Another rep has claimed this task at this outlet: choose another.",
                    "该网点的此任务已被其他业务员领取，请选择其他网点。"),
    "claim_expired": Kind(409, "Claim expired", "The claim has expired: claim the task again.",
                          "任务领取已过期，请重新领取。"),
    "claim_not_active": Kind(409, "Claim not active", "The claim no longer holds: claim the task again.",
                             "任务领取已失效，请重新领取。"),
    "claim_done": Kind(409, "Claim rewarded", "This claim was rewarded and cannot be released.",
                       "该任务已发放奖励，不能放弃。"),
    "task_not_open": Kind(409, "Task not open", "This task is not open: choose another.",
                          "任务未开放，请选择其他任务。"),
    "task_over": Kind(409, "Task over", "This task is over: choose another.", "任务已结束，请选择其他任务。"),
    "display_above_limit": Kind(
        422, "Display above the limit", "The task does not reward so many displays of one outlet: use a lower number.",
        "超出该任务每个网点可奖励的陈列数，请使用较小的陈列序号。"),
})  # fmt: skip

register_fields({
    "description": ("description", "说明"),
    "period": ("period", "周期"),
    "starts_at": ("start", "开始时间"),
    "ends_at": ("end", "结束时间"),
    "claim_hours": ("hours of a claim", "领取有效小时数"),
    "rules": ("rules", "规则"),
    "displays_max": ("displays per outlet", "每网点陈列数"),
    "amount_fen": ("amount", "金额"),
    "task_id": ("task", "任务"),
})  # fmt: skip
