"""The kinds of problems that the API tells: from code to status, title and general texts in both languages."""

from dataclasses import dataclass

from crm.audits.rules import text as audit_text
from crm.people.accounts import FIRST_ADMIN


@dataclass(frozen=True)
class Kind:
    """A kind of problem: HTTP status, title (English, the same each time), general details in both languages."""

    status: int
    title: str
    en: str
    zh: str


def _of_audits(status: int, title: str, code: str) -> Kind:
    """What a reason of `crm.audits` says, as a kind of problem."""
    reason = audit_text(code)
    return Kind(status, title, reason["en"], reason["zh"])


KINDS: dict[str, Kind] = {
    # the edge
    "bad_request": Kind(400, "Bad request", "The request cannot be read.", "无法读取请求。"),
    "bad_json": Kind(400, "Bad JSON", "The body is no JSON: send application/json.",
                     "请求体不是有效的 JSON：请发送 application/json。"),
    "bad_form": Kind(400, "Bad form", "The form data cannot be read: send multipart/form-data.",
                     "无法读取表单：请使用 multipart/form-data。"),
    "idempotency_key_missing": Kind(
        400, "Idempotency-Key missing", "Send a header Idempotency-Key of 8 to 64 characters, new for each photo.",
        "缺少 Idempotency-Key 请求头（8 至 64 个字符，每张照片一个新值）。"),
    "idempotency_key_invalid": Kind(
        400, "Idempotency-Key invalid", "Idempotency-Key must have 8 to 64 printable ASCII characters, no spaces.",
        "Idempotency-Key 须为 8 至 64 个可打印 ASCII 字符，不含空格。"),
    "file_missing": Kind(422, "Photo missing", "The form has no file in its field `file`.",
                         "表单中缺少 file 字段的照片。"),
    "file_unnamed": Kind(
        422, "Photo not sent as a file", "Send the part `file` as a file: with `filename`, not as text or `filename*`.",
        "请将 file 部分作为文件发送：带 filename，而非文本或 filename*。"),
    "file_unexpected": Kind(
        422, "File in another field", "Only the field `file` takes a file: send the others as text.",
        "只有 file 字段可为文件，其余字段请以文本发送。"),
    "field_repeated": Kind(422, "Field given twice", "Give each field of the form once.",
                           "表单中每个字段只能出现一次。"),
    "not_signed_in": Kind(401, "Not signed in", "Sign in first.", "请先登录。"),
    "unauthenticated": Kind(401, "Not authenticated", "Login and password do not match, or were closed.",
                            "账号或密码错误，或账号已停用。"),
    "session_expired": Kind(401, "Session expired", "Sign in again.", "登录已过期，请重新登录。"),
    "forbidden": Kind(403, "Not allowed", "Your role does not allow this.", "您的角色无权执行此操作。"),
    "demo_at_home": Kind(
        403, "A demo", "This is a demo, whose passwords anybody knows: open it on its own machine, without a proxy.",
        "这是演示环境，密码众所周知：请在运行它的机器上直接打开，不要经过代理。"),
    "foreign_origin": Kind(403, "Foreign origin", "The request comes from another site.", "请求来自其他网站。"),
    "not_found": Kind(404, "Not found", "There is nothing here, or it is not yours to see.",
                      "不存在，或您无权查看。"),
    "method_not_allowed": Kind(405, "Method not allowed", "This address does not take that method.",
                               "此地址不支持该请求方法。"),
    "body_timeout": Kind(408, "Upload too slow", "The upload took too long: try again.", "上传超时，请重试。"),
    "conflict": Kind(409, "Conflict", "This does not fit the present state.", "与当前状态冲突。"),
    "not_ready": Kind(409, "Not ready", "The photo is still being read: try again in a second.",
                      "照片仍在识别，请稍后再试。"),
    "expired": Kind(409, "Expired", "The time for this is over.", "已过期。"),
    # the domain: codes of crm that say more than their class
    "taken": Kind(422, "Taken", "This value is taken: choose another.", "该值已被占用，请更换。"),
    "clock": Kind(422, "Clock wrong", "The device's clock is wrong: set it to network time.",
                  "设备时间不正确，请校准为网络时间。"),
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
    "visit_ended": Kind(409, "Visit ended", "This visit has ended: check in again.", "本次拜访已结束，请重新签到。"),
    "display_above_limit": Kind(
        422, "Display above the limit", "The task does not reward so many displays of one outlet: use a lower number.",
        "超出该任务每个门店可奖励的陈列数，请使用较小的陈列序号。"),
    "facts_contradict": Kind(
        422, "Facts contradict", "These numbers contradict each other, or one that was not corrected: correct it too.",
        "修正值相互矛盾或与识别结果矛盾，请一并修正相关数值。"),
    "unknown_sku": Kind(
        422, "Unknown SKU", "The catalogue has no product with this code: enter it first, or correct the code.",
        "产品目录中没有该编码，请先录入产品或更正编码。"),
    "audit_complete": Kind(409, "Audit complete", "This audit has all its photos: start a new one.",
                           "本次检核照片已齐，请重新发起。"),
    "idempotency_key_reused": Kind(
        409, "Idempotency-Key reused", "This Idempotency-Key was used for another photo: make a new one.",
        "该 Idempotency-Key 已用于另一张照片，请生成新值。"),
    "in_progress": Kind(409, "In progress", "This photo is being received: send it again.",
                        "照片正在接收，请重新发送。"),
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
    "ticks_missing": Kind(409, "Ticks missing", "Tick the fronts of the newly enrolled SKU first, one by one.",
                          "请先逐个勾选新录入单品的排面。"),
    "ticks_against": Kind(
        409, "Ticks against it", "The ticked fronts do not bear this payment: correct the numbers, or refuse.",
        "已勾选的排面不足以支持发放：请修正数值或驳回。"),
    "not_on_trial": Kind(409, "Not on trial", "No newly enrolled SKU is to be confirmed on this display.",
                         "该陈列没有需要勾选确认的新录入单品。"),
    "password_length": Kind(422, "Password too short or long", "A password has 8 to 200 characters.",
                            "密码长度须为 8 至 200 个字符。"),
    "password_weak": Kind(
        422, "Password easily guessed",
        "One character again and again, a login, a name or a phone number is no password: choose another.",
        "密码不能是重复的单个字符，也不能是登录名、姓名或手机号，请另选。"),
    "password_same": Kind(422, "Password unchanged", "This is the present password: choose another.",
                          "新密码与当前密码相同，请另选。"),
    "wrong_password": Kind(401, "Wrong password", "This is not your present password: check it and try again.",
                           "当前密码不正确，请核对后重试。"),
    "password_change_needed": Kind(403, "Password to be changed", "Somebody else knows your password: change it first.",
                                   "您的密码由他人设置，请先修改密码。"),
    "link_unknown": Kind(404, "Link not valid", "This link is not valid: ask for a new one.",
                         "链接无效，请索取新的链接。"),
    "link_used": Kind(409, "Link used", "This link was used already: sign in, or ask for a new one.",
                      "链接已使用：请直接登录，或索取新的链接。"),
    "link_expired": Kind(409, "Link no longer valid", "This link is no longer valid: ask for a new one.",
                         "链接已失效，请索取新的链接。"),
    "no_admin": Kind(503, "No admin yet", f"There is no admin yet. Make the first admin: run {FIRST_ADMIN}",
                     f"尚无管理员。请运行以下命令添加首个管理员：{FIRST_ADMIN}"),
    "account_closed": Kind(422, "Account closed", "This account is closed: reopen it first.",
                           "该账户已停用，请先重新启用。"),
    "own_account": Kind(409, "Own account", "Nobody changes his own role or closes himself: ask another admin.",
                        "不能修改自己的角色或停用自己，请由其他管理员操作。"),
    "last_admin": Kind(409, "Last admin", "This is the last admin: make another one first.",
                       "这是最后一个管理员，请先添加另一个管理员。"),
    "budget_exhausted": Kind(409, "Budget exhausted", "The task's budget does not suffice: have it filled first.",
                             "任务预算不足，请先补足预算。"),
    "overdrawn": Kind(409, "Overdrawn", "The account holds too little: add money first.", "账户余额不足，请先补足。"),
    "key_conflict": Kind(409, "Key used before", "This key was used for another posting: make a new one.",
                         "该键已用于另一笔记账，请生成新值。"),
    "already_reversed": Kind(409, "Already reversed", "This entry was reversed already.", "该笔记账已冲正。"),
    "is_reversal": Kind(409, "Is a reversal", "A reversal is not reversed: post a new entry instead.",
                        "冲正记录不能再冲正，请另行记账。"),
    "not_enrolled": Kind(409, "Not enrolled", "This SKU was not enrolled: its photos were read with it already.",
                         "该商品未通过参考图录入，历史照片已按其识别。"),
    "photo_gone": Kind(404, "Photo gone", "The photo is no longer in the store.", "照片已不在存储中。"),
    "photo_damaged": Kind(404, "Photo damaged in the store", "The stored photo is damaged.", "存储中的照片已损坏。"),
    # photos: the codes of pipeline.intake.decode.PhotoError
    "not_an_image": Kind(415, "Not a photo", "The file is not a photo: send JPEG, PNG or WebP.",
                         "文件不是照片，请上传 JPEG、PNG 或 WebP。"),
    "unsupported": Kind(415, "Unsupported photo format", "This photo format is not supported: send JPEG, PNG or WebP.",
                        "不支持此照片格式，请上传 JPEG、PNG 或 WebP。"),
    "animated": Kind(415, "Animated picture", "Animated pictures are not supported: send a still photo.",
                     "不支持动图，请上传静态照片。"),
    "too_large": Kind(413, "Photo too large", "The photo has more than 15 MB: lower the resolution.",
                      "照片超过 15 MB，请降低分辨率。"),
    "too_many_pixels": Kind(422, "Too many pixels", "The photo has too many pixels: lower the resolution.",
                            "照片像素过多，请降低分辨率。"),
    "too_small": Kind(422, "Photo too small", "The photo is too small to read: go nearer or raise the resolution.",
                      "照片过小，无法识别，请提高分辨率。"),
    "truncated": Kind(422, "Photo cut off", "Part of the photo is missing: send it again, or take it again.",
                      "照片数据不完整，请重新上传；若仍不成功，请重新拍摄。"),
    "undecodable": Kind(422, "Photo damaged", "The photo cannot be decoded: take it again.",
                        "照片已损坏，请重新拍摄。"),
    "body_too_large": Kind(413, "Body too large", "The request is larger than allowed.", "请求体过大。"),
    "unsupported_media_type": Kind(415, "Unsupported media type", "This type of content is not accepted.",
                                   "不支持此内容类型。"),
    "body_unexpected": Kind(422, "No body expected", "This address takes no body: send none.",
                            "此地址不接受请求体，请勿发送。"),
    "invalid": Kind(422, "Invalid input", "Some fields are missing or wrong.", "部分字段缺失或有误。"),
    "locked": Kind(429, "Too many wrong tries", "Too many wrong tries: wait as long as Retry-After says.",
                   "错误次数过多，请按 Retry-After 稍后再试。"),
    "too_many_sign_ins": Kind(503, "Many sign in", "Very many are signing in just now: try again in a few seconds.",
                              "当前登录人数过多，请几秒后再试。"),
    "too_many_requests": Kind(429, "Too many requests", "Too many requests: wait a little.",
                              "请求过于频繁，请稍候。"),
    "metrics_closed": Kind(401, "Metrics closed", "Metrics are read on this machine, or with SHELFPROOF_METRICS_TOKEN.",
                           "指标只能在本机读取，或使用 SHELFPROOF_METRICS_TOKEN。"),
    "internal": Kind(500, "Internal error", "Something went wrong here. Nothing was lost: try again.",
                     "服务器出错，数据未丢失，请重试。"),
    "unavailable": Kind(503, "Unavailable", "The service is not available just now: try again in a few seconds.",
                        "服务暂不可用，请稍后重试。"),
}  # fmt: skip
