"""What crm itself says of a photo or a decision, as flags and reasons: a code, and a line in both languages."""

from collections.abc import Mapping, Sequence
from typing import Any

from crm.outlets.positions import GEOFENCE_M
from pipeline.rules.expression import paths_read
from pipeline.rules.wording import yuan
from pipeline.texts import Said
from pipeline.vocabulary import Names, label

Flag = dict[str, Any]

_TEXTS = {
    "far_from_outlet": (
        f"The photo or the check-in is more than {GEOFENCE_M:.0f} m from the outlet: take it at the outlet.",
        f"照片或签到位置距网点超过 {GEOFENCE_M:.0f} 米：请到店拍摄。",
    ),
    "no_location": (
        "The check-in has no position: switch the device's location on before you check in.",
        "签到没有定位信息：请先开启设备定位再签到。",
    ),
    "clock": (
        "The photo's time is ahead of ours or more than 48 hours old: set the phone's clock, take it again.",
        "照片时间超前或早于 48 小时：请校准手机时间后重拍。",
    ),
    "unreadable": ("The photo could not be read: take it again.", "照片无法读取：请重拍。"),
    "unreadable_here": (
        "Our service failed on this photo again and again, and not on others: a person looks at it.",
        "系统多次处理此照片失败（其他照片正常）：转人工查看。",
    ),
    "undecided_here": (
        "Our service failed to decide this display again and again: a person looks at it.",
        "系统多次判定此陈列失败：转人工查看。",
    ),
    "photo_gone": (
        "The file of the photo is missing in our store: a person looks at it, unless it is restored before.",
        "照片文件在存储中缺失：转人工查看；若文件先行恢复，将自动重新识别。",
    ),
    "photo_damaged": (
        "The file of the photo is damaged in our store: a person looks at it, unless it is restored before.",
        "照片文件在存储中已损坏：转人工查看；若文件先行恢复，将自动重新识别。",
    ),
    "not_drawn": ("No picture could be drawn; the photo itself is shown.", "无法绘制标注图，此处显示照片本身。"),
    "no_picture": (
        "No picture could be made of this photo, nor can it be shown.",
        "无法为此照片生成图片，也无法显示。",
    ),
    "further_display": (
        "Another display of this outlet was sent for this task in this period: a person checks that this is not the "
        "same one.",
        "本期该网点在此任务下已提交过其他陈列：需人工确认不是同一陈列。",
    ),
    "on_trial": (
        "The payment rests on a newly enrolled SKU that is on trial: a person confirms its fronts first.",
        "奖励取决于试用期内的新录入单品：须先由人工逐个确认其排面。",
    ),
    "trial_sample": (
        "The payment rests on a newly enrolled SKU, and a person looks at one such display in ten.",
        "奖励取决于新录入单品，此类陈列每十个抽查一个：转人工确认。",
    ),
    "read_before_trials": (
        "This photo was read before newly enrolled SKUs stood on trial, and may show one: a person looks at it.",
        "此照片在新录入单品试用之前识别，且可能含此类单品：转人工查看。",
    ),
    "displays_paid": (
        "As many displays of this outlet as the task rewards have been rewarded in this period: nothing more is paid.",
        "本期该网点的奖励陈列数已达任务上限：不再发放。",
    ),
    "already_paid": (
        "This display has been rewarded in this period already: nothing more is paid.",
        "该陈列本期已发放奖励：不再重复发放。",
    ),
    "check_in_late": (
        "The check-in tells a time in {period} and reached us only afterwards: a person confirms the period.",
        "签到时间属于 {period}，但事后才上传：需人工确认所属周期。",
    ),
    "claimed_later": (
        "The check-in lies in {period} and the task was claimed only afterwards: a person confirms the period.",
        "签到属于 {period}，但任务是事后领取的：需人工确认所属周期。",
    ),
    "no_camera_time": (
        "The check-in lies in {period}, the photo came later and has no camera time: a person confirms the period.",
        "签到属于 {period}，照片事后上传且没有拍摄时间：需人工确认所属周期。",
    ),
    "camera_other_period": (
        "The check-in lies in {period} and the camera's time does not: a person confirms the period.",
        "签到属于 {period}，但拍摄时间不在其中：需人工确认所属周期。",
    ),
    "budget_exhausted": (
        "The task's budget is used up: the reward waits until the brand has filled it.",
        "任务预算已用完：待品牌补足预算后发放。",
    ),
    "not_carried_out": (
        "A decision on this display could not be carried out: decide again.",
        "对该陈列的判定未能执行：请重新判定。",
    ),
    "nothing_read": (
        "Nothing was read of the photos: look at them, then give an amount or refuse.",
        "照片未能识别：请查看照片后填写金额或驳回。",
    ),
    "estimates_fail": (
        "By the estimates not every clause is met: correct the numbers, give an amount, or refuse.",
        "按估计值并非全部条款达标：请修正数值、填写金额或驳回。",
    ),
    "no_amount": (
        "The rules give no amount at the estimates: give one, or refuse.",
        "按估计值规则未给出金额：请填写金额或驳回。",
    ),
    "rules_unreadable": (
        "The stored rules of this task cannot be read: nothing was decided by them.",
        "该任务的规则数据已损坏，无法读取：未按规则判定。",
    ),
    "refused_often": (
        "Displays of this outlet were refused several times in this period: a person looks at this one.",
        "本期该网点陈列已多次不合格：此陈列由人工查看。",
    ),
    "stopped": ("A person looks at this display.", "此陈列由人工查看。"),
    "approved": ("An auditor has approved it.", "审核员已通过。"),
    "refused": ("An auditor has refused it.", "审核员已驳回。"),
    "corrected": ("An auditor has corrected what was read.", "审核员已更正识别结果。"),
    "seconded": ("A second person has confirmed the amount.", "金额已由第二人确认。"),
    "reopened": ("It is looked at again.", "重新复核。"),
    "taken_back_before": (
        "A reward of this display was taken back in this period: a person looks at what is sent since.",
        "该陈列本期奖励曾被追回：之后提交的照片由人工查看。",
    ),
}


def text(code: str) -> Flag:
    """A flag or reason of crm: code, and what it means or what to do, in English and Chinese."""
    english, chinese = _TEXTS[code]
    return {"code": code, "en": english, "zh": chinese}


def each_once(flags: Sequence[Flag]) -> list[Flag]:
    """The first flag of each code."""
    first: dict[str, Flag] = {}
    for flag in flags:
        first.setdefault(flag["code"], flag)
    return list(first.values())


def taken_back(amount_fen: int) -> Flag:
    """The reason of a decision that takes an award back."""
    amount = yuan(amount_fen)
    return {"code": "taken_back", "en": f"{amount} was taken back.", "zh": f"已追回 {amount}。"}


def numbers_repeated(values: Mapping[str, float], bounds: Mapping[str, int], names: Names) -> Flag:
    """The reason that names the corrected numbers (path → number) that no box of the photos shows."""
    en, zh = beyond(values, bounds, names)
    return {"code": "numbers_repeated", "en": f"More than the photo's boxes show, given twice: {en}.",
            "zh": f"超出照片方框数，已重复确认：{zh}。"}  # fmt: skip


def beyond(values: Mapping[str, float], bounds: Mapping[str, int], names: Names) -> Said:
    """The numbers (path → number) and how many boxes there are of each, in English and Chinese."""
    told = {path: label(paths_read(path)[0], names) for path in bounds}
    en = "; ".join(f"{told[path][0]} {values[path]:g}, boxes {most}" for path, most in bounds.items())
    zh = "；".join(f"{told[path][1]} {values[path]:g}，框 {most}" for path, most in bounds.items())
    return en, zh
