"""Which of the two languages a request wants."""

from starlette.requests import Request

COOKIE = "shelfproof_language"


def prefers_chinese(accept_language: str) -> bool:
    """Whether `zh` ranks above `en` in an Accept-Language header; English when neither is named."""
    best = {"zh": 0.0, "en": 0.0}
    for place, part in enumerate(accept_language.lower().split(",")[:20]):
        tag, _, rest = part.strip().partition(";")
        language = tag.strip().split("-")[0]
        if language not in best:
            continue
        try:
            quality = float(rest.strip().removeprefix("q=")) if rest else 1.0
        except ValueError:
            quality = 0.0
        best[language] = max(best[language], quality - place / 1000)  # equal ranks: the first named
    return best["zh"] > best["en"]


def wants_chinese(request: Request) -> bool:
    """By the switch on the page (a cookie), else by the browser's own setting."""
    chosen = request.cookies.get(COOKIE)
    if chosen in ("zh", "en"):
        return chosen == "zh"
    return prefers_chinese(request.headers.get("accept-language", ""))
