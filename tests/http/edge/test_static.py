"""Files of the package."""

PATH = "/static/a.12345678.css"


async def test_a_file_is_cacheable_for_ever(client):
    reply = await client.get(PATH)

    assert (reply.status, reply.body) == (200, b"body{}")
    assert reply.header("content-type") == "text/css; charset=utf-8"
    assert "immutable" in reply.header("cache-control")
    assert reply.header("x-content-type-options") == "nosniff"


async def test_a_known_file_is_not_sent_again(client):
    tag = (await client.get(PATH)).header("etag")
    reply = await client.get(PATH, headers={"If-None-Match": tag})

    assert (reply.status, reply.body, reply.header("content-length")) == (304, b"", None)


async def test_ds_12_ranges_are_ignored(client):
    ranges = ",".join(f"{i}-{i}" for i in range(1000))
    reply = await client.get(PATH, headers={"Range": f"bytes={ranges}"})

    assert (reply.status, reply.body) == (200, b"body{}")


async def test_only_known_names_are_served(client):
    for path in ("/static/b.css", "/static/", "/static/a.12345678.css/", "/static/%2e%2e"):
        assert (await client.get(path)).status in {400, 404}
