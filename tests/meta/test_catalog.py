from hookscope.meta.catalog import FIELDS, nearest, question_fields


def test_a_slip_of_the_pen_is_recognized() -> None:
    assert question_fields("page", ["feed", "mesages"]) == [
        "'mesages' is not a known field of page; it may be new; did you mean 'messages'?"
    ]
    assert question_fields("page", ["zzz"]) == ["'zzz' is not a known field of page; it may be new"]


def test_the_names_that_differ_between_products_are_told_apart() -> None:
    assert question_fields("instagram", ["messaging_seen"]) == []
    assert question_fields("page", ["messaging_seen"]) != []


def test_permissions_and_unknown_objects_are_not_questioned() -> None:
    assert question_fields("permissions", ["user_photos"]) == []
    assert question_fields("something_new", ["anything"]) == []


def test_the_page_has_all_the_fields_of_the_published_enumeration() -> None:
    assert len(FIELDS["page"]) == 104


def test_nothing_is_near_to_something_quite_different() -> None:
    assert nearest("xyz", ["page", "user"]) is None
