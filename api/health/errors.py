"""What can go wrong with asking how the service is, in both languages."""

from api.errors.codes import Kind, register_kinds

register_kinds({
    "metrics_closed": Kind(401, "Metrics closed", "Metrics are read on this machine, or with SHELFPROOF_METRICS_TOKEN.",
                           "指标只能在本机读取，或使用 SHELFPROOF_METRICS_TOKEN。"),
})  # fmt: skip
