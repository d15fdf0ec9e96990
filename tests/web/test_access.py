from hookscope.web.access import KeyVerdict, ScreenAccess


def test_the_printed_key_opens_until_a_screen_is_shown() -> None:
    access = ScreenAccess("printed")
    assert [access.check("printed"), access.check("printed")] == [KeyVerdict.OPENS, KeyVerdict.OPENS]
    access.spend()
    assert access.check("printed") is KeyVerdict.SPENT


def test_an_opening_ends_the_one_before() -> None:
    access = ScreenAccess("printed")
    access.check("printed")
    before = access.session
    access.check("printed")
    assert [access.check(before), access.check(access.session)] == [KeyVerdict.WRONG, KeyVerdict.HOLDS]


def test_the_browser_that_opened_it_holds_another_key_until_the_end() -> None:
    access = ScreenAccess("printed")
    assert access.session != "printed"
    assert [access.check(access.session) for _ in range(2)] == [KeyVerdict.HOLDS, KeyVerdict.HOLDS]


def test_every_other_key_is_wrong_and_spends_nothing() -> None:
    access = ScreenAccess("printed")
    assert {access.check(key) for key in ("", "Printed", "printed ", "pr\N{LATIN SMALL LETTER I WITH ACUTE}nted")} == {
        KeyVerdict.WRONG
    }
    assert access.check("printed") is KeyVerdict.OPENS
