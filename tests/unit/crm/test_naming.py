"""Products that share a name are told apart wherever they are listed."""

from crm.catalog.naming import Named, told_apart


def test_a_name_of_its_own_stays_as_it_is() -> None:
    assert told_apart([Named("a", "Pepsi", "百事", "can")])["a"] == {"en": "Pepsi", "zh": "百事"}


def test_who_share_a_name_have_their_pack_behind_it_and_their_code_where_that_is_no_help() -> None:
    names = told_apart([
        Named("p-can", "Pepsi", "百事", "can"), Named("p-bottle", "Pepsi", "百事", "bottle"),
        Named("m1", "Mirinda", "美年达橙", "can"), Named("m2", "Mirinda", "美年达柚", "can"),
        Named("m3", "Mirinda", "美年达", ""),
    ])  # fmt: skip
    assert [names[code]["en"] for code in ("p-can", "p-bottle")] == ["Pepsi (can)", "Pepsi (bottle)"]
    assert [names[code]["zh"] for code in ("p-can", "p-bottle")] == ["百事（罐装）", "百事（瓶装）"]
    assert [names[code]["en"] for code in ("m1", "m2", "m3")] == [
        "Mirinda (can, m1)",
        "Mirinda (can, m2)",
        "Mirinda (m3)",
    ]
    assert names["m1"]["zh"] == "美年达橙"  # alone with it in Chinese
