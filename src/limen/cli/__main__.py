"""The menu of commands; a command's own file is imported when it is called, so that --help is quick."""

from importlib import import_module
from typing import Any

import click

# name -> (where, what it does). Their order is the order of the help.
COMMANDS = {
    "dev": ("dev:dev", "Try Limen here: demo people and apps, nothing to configure."),
    "init": ("init:init", "Write a configuration and a master key, and prepare the database."),
    "serve": ("serve:serve", "Run the server."),
    "doctor": ("doctor:doctor", "Check the configuration and its surroundings."),
    "app": ("apps:app", "Applications."),
    "user": ("users:user", "People."),
    "tenant": ("tenants:tenant", "Tenants, each an issuer of its own."),
    "key": ("keys:key", "Keys: list, rotate, add, rewrap."),
    "scope": ("scopes:scope", "Scopes a tenant offers."),
    "claim": ("scopes:claim", "Claims a tenant offers."),
    "session": ("sessions:session", "Sessions of a person."),
    "consent": ("consents:consent", "What a person agreed to."),
    "audit": ("audit:audit", "Who did what."),
    "admin": ("admin:admin", "Administrators."),
    "db": ("db:db", "The database: upgrade, check, backup, restore."),
    "config": ("config:config", "The configuration as read, and where each value is from."),
    "conform": ("conform:conform", "Prepare a run of the OpenID conformance suite."),
    "standards": ("standards:standards", "Which file serves which standard."),
}


class Menu(click.Group):
    """A group that knows its commands by name alone until one is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names, in the order of the help."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import the command, or suggest another name."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name][0].partition(":")
        found: click.Command = getattr(import_module(f"limen.cli.{module}"), name)
        return found

    def resolve_command(self, ctx: click.Context, args: list[str]) -> tuple[str | None, Any, list[str]]:
        """Add `did you mean` to the refusal of an unknown command."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib

            near = difflib.get_close_matches(args[0], COMMANDS, n=1, cutoff=0.5)
            meant = f" Did you mean {near[0]}?" if near else ""
            ctx.fail(f"There is no command {args[0]!r}.{meant}")
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Call the command; what the system refuses it is told in a line."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            raise  # click knows it: the reader has seen enough
        except OSError as wrong:
            from limen.cli.failure import of_system

            raise of_system(wrong) from None
        except UnicodeEncodeError:
            raise click.UsageError("an argument is not text in UTF-8") from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the menu without importing any command."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, told) for name, (_, told) in COMMANDS.items()])


@click.command(cls=Menu, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="limen", message="limen %(version)s")
def main() -> None:
    """Limen, an OpenID Connect provider and OAuth 2.0 authorization server.

    Start with `limen dev`. In earnest: `limen init`, then `limen serve`.
    """


if __name__ == "__main__":
    main()
