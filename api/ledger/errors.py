"""What can go wrong with money, in both languages."""

from api.errors.codes import Kind, register_kinds

register_kinds({
    "budget_exhausted": Kind(409, "Budget exhausted", "The task's budget does not suffice: have it filled first.",
                             "任务预算不足，请先补足预算。"),
    "overdrawn": Kind(409, "Overdrawn", "The account holds too little: add money first.", "账户余额不足，请先补足。"),
    "key_conflict": Kind(409, "Key used before", "This key was used for another posting: make a new one.",
                         "该键已用于另一笔记账，请生成新值。"),
    "already_reversed": Kind(409, "Already reversed", "This entry was reversed already.", "该笔记账已冲正。"),
    "is_reversal": Kind(409, "Is a reversal", "A reversal is not reversed: post a new entry instead.",
                        "冲正记录不能再冲正，请另行记账。"),
})  # fmt: skip
