"""What can go wrong with reviews, proposals and reversals, and the names of its fields, in both languages."""

from api.errors.codes import Kind, register_kinds
from api.errors.fields import register_fields
from crm.audits.wording import text as audit_text


def _of_audits(status: int, title: str, code: str) -> Kind:
    """What a reason of `crm.audits` says, as a kind of problem."""
    reason = audit_text(code)
    return Kind(status, title, reason["en"], reason["zh"])


register_kinds({
    "facts_contradict": Kind(
        422, "Facts contradict", "These numbers contradict each other, or one that was not corrected: correct it too.",
        "修正值相互矛盾或与识别结果矛盾，请一并修正相关数值。"),
    "unknown_sku": Kind(
        422, "Unknown SKU", "The catalogue has no product with this code: enter it first, or correct the code.",
        "产品目录中没有该编码，请先录入产品或更正编码。"),
    "already_reviewed": Kind(409, "Already reviewed", "This audit does not wait for review: somebody was first.",
                             "该检核已由他人处理。"),
    "decided_meanwhile": Kind(409, "Decided meanwhile", "Another decision holds since you looked at it: reload.",
                              "您查看后已有新的判定，请刷新。"),
    "undo_over": Kind(409, "Too late to undo", "The time to undo this is over: it is decided.",
                      "已超过撤销时间，判定已生效。"),
    "flags_stand": Kind(
        409, "Flags stand", "Flags of the photo stand: dismiss each with a reason, or refuse.",
        "照片仍有未排除的疑点：请逐一填写理由排除，或驳回。"),
    "numbers_beyond_boxes": Kind(
        409, "Numbers beyond the boxes", "The photo's boxes show fewer: give these numbers again if they are right.",
        "修正值超出照片中的方框数：如确认无误，请再次填写这些数值。"),
    "second_person_needed": Kind(
        409, "Second person needed", "One person may not decide so large an amount: propose it to a second person.",
        "金额超出单人权限：请提交第二人确认。"),
    "second_person_not_needed": Kind(409, "No second person needed", "One person may decide this: do so.",
                                     "无需第二人确认，可直接处理。"),
    "proposed_already": Kind(
        409, "Proposed already", "A proposal waits here already: have it confirmed or declined first.",
        "已有待确认的提议，请先确认或拒绝。"),
    "proposal_over": Kind(
        409, "Proposal over",
        "This proposal was answered, the audit decided meanwhile, or who made it may not decide any more: reload.",
        "该提议已被处理、检核已另行判定，或提议人已无判定权限：请刷新。"),
    "nothing_to_reverse": Kind(
        409, "Nothing to take back", "No award of this audit stands: there is nothing to take back.",
        "该检核没有可追回的奖励。"),
    "not_reversed": Kind(
        409, "Nothing to reopen",
        "No award of this audit was taken back, nor did it pass unpaid: there is nothing to reopen.",
        "该检核的奖励未被追回，也没有通过而未付：无需重新复核。"),
    "wallet_too_low": Kind(
        409, "Wallet too low", "The rep's wallet holds less than this: nothing was taken back.",
        "业务员钱包余额不足，未追回任何金额。"),
    "rules_unreadable": Kind(
        409, "Rules unreadable",
        "The task's stored rules cannot be read: refuse with a reason, or have them restored.",
        "该任务的规则数据已损坏，无法读取：请填写原因驳回，或请管理员恢复规则后再审核。"),
    "nothing_read": _of_audits(422, "Nothing read", "nothing_read"),
    "estimates_fail": _of_audits(422, "Estimates fail", "estimates_fail"),
    "no_amount": _of_audits(422, "No amount", "no_amount"),
    "not_carried_out": _of_audits(409, "Not carried out", "not_carried_out"),
})  # fmt: skip

register_fields({
    "action": ("decision", "判定"),
    "facts": ("numbers", "数值"),
    "confirm": ("repeated numbers", "重复填写的数值"),
    "dismissals": ("dismissed flags", "排除的疑点"),
    "seq": ("number of the decision", "判定序号"),
    "pending_id": ("decision", "判定"),
    "proposal_id": ("proposal", "提议"),
})  # fmt: skip
