"""The page on which automatic pay is stopped, and opened again."""

TEXTS = {
    # stops
    "page_stops": ("Stops of automatic pay", "停止自动付款"),
    "nav_stops": ("Stops", "停付"),
    "nav_review": ("Review", "复核"),
    "stopped_now": ("Stopped", "已停止"),
    "stopped_none": ("Nothing is stopped.", "目前没有停止的项目。"),
    "stop_note": (
        "Where automatic pay is stopped, people alone decide; they may still pay by hand on the review page. "
        "What a stop has held stays with a person when it is opened again.",
        "停止自动付款后只由人工判定；仍可在复核页人工付款。重新开启后，已转人工的陈列仍由人工处理。",
    ),
    "stop_new": ("Stop automatic pay", "停止自动付款"),
    "stop_why_hint": (
        "Write it first, then one click stops. Auditors and managers read it.",
        "先填写理由，再点一下即停止。审核员和经理会看到。",
    ),
    "stop_find": ("Find", "查找"),
    "stop_brands": ("Brand", "品牌"),
    "stop_brand_hint": ("All displays of the brand.", "该品牌的全部陈列。"),
    "stop_tasks": ("Tasks", "任务"),
    "stop_task_hint": ("All displays of the task.", "该任务的全部陈列。"),
    "stop_skus": ("SKUs", "单品"),
    "stop_sku_hint": (
        "Displays whose task names the SKU, or on which a front may be it: also those that are cut off.",
        "任务条款提到该单品，或可能出现该单品的陈列（包括没拍全的）。",
    ),
    "stop_models": ("Model versions", "模型版本"),
    "stop_model_hint": ("All displays that this version has read.", "由该版本识别的全部陈列。"),
    "stop_brand": ("brand", "品牌"),
    "stop_task": ("task", "任务"),
    "stop_sku": ("SKU", "单品"),
    "stop_model": ("model", "模型"),
    "stop_all_brands": ("all brands", "所有品牌"),
    "stop": ("Stop", "停止"),
    "stopped": ("Stopped: {name}", "已停止：{name}"),
    "is_stopped": ("stopped", "已停止"),
    "stop_told": ("Stopped {time} by {by}.", "{time} 由 {by} 停止。"),
    "open_again": ("Open again", "重新开启"),
    "open_why": ("Why it may be opened", "重新开启的理由"),
    "open_by_manager": ("A manager opens it again.", "由经理重新开启。"),
    "open_by_admin": ("An admin opens it again: it holds for all brands.", "适用于所有品牌，由管理员重新开启。"),
    "open_told": ("Opened {time} by {by}.", "{time} 由 {by} 重新开启。"),
    "opened_again": ("Opened again: {name}", "已重新开启：{name}"),
    "stops_opened": ("Opened again", "已重新开启"),
    "stop_pay": ("Stop automatic pay", "停止自动付款"),
}
