"""The pages of signing in and of choosing a password."""

TEXTS = {
    "sign_in": ("Sign in", "登录"),
    "sign_out": ("Sign out", "退出"),
    "act_for": ("For", "品牌"),
    "act_for_choose": ("Choose", "切换"),
    "page_account": ("My account", "我的账户"),
    "account_no_pages": (
        "There are no pages for your role yet: what it may read is told over the API.",
        "您的角色暂无专用页面：可通过 API 读取您有权查看的数据。",
    ),
    "login": ("Name", "账号"),
    "password": ("Password", "密码"),
    "sign_in_failed": ("Name or password is wrong.", "账号或密码错误。"),
    "sign_in_busy": (
        "Very many are signing in just now. Try again in a few seconds.",
        "当前登录人数过多，请几秒后再试。",
    ),
    "no_admin": (
        "This installation has no admin yet. Its operator makes the first one with:",
        "本系统尚无管理员。请在服务器上运行以下命令添加首个管理员：",
    ),
    "session_ends": ("Your session ends in {left}.", "登录将在 {left}后失效。"),
    "session_stay": ("Stay signed in", "保持登录"),
    "session_last": (
        "Your session ends in {left} at the latest. You can then sign in again here; nothing is lost.",
        "登录最晚将在 {left}后失效，届时可在此页重新登录，内容不会丢失。",
    ),
    "session_seconds": ("{n} s", "{n} 秒"),
    "session_minutes": ("{n} min", "{n} 分钟"),
    "session_ended": ("Your session has ended", "登录已失效"),
    "session_kept": (
        "What you typed and chose is kept. Sign in again as {name} to go on.",
        "您填写和选择的内容已保留。请以 {name} 重新登录后继续。",
    ),
    "session_other": ("Sign in as somebody else", "以其他账号登录"),
    "choose_password": ("Choose your password", "设置密码"),
    "choose_password_invited": (
        "Welcome, {name}. Choose a password that only you know.",
        "{name}，欢迎使用。请设置只有您自己知道的密码。",
    ),
    "choose_password_forced": (
        "Somebody else set your present password. Choose one that only you know, then go on.",
        "您当前的密码由他人设置。请改为只有您自己知道的密码，然后继续。",
    ),
    "choose_password_done": ("Save and go on", "保存并继续"),
    "choose_password_busy": ("Saving…", "正在保存…"),
    "login_is": ("You sign in as", "登录账号"),
    "password_new": ("New password", "新密码"),
    "password_again": ("Once more", "再次输入"),
    "password_show": ("Show", "显示"),
    "password_hide": ("Hide", "隐藏"),
    "password_rule": (
        "{least} to {most} characters. Not one character again and again, nor your login, name or phone number.",
        "{least} 至 {most} 个字符，不能是重复的单个字符，也不能是账号、姓名或手机号。",
    ),
    "password_length": ("Give {least} to {most} characters.", "请输入 {least} 至 {most} 个字符。"),
    "password_differs": ("The two are not the same.", "两次输入不一致。"),
    "link_checking": ("Looking at your link…", "正在检查链接…"),
    "link_missing": (
        "This link is not complete. Open it again, or ask for a new one.",
        "链接不完整，请重新打开或索取新的链接。",
    ),
    "to_sign_in": ("To sign in", "去登录"),
    "once_more": ("Try again", "重试"),
}
