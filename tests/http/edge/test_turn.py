"""An answer in octets: as it was meant, or not at all."""

import pytest

from limen.http.turn import whole


def test_an_answer_is_its_status_its_fields_and_its_body():
    fields = [(b"content-type", b"text/plain"), (b"content-length", b"3")]

    assert whole(200, fields, b"a\r\n") == (
        b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 3\r\n\r\na\r\n"
    )
    assert whole(204, [], b"") == b"HTTP/1.1 204 No Content\r\n\r\n"


@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n", b"\r\nset-cookie: a=b", b"\0"])
@pytest.mark.parametrize("place", [0, 1])
def test_a_field_that_would_end_itself_is_never_written(end, place):
    field = [b"location", b"/there"]
    field[place] += end

    with pytest.raises(ValueError, match="would end"):
        whole(303, [(b"date", b"now"), (field[0], field[1])], b"")
