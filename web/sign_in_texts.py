"""The words of signing in and of choosing a password, in English and Chinese; part of `web.i18n`."""

SIGN_IN: dict[str, tuple[str, str]] = {
    "sign_in": ("Sign in", "登录"),
    "sign_out": ("Sign out", "退出"),
    "login": ("Name", "账号"),
    "password": ("Password", "密码"),
    "sign_in_failed": ("Name or password is wrong.", "账号或密码错误。"),
    "sign_in_too_often": ("Too many attempts. Wait a minute, then try again.", "尝试次数过多，请一分钟后再试。"),
    "sign_in_locked": (
        "Too many failed attempts. Wait 15 minutes, then try again.",
        "失败次数过多，请 15 分钟后再试。",
    ),
    "choose_password": ("Choose a password", "设置密码"),
    "choose_password_invited": (
        "You were invited. Choose the password that you will sign in with.",
        "您已受邀加入，请设置登录密码。",
    ),
    "choose_password_forced": (
        "Somebody else set your password. Choose one that only you know.",
        "您的密码由他人设置，请改为只有您知道的密码。",
    ),
    "choose_password_done": ("Save and go on", "保存并继续"),
    "password_new": ("New password", "新密码"),
    "password_again": ("Once more", "再次输入"),
    "password_show": ("Show", "显示密码"),
    "password_rule": (
        "8 characters or more; not your login, name or phone number.",
        "至少 8 个字符，不能是账号、姓名或手机号。",
    ),
    "password_differs": ("The two are not the same. Type them again.", "两次输入不一致，请重新输入。"),
    "link_missing": (
        "This link is not complete. Open it again, or ask for a new one.",
        "链接不完整，请重新打开或索取新的链接。",
    ),
    "no_users": (
        "Nobody can sign in to this installation yet. Its operator makes the first admin with: {command}",
        "本系统尚无用户。请管理人员运行以下命令添加首个管理员：{command}",
    ),
}
