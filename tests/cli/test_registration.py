"""Initial access tokens and user codes from the command line, over a real store (RFC 7591 §3, CIBA)."""

GOOD = "violet umbrella 42 trains\n"


def test_a_registration_token_is_issued_listed_and_revoked(cli):
    issued = cli.json("app", "issue-registration-token", "--uses", "3", "--lifetime", "3600")
    assert issued["token"].startswith("lm_iat_")
    assert (issued["remaining"], issued["expires_at"][-1]) == (3, "Z")

    listed = cli.ok("app", "list-registration-tokens", "-o", "json").stdout
    assert issued["token_id"] in listed
    assert issued["token"] not in listed

    cli.ok("app", "revoke-registration-token", issued["token_id"])
    assert issued["token_id"] not in cli.ok("app", "list-registration-tokens").stdout
    assert cli("app", "revoke-registration-token", "unknown").exit_code == 4


def test_a_token_without_a_use_is_refused(cli):
    result = cli("app", "issue-registration-token", "--uses", "0")

    assert result.exit_code != 0
    assert "at least one use" in result.output


def test_a_user_code_is_set_and_taken_away(cli):
    cli.ok("user", "create", "carol", "--password-stdin", stdin=GOOD)

    cli.ok("user", "set-user-code", "carol", "--password-stdin", stdin="4711\n")
    short = cli("user", "set-user-code", "carol", "--password-stdin", stdin="1\n")
    cli.ok("user", "set-user-code", "carol", "--clear")

    assert short.exit_code != 0
    assert "4 to 128" in short.output
