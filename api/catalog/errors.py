"""The names of the fields of the catalogue, in both languages."""

from api.errors.fields import register_fields

register_fields({
    "brand": ("brand", "品牌"),
    "competitor": ("competitor's product", "竞品"),
    "new": ("new product", "新品"),
})  # fmt: skip
