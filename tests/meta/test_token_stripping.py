from hookscope.meta.token_stripping import strip_tokens


def test_tokens_are_taken_out_of_keys_and_addresses() -> None:
    answer = {
        "data": [{"id": "1", "access_token": "EAAsecret"}],
        "paging": {
            "cursors": {"after": "QVFI"},
            "next": "https://graph.facebook.com/v25.0/1/messages?access_token=EAAsecret%7Cx&limit=25&after=QVFI",
            "previous": "https://l.example/?u=https%3A%2F%2Fg%3Faccess_token%3DEAAsecret",
        },
    }
    stripped = strip_tokens(answer)
    assert "EAAsecret" not in repr(stripped)
    assert stripped["paging"]["next"].endswith("access_token=•••&limit=25&after=QVFI")
    assert stripped["paging"]["cursors"] == {"after": "QVFI"}
    assert stripped["data"][0] == {"id": "1", "access_token": "•••"}


def test_all_else_is_unchanged() -> None:
    for value in (None, True, 1.5, "about access_token and more", [1, {"a": "b"}], {"token": "not ours"}):
        assert strip_tokens(value) == value
