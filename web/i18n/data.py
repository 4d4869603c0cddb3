"""The page of products, and where their trials stand."""

TEXTS = {
    # SKUs
    "page_skus": ("Products", "单品"),
    "nav_skus": ("Products", "单品"),
    "sku_find": ("Find by name, code or brand", "按名称、编码或品牌查找"),
    "sku_state": ("Pays without a person", "自动发放状态"),
    "sku_all": ("all", "全部"),
    "trial_state_trial": ("on trial", "试用中"),
    "trial_state_open": ("open", "已开通"),
    "trial_state_closed": ("closed", "已关闭"),
    "trial_state_spent": ("stays closed", "不再开通"),
    "trial_state_shipped": ("exempt", "免试用"),
    "sku_none": ("No product here.", "没有符合条件的单品。"),
    "sku_pick": ("Choose a product from the list.", "请从列表中选择单品。"),
    "sku_enrolled": ("{pictures} pictures, enrolled {time}", "{pictures} 张参考图，录入于 {time}"),
    "sku_exempt": (
        "Of the shipped gallery: its names pay without a trial, since their proof was made on displays of known truth "
        "(docs/certainty.md, python -m training.risk).",
        "随附识别库中的单品：已在真值已知的陈列上证明（docs/certainty.md，python -m training.risk），无需试用。",
    ),
    "sku_displays": ("Displays ticked, until the next look", "已勾选陈列，距下次检验"),
    "sku_sisters": ("Of them with a sister", "其中含姊妹单品"),
    "sku_wrong": ("Wrong", "错误"),
    "sku_waiting": ("Wait for a person", "待人工勾选"),
    "sku_bound": ("Wrong payments, at most", "错误发放率上限"),
    "sku_look": ("Next look", "下次检验"),
    "sku_look_is": ("at {displays} displays, {wrong} wrong at most", "满 {displays} 个陈列，至多错 {wrong} 个"),
    "sku_changes": ("Opened and closed", "开通与关闭记录"),
    "sku_counts": (
        "{displays} displays, {wrong} wrong, {with_sister} with a sister",
        "{displays} 个陈列，错 {wrong} 个，含姊妹 {with_sister} 个",
    ),
    "sku_warnings": ("What is doubtful about it", "录入提示"),
}
