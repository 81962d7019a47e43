"""What is said to people about how to get in. To them only: a log is read by others."""

import shutil
import sys
from pathlib import Path

import typer

from domain.services.operators import FirstAdministrator
from domain.settings import PREFIX

NAME = "segmentgraph"


def welcome(url: str, first: FirstAdministrator) -> None:
    """Say how to sign in for the first time, with the password where it was made up."""
    if first.password is None:
        password, keep = f"the one in {PREFIX}ADMIN_PASSWORD", "Should it get lost"
    else:
        password, keep = first.password, "Keep the password: it is not shown again. Should it get lost"
    typer.echo(f"""
SegmentGraph is at {url}/graphql

Nobody had an account here, so there is an administrator now:

    user name   {first.username}
    password    {password}

{keep}, this makes another administrator:

    {another_administrator()}
""")


def another_administrator() -> str:
    """The command that makes one, as it can be typed here: an environment's commands may not be on PATH."""
    called = sys.argv[0]
    program = called if Path(called).name == NAME and not shutil.which(NAME) else NAME
    return f"{program} create-admin --username NAME"
