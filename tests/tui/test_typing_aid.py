from hookscope.tui.typing_aid import TypingAid


def test_what_is_certain_is_completed_then_one_option_after_the_other() -> None:
    aid = TypingAid()
    assert aid.complete("apple kin") == "apple kind:"
    assert aid.complete("kind:") == "kind:handshake"
    assert aid.complete("kind:handshake") == "kind:notification"
    assert aid.complete("kind:notification", -1) == "kind:handshake"
    assert aid.complete("quince") == "quince"


def test_earlier_texts_come_back_and_the_one_being_typed_is_not_lost() -> None:
    aid = TypingAid(["first", "second"])
    assert aid.earlier("new", 1) == "second"
    assert aid.earlier("second", 1) == "first"
    assert aid.earlier("first", 1) == "first"
    assert aid.earlier("first", -1) == "second"
    assert aid.earlier("second", -1) == "new"
    assert aid.earlier("new", -1) == "new"
