"""The kinds of problems that the API tells: from code to status, title and general texts in both languages.

Here stand those that are nobody's own; those of a slice stand in its `errors.py`, which registers them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from starlette.exceptions import HTTPException

from pipeline.texts import Said

PROBLEM_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Kind:
    """A kind of problem: HTTP status, title (English, the same each time), general details in both languages."""

    status: int
    title: str
    en: str
    zh: str


KINDS: dict[str, Kind] = {
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
    "taken": Kind(422, "Taken", "This value is taken: choose another.", "该值已被占用，请更换。"),
    "password_change_needed": Kind(403, "Password to be changed", "Somebody else knows your password: change it first.",
                                   "您的密码由他人设置，请先修改密码。"),
    "body_too_large": Kind(413, "Body too large", "The request is larger than allowed.", "请求体过大。"),
    "unsupported_media_type": Kind(415, "Unsupported media type", "This type of content is not accepted.",
                                   "不支持此内容类型。"),
    "body_unexpected": Kind(422, "No body expected", "This address takes no body: send none.",
                            "此地址不接受请求体，请勿发送。"),
    "invalid": Kind(422, "Invalid input", "Some fields are missing or wrong.", "部分字段缺失或有误。"),
    "too_many_sign_ins": Kind(503, "Many sign in", "Very many are signing in just now: try again in a few seconds.",
                              "当前登录人数过多，请几秒后再试。"),
    "too_many_requests": Kind(429, "Too many requests", "Too many requests: wait a little.",
                              "请求过于频繁，请稍候。"),
    "internal": Kind(500, "Internal error", "Something went wrong here. Nothing was lost: try again.",
                     "服务器出错，数据未丢失，请重试。"),
    "unavailable": Kind(503, "Unavailable", "The service is not available just now: try again in a few seconds.",
                        "服务暂不可用，请稍后重试。"),
}  # fmt: skip


def register_kinds(kinds: Mapping[str, Kind]) -> None:
    """Add the problems of a slice. ValueError where a code is there already: it has one meaning."""
    if twice := KINDS.keys() & kinds.keys():
        raise ValueError(f"registered twice: {', '.join(sorted(twice))}")
    KINDS.update(kinds)


class Problem(HTTPException):
    """An error of the edge, by its code in `KINDS`; `said` in both languages where more can be said than the kind
    says."""

    def __init__(self, code: str, said: Said | None = None, headers: Mapping[str, str] | None = None) -> None:
        self.code, self.said = code, said
        super().__init__(KINDS[code].status, (said or (KINDS[code].en,))[0], headers)
