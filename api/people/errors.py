"""What can go wrong with people and their accounts, and the names of its fields, in both languages."""

from api.errors.codes import Kind, register_kinds
from api.errors.fields import register_fields
from crm.people.accounts import FIRST_ADMIN

register_kinds({
    "unauthenticated": Kind(401, "Not authenticated", "Login and password do not match, or were closed.",
                            "账号或密码错误，或账号已停用。"),
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
    "last_brand": Kind(409, "Last brand", "The account serves no other brand: close the account instead.",
                       "该账户只服务于此品牌：请停用账户。"),
    "last_admin": Kind(409, "Last admin", "This is the last admin: make another one first.",
                       "这是最后一个管理员，请先添加另一个管理员。"),
    "locked": Kind(429, "Too many wrong tries", "Too many wrong tries: wait as long as Retry-After says.",
                   "错误次数过多，请按 Retry-After 稍后再试。"),
})  # fmt: skip

register_fields({
    "phone": ("phone number", "手机号"),
    "role": ("role", "角色"),
    "dealer_id": ("dealer", "经销商"),
    "active": ("open or closed", "启用状态"),
    "token": ("link", "链接"),
    "user_id": ("user", "用户"),
    "old": ("present password", "当前密码"),
    "login": ("login", "账号"),
    "password": ("password", "密码"),
    "on": ("switch", "开关"),
})  # fmt: skip
