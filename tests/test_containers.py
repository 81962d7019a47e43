"""The image and the compose file: what they take, ask for and keep."""

import json
import re
from pathlib import Path
from typing import Any

import yaml

from domain.settings import PREFIX, Settings
from graph.serving.hosts import is_loopback

CHECKOUT = Path(__file__).resolve().parent.parent


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((CHECKOUT / "docker-compose.yml").read_text())
    return loaded


def required_variables(text: str) -> set[str]:
    return set(re.findall(r"\$\{(\w+):\?[^}]+\}", text))


def test_compose_asks_for_both_secrets_and_says_so_when_they_are_missing() -> None:
    text = (CHECKOUT / "docker-compose.yml").read_text()
    assert required_variables(text) == {"POSTGRES_PASSWORD", "SEGMENTGRAPH_SECRET_KEY"}


def test_compose_has_no_secret_of_its_own_nor_a_default_for_one() -> None:
    text = (CHECKOUT / "docker-compose.yml").read_text()
    assert re.findall(r"\$\{\w+:?[-+=][^}]*\}|\$\w+", text) == []
    for service in compose()["services"].values():
        for name, value in service["environment"].items():
            if re.search(r"PASSWORD|SECRET|KEY|TOKEN", name):
                assert required_variables(value), name
    address = compose()["services"]["api"]["environment"]["SEGMENTGRAPH_DATABASE_URL"]
    assert re.fullmatch(
        r"postgres://segmentgraph:\$\{POSTGRES_PASSWORD:\?[^}]+\}@database:5432/segmentgraph", address
    )


def test_compose_sets_only_settings_that_there_are() -> None:
    names = [name for name in compose()["services"]["api"]["environment"] if name.startswith(PREFIX)]
    assert names
    assert {name.removeprefix(PREFIX).lower() for name in names} <= set(Settings.model_fields)


def test_compose_keeps_rows_and_files_in_volumes_and_watches_both_services() -> None:
    services = compose()["services"]
    kept = {name: [volume.partition(":")[0] for volume in services[name]["volumes"]] for name in services}
    assert kept == {"api": ["files"], "database": ["rows"]}
    assert set(compose()["volumes"]) == {"files", "rows"}
    assert all(service["healthcheck"]["test"][0] == "CMD" for service in services.values())
    assert services["api"]["depends_on"] == {"database": {"condition": "service_healthy"}}


def test_compose_publishes_to_this_machine_only() -> None:
    published = [port for service in compose()["services"].values() for port in service.get("ports", [])]
    assert published == ["127.0.0.1:8000:8000"]


def instructions() -> list[tuple[str, str]]:
    text = (CHECKOUT / "Dockerfile").read_text().replace("\\\n", " ")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return [(word, rest.strip()) for word, _, rest in (line.partition(" ") for line in lines)]


def copied() -> list[str]:
    """What the Dockerfile copies out of the checkout."""
    copies = [
        rest.split() for word, rest in instructions() if word == "COPY" and not rest.startswith("--from")
    ]
    return [source for *sources, _ in copies for source in sources]


def test_what_the_image_copies_is_there_and_let_through() -> None:
    let_through = {
        line[1:] for line in (CHECKOUT / ".dockerignore").read_text().split() if line.startswith("!")
    }
    assert copied()
    for source in copied():
        assert (CHECKOUT / source).exists(), source
        assert source.split("/")[0] in let_through, source


def test_the_image_takes_only_locked_packages() -> None:
    installs = [
        rest
        for word, rest in instructions()
        if word == "RUN" and " install " in f" {rest} " and "pip" in rest
    ]
    assert len(installs) == 2
    assert all("--require-hashes" in rest or "--no-deps --no-build-isolation ." in rest for rest in installs)


def test_the_image_runs_as_nobody_in_particular() -> None:
    words = [word for word, _ in instructions()]
    last_stage = instructions()[len(words) - words[::-1].index("FROM") :]
    users = [rest for word, rest in last_stage if word == "USER"]
    assert users == ["segmentgraph"]
    assert ("VOLUME", "/data") in last_stage


def test_the_image_serves_others_and_brings_no_secret_of_its_own() -> None:
    (variables,) = [rest for word, rest in instructions() if word == "ENV"]
    given = dict(part.split("=", 1) for part in variables.split())
    assert not is_loopback(given["SEGMENTGRAPH_HOST"])
    assert [name for name in given if re.search(r"PASSWORD|SECRET|KEY|TOKEN", name)] == []


def test_the_image_and_compose_look_after_the_server_by_programs_that_compile() -> None:
    (command,) = [rest.partition("CMD ")[2] for word, rest in instructions() if word == "HEALTHCHECK"]
    of_image = json.loads(command)
    of_compose = compose()["services"]["api"]["healthcheck"]["test"][1:]
    for (interpreter, option, program), page in ((of_image, "/health/live"), (of_compose, "/health/ready")):
        assert (interpreter, option) == ("python", "-c")
        assert page in program
        compile(program, "healthcheck", "exec")
