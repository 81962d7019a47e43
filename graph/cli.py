"""The command `segmentgraph`."""

import asyncio
import sys
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

from domain import settings as configuration
from domain.errors import DomainError, Invalid, Refused, Unavailable
from domain.settings import Settings, WrongSetting
from domain.terms.access import Role

app = typer.Typer(
    name="segmentgraph",
    help="Customer segmentation behind one GraphQL API: upload, train, watch, explain, recommend.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
migrate = typer.Typer(
    help="Bring the database's schema up to date, or back. `serve` does the former by itself.",
    no_args_is_help=True,
)
app.add_typer(migrate, name="migrate")

Host = Annotated[str | None, typer.Option(help="Address to listen on.  [default: 127.0.0.1]")]
Port = Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.  [default: 8000]")]


@app.command()
def serve(host: Host = None, port: Port = None) -> None:
    """Start the server: GraphQL, the explorer and the jobs. The first start says how to sign in."""
    from graph.serving.logging import configure
    from graph.serving.server import run
    from graph.welcome import welcome

    settings = _settings(host=host, port=port)
    configure(settings)
    _run(lambda: run(settings, welcome=welcome))


@app.command()
def demo(
    host: Host = None,
    port: Port = None,
    rows: Annotated[int, typer.Option(min=100, help="How many customers to generate.")] = 5_000,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the generator.")] = 0,
) -> None:
    """Start the server, upload generated customers, train, print the segments, and go on serving."""
    from rich.console import Console

    from graph.demo import tell
    from graph.serving.server import run
    from graph.welcome import welcome

    settings = _with_quiet_log(_settings(host=host, port=port))
    console = Console()
    _run(
        lambda: run(
            settings,
            or_free_port=port is None,
            welcome=welcome,
            beside=lambda serving: tell(console, serving, rows, seed),
        )
    )


@app.command()
def create_admin(
    username: Annotated[str, typer.Option(help="What the administrator signs in with.")],
) -> None:
    """Make an administrator, beside a server that runs or without one.

    The password is SEGMENTGRAPH_ADMIN_PASSWORD; else it is asked for at a terminal, or
    read from standard input, one line; where that is empty it is made up and printed.
    """
    from domain.services import operators, starting

    settings = _with_quiet_log(_settings())
    given = settings.admin_password or _password_given()

    async def make() -> tuple[str, str | None]:
        async with starting.at_hand(settings) as runtime:
            account, made_up = await operators.make_administrator(runtime, username, given)
            return account.username, made_up

    name, made_up = _run(make)
    typer.echo(f"made the administrator {name} in {_without_password(settings.database)}")
    if made_up is not None:
        typer.echo(f"password: {made_up}\nKeep it: it is not shown again.")


@app.command()
def create_api_key(
    role: Annotated[
        Role, typer.Option(case_sensitive=False, metavar="|".join(Role), help="What the key may do.")
    ],
    name: Annotated[str, typer.Option(help="What the key is for.")],
    expires_in_days: Annotated[
        int | None,
        typer.Option(min=1, max=36_500, help="For how long it works; until revoked when left out."),
    ] = None,
    rate_limit: Annotated[
        str | None, typer.Option(help="Operations it may send, such as 600/minute.  [default: as the others]")
    ] = None,
) -> None:
    """Make a key for a program, which gets an account of its own. Prints the key, and nothing else.

    Works beside a server that runs, or without one.
    """
    from domain.services import operators, starting

    settings = _with_quiet_log(_settings())
    expires_at = datetime.now(UTC) + timedelta(days=expires_in_days) if expires_in_days else None

    async def make() -> str:
        async with starting.at_hand(settings) as runtime:
            return (await operators.make_key(runtime, name, role, expires_at, rate_limit))[1]

    typer.echo(_run(make))
    until = f"until {expires_at:%Y-%m-%d %H:%M} UTC" if expires_at else "until it is revoked"
    typer.echo(
        f"made a key with role {role} in {_without_password(settings.database)}; it works {until}. "
        "Keep it: it is not shown again.",
        err=True,
    )


@app.command()
def generate(
    rows: Annotated[int, typer.Option(min=1, help="How many customers.")] = 5_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed gives the same bytes.")] = 0,
    output: Annotated[Path | None, typer.Option(help="File to write; standard output when left out.")] = None,
) -> None:
    """Write a realistic customer table as CSV: planted segments, mixed columns, some values missing."""
    from domain.tables import planted

    table = planted.generate(rows, seed)
    if output is None:
        planted.write_csv(table, sys.stdout.buffer)
        sys.stdout.buffer.flush()
        return
    with output.open("wb") as file:
        planted.write_csv(table, file)


@app.command()
def schema() -> None:
    """Print the GraphQL schema."""
    from graph.schema.root import exported

    typer.echo(exported(), nl=False)


@migrate.command()
def up() -> None:
    """Apply the migrations that are pending."""
    from domain.services import migrations

    settings = _settings()
    applied = _run(lambda: migrations.up(settings.database))
    typer.echo("\n".join(f"applied {name}" for name in applied) or "the database is up to date")


@migrate.command()
def down(
    yes: Annotated[bool, typer.Option("--yes", help="Don't ask: what it holds is lost.")] = False,
) -> None:
    """Take back the newest migration, and with it what its tables hold."""
    from domain.services import migrations

    settings = _settings()
    if not yes:
        typer.confirm("What the newest migration's tables hold is lost. Go on?", abort=True)
    typer.echo(f"took back {_run(lambda: migrations.down(settings.database))}")


@migrate.command()
def status() -> None:
    """List the migrations, applied and pending."""
    from domain.services import migrations

    settings = _settings()
    told = _run(lambda: migrations.status(settings.database))
    typer.echo(f"database: {_without_password(settings.database)}")
    for name in told.applied:
        typer.echo(f"applied  {name}")
    for name in told.pending:
        typer.echo(f"pending  {name}")


@migrate.command()
def check() -> None:
    """Fail when the models have changed and no migration says so; needs no database of yours."""
    from domain.services import migrations

    if drifted := _run(migrations.drifted):
        _fail(f"the models have no migration for: {', '.join(drifted)}; make one with aerich")
    typer.echo("the migrations say what the models say")


def main() -> None:
    """Run the command; an expected failure is one line and a non-zero exit."""
    try:
        app(prog_name="segmentgraph")
    except Refused as refused:
        _fail("; ".join(map(str, refused.exceptions)))
    except (WrongSetting, DomainError, Unavailable, OSError) as error:
        _fail(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def _settings(**overrides: object) -> Settings:
    given = {name: value for name, value in overrides.items() if value is not None}
    return configuration.load(**given)


def _with_quiet_log(settings: Settings) -> Settings:
    """Send the log where it does not mix with what a command prints, and leave only trouble in it."""
    from graph.serving.logging import configure

    if "log_level" not in settings.model_fields_set:
        settings = settings.model_copy(update={"log_level": "WARNING"})
    configure(settings)
    return settings


def _password_given() -> str | None:
    """Ask for a password at a terminal, or read it from what stands there instead; None for an empty one."""
    if sys.stdin is None:  # closed by whoever started this
        return None
    if sys.stdin.isatty():
        question = "Password (leave it empty for a random one)"
        password = typer.prompt(
            question, "", hide_input=True, confirmation_prompt="Again", show_default=False, err=True
        )
    else:
        try:
            password = sys.stdin.readline().rstrip("\r\n")
        except UnicodeDecodeError:
            raise Invalid("the password on standard input is no text: write it in UTF-8") from None
    return password or None


def _run(work: Callable[[], Coroutine[Any, Any, Any]]) -> Any:
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(work())


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # not to be had on Windows
        return None
    return uvloop.new_event_loop


def _without_password(url: str) -> str:
    head, _, tail = url.rpartition("@")
    scheme, separator, user = head.partition("://")
    return f"{scheme}{separator}{user.partition(':')[0]}@{tail}" if head else url


def _fail(message: str) -> None:
    typer.echo(f"segmentgraph: {message}", err=True)
    sys.exit(1)


if __name__ == "__main__":
    main()
