"""The rep's page: sending photos, and the wallet."""

TEXTS = {
    # rep: sending
    "new_photo": ("Check a display", "陈列检核"),
    "outlet": ("Outlet", "网点"),
    "choose_outlet": ("Choose an outlet", "请选择网点"),
    "task": ("Task", "任务"),
    "no_outlets": ("No outlet is assigned to you yet.", "尚未给您分配网点。"),
    "no_tasks": ("No task is open just now.", "目前没有进行中的任务。"),
    "task_until": ("until {date}", "截止 {date}"),
    "take_photo": ("Take or choose a photo", "拍照或选择照片"),
    "take_another": ("Choose another photo", "重新选择照片"),
    "photo_hint": (
        "Stand straight in front, take in the whole display, avoid glare.",
        "正对陈列，拍全整个货架，避免反光。",
    ),
    "preview_alt": ("The photo that you chose", "您选择的照片"),
    "send": ("Send for checking", "提交检核"),
    "need_outlet": ("Choose an outlet and a task first.", "请先选择网点和任务。"),
    "sending": ("Sending… {percent}%", "上传中… {percent}%"),
    "retrying": ("No connection. Trying again in {seconds} s…", "网络中断，{seconds} 秒后重试…"),
    "unfinished": (
        "Your last photo may not have arrived. Choose it again: it is counted once only.",
        "上一张照片可能未上传成功，请重新选择同一张照片，不会重复计算。",
    ),
    "waiting": ("Photo received. Reading the shelf…", "照片已收到，正在识别货架…"),
    "waiting_long": ("Still working. You may close this page: nothing is lost.", "仍在处理，可以关闭页面，不会丢失。"),
    "not_a_photo": ("This file cannot be opened as a photo.", "无法将此文件作为照片打开。"),
    # wallet
    "wallet": ("Wallet", "钱包"),
    "balance": ("Balance", "余额"),
    "statement": ("Statement", "明细"),
    "statement_empty": ("No postings yet.", "暂无明细。"),
    "more": ("Show more", "更多"),
    "kind_award": ("Display reward", "陈列奖励"),
    "kind_reversal": ("Taken back", "追回"),
    "kind_fund": ("Funding", "注资"),
    "kind_other": ("Posting", "记账"),
}
