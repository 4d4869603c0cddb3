"""Where a trial stands, in words; pure."""

from crm.trials.service import SAMPLE_ONE_IN, Standing
from pipeline.enrol.acceptance import ACCEPTANCE_NUMBERS, SISTERS_MIN, Counts, sample_size
from pipeline.texts import Said, Text

_STAGES_EN = "; ".join(f"{sample_size(wrong)} with {wrong or 'none'} wrong" for wrong in ACCEPTANCE_NUMBERS)
_STAGES_ZH = "；".join(f"{sample_size(wrong)} 个中至多错 {wrong} 个" for wrong in ACCEPTANCE_NUMBERS)
_SISTERS_EN = "Enrol its sisters too: other SKUs of the brand in the same trade dress are taken for it until they are."
_SISTERS_ZH = "请一并录入同品牌同款包装的姊妹单品：未录入前会被误认为本品。"


def told(standing: Standing) -> Text:
    """Whether the SKU pays without a person, what opens its trial, and what is missing."""
    counts = standing.counts
    if counts is None:
        return Text(
            "Of the shipped gallery, exempt from a trial: its proof is in docs/certainty.md (python -m training.risk).",
            "随附识别库中的单品，免试用；其证明见 docs/certainty.md（python -m training.risk）。",
        )
    if standing.state == "open":
        return Text(
            f"Pays without a person. One display in {SAMPLE_ONE_IN} still goes to one, and a wrong one closes it.",
            f"已可自动发放。每 {SAMPLE_ONE_IN} 个陈列仍抽查 1 个，发现错误即关闭。",
        )
    if standing.state == "spent":
        return Text(
            "Stays closed: no look is left that it could pass. Enrol it anew with other pictures. " + _SISTERS_EN,
            "保持关闭：已无可通过的检验。请用其他参考图重新录入。" + _SISTERS_ZH,
        )
    en, zh = missing(counts)
    return Text(
        f"On trial: its names do not pay yet. It opens at {_STAGES_EN}, of displays that it would have paid and that "
        f"people have ticked, {SISTERS_MIN} of them with a sister. {en} {_SISTERS_EN}",
        f"试用中：暂不自动发放。对本应发放、且已人工勾选的陈列检验，{_STAGES_ZH}，"
        f"且至少 {SISTERS_MIN} 个含姊妹单品，即可开通。{zh}{_SISTERS_ZH}",
    )


def missing(counts: Counts) -> Said:
    """What is there, and what is missing until it can open."""
    en, zh = (
        [f"So far {counts.displays} displays, {counts.wrong} wrong, {counts.with_sister} with a sister"],
        [f"目前 {counts.displays} 个陈列，错 {counts.wrong} 个，含姊妹 {counts.with_sister} 个"],
    )
    if counts.waiting:
        en.append(f"{counts.waiting} wait for a person")
        zh.append(f"{counts.waiting} 个待人工勾选")
    if counts.displays_missing:
        en.append(f"{counts.displays_missing} more until the next look")
        zh.append(f"距下次检验还差 {counts.displays_missing} 个")
    if counts.sisters_missing:
        en.append(f"{counts.sisters_missing} more with a sister")
        zh.append(f"含姊妹的还差 {counts.sisters_missing} 个")
    return "; ".join(en) + ".", "；".join(zh) + "。"
