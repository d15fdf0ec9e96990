from hookscope.views.body import MAX_TEXT, parsed, raw
from hookscope.views.page import Page

BODY = b'{"object":"page","entry":[{"id":"1","changes":[{"field":"feed"},{"field":"leadgen"}]},{"id":"2"}],"a b":{}}'


def page() -> Page:
    return Page(parsed(BODY), folds=True)


def texts(shown: Page) -> list[str]:
    return ["".join(text for _, text in shown.line(number).pieces) for number in shown.shown]


def at(text: str, count: int = 0) -> Page:
    found = page()
    found.reveal(found.find(text)[count])
    return found


def test_every_line_has_its_path() -> None:
    assert at('"leadgen"').path == "$.entry[0].changes[1].field"
    assert at('"2"').path == "$.entry[1].id"
    assert at('"a b"').path == '$["a b"]'
    assert at('"entry"').path == "$.entry"
    assert page().path == "$"
    closing = page()
    closing.reveal(len(closing.lines) - 1)
    assert closing.path == "$"


def test_what_is_folded_stands_in_one_line() -> None:
    shown = at('"changes"')
    before = len(shown.shown)
    shown.fold()
    assert '"changes": [ … 2 ]' in texts(shown)
    assert len(shown.shown) == before - 7
    shown.fold()
    assert shown.path == "$.entry[0]"
    assert "{ … 2 }," in texts(shown)
    shown.unfold()
    assert '"changes": [ … 2 ]' in texts(shown)


def test_everything_is_folded_and_unfolded_at_once() -> None:
    shown = at('"leadgen"')
    shown.toggle_all()
    assert texts(shown) == ["{", '"object": "page",', '"entry": [ … 2 ],', '"a b": {}', "}"]
    assert shown.path == "$.entry"
    shown.toggle_all()
    assert shown.shown == [*range(len(shown.lines))]


def test_the_cursor_goes_through_what_is_shown() -> None:
    shown = at('"entry"')
    shown.fold()
    shown.move(1)
    assert shown.path == '$["a b"]'
    shown.move(99)
    shown.move(-99)
    assert shown.cursor == 0


def test_a_hit_within_a_fold_is_found_and_unfolded() -> None:
    shown = page()
    shown.toggle_all()
    [hit] = shown.find("LEADGEN")
    shown.reveal(hit)
    assert hit in shown.shown
    assert shown.find("") == []


def test_json_that_breaks_off_cannot_be_folded_where_it_has_no_end() -> None:
    shown = Page(parsed(b'{"a": [1, 2'), folds=True)
    shown.fold()
    assert shown.shown == [*range(len(shown.lines))]
    empty = Page([], folds=True)
    empty.move(1)
    empty.fold()
    empty.toggle_all()
    assert (empty.path, empty.shown) == ("$", [])


def test_a_page_says_of_how_much_it_is_the_beginning() -> None:
    assert Page(raw(b"x" * (MAX_TEXT + 1))).cut == "the first 256 KiB of 256 KiB"
    assert Page(raw(b"x")).cut is None
    assert Page([]).cut is None
