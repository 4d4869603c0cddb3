"""What can go wrong with photos, and the names of its fields, in both languages."""

from api.errors.codes import Kind, register_kinds
from api.errors.fields import register_fields

register_kinds({
    "audit_complete": Kind(409, "Audit complete", "This audit has all its photos: start a new one.",
                           "本次检核照片已齐，请重新发起。"),
    "idempotency_key_reused": Kind(
        409, "Idempotency-Key reused", "This Idempotency-Key was used for another photo: make a new one.",
        "该 Idempotency-Key 已用于另一张照片，请生成新值。"),
    "in_progress": Kind(409, "In progress", "This photo is being received: send it again.",
                        "照片正在接收，请重新发送。"),
    "photo_gone": Kind(404, "Photo gone", "The photo is no longer in the store.", "照片已不在存储中。"),
    "photo_damaged": Kind(404, "Photo damaged in the store", "The stored photo is damaged.", "存储中的照片已损坏。"),
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
})  # fmt: skip

register_fields({
    "claim_id": ("claim", "任务领取"),
    "photo_id": ("photo", "照片"),
    "display": ("display", "陈列"),
    "photos_expected": ("number of photos", "照片张数"),
    "file": ("photo", "照片"),
})  # fmt: skip
