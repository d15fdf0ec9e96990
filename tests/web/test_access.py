from hookscope.web.access import Access, Verdict


def test_the_printed_key_opens_once() -> None:
    access = Access("printed")
    assert [access.check("printed"), access.check("printed")] == [Verdict.OPENS, Verdict.SPENT]


def test_the_browser_that_opened_it_holds_another_key_until_the_end() -> None:
    access = Access("printed")
    assert access.session != "printed"
    assert [access.check(access.session) for _ in range(2)] == [Verdict.HOLDS, Verdict.HOLDS]


def test_every_other_key_is_wrong_and_spends_nothing() -> None:
    access = Access("printed")
    assert {access.check(key) for key in ("", "Printed", "printed ", "pr\N{LATIN SMALL LETTER I WITH ACUTE}nted")} == {
        Verdict.WRONG
    }
    assert access.check("printed") is Verdict.OPENS
