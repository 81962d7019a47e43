import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
import structlog

from domain.settings import load
from graph.serving.logging import configure


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What is logged, as JSON unless a test configures it anew; afterwards all is as it was."""
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    stream = io.StringIO()
    configure(load(log_format="json"), stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(log: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in log.getvalue().splitlines()]


def test_an_operation_is_one_line_without_its_variables(log: io.StringIO, url: str) -> None:
    body = {"query": "query Greet($n: String!) { hello(name: $n) }", "variables": {"n": "secret"}}
    httpx.post(url, json=body, headers={"X-Request-ID": "trace-3", "Authorization": "Bearer secret"})
    (line,) = [line for line in lines(log) if line["event"] == "operation"]
    assert line["level"] == "info"
    assert (line["operation"], line["type"], line["status"]) == ("Greet", "query", "ok")
    assert line["request_id"] == "trace-3"
    assert line["duration_ms"] >= 0
    assert "secret" not in log.getvalue()


@pytest.mark.parametrize(
    ("query", "status"),
    [("{ hello forbidden }", "errors"), ("{ nothing }", "refused"), ("{", "refused"), ("{ hello }", "ok")],
)
def test_an_operation_is_logged_with_how_it_ended(
    log: io.StringIO, url: str, query: str, status: str
) -> None:
    httpx.post(url, json={"query": query})
    assert [line["status"] for line in lines(log) if line["event"] == "operation"] == [status]


def test_a_masked_bug_is_logged_with_its_traceback_under_the_id_that_the_client_has(
    log: io.StringIO, url: str
) -> None:
    response = httpx.post(url, json={"query": "{ broken }"}, headers={"X-Request-ID": "trace-4"})
    (line,) = [line for line in lines(log) if line["level"] == "error"]
    assert line["correlation_id"] == response.json()["errors"][0]["extensions"]["correlationId"]
    assert line["request_id"] == "trace-4"
    assert line["path"] == ["broken"]
    assert "RuntimeError: the password is hunter2" in line["exception"]


def test_the_libraries_log_in_the_same_format(log: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").warning("odd %s", "request")
    (line,) = lines(log)
    assert (line["event"], line["level"], line["logger"]) == ("odd request", "warning", "uvicorn.error")


def test_uvicorns_lines_with_addresses_are_left_out(log: io.StringIO) -> None:
    logging.getLogger("uvicorn.access").info(
        '%s - "%s %s HTTP/%s" %d', "a", "GET", "/?variables=secret", "1.1", 200
    )
    logging.getLogger("uvicorn.error").info('%s - "WebSocket %s" [accepted]', "a", "/?token=secret")
    assert log.getvalue() == ""


@pytest.mark.parametrize("log_format", ["console", "json"])
@pytest.mark.parametrize(
    "forged", ["a\n2026-01-01 [info] forged", "a\r\n[info] b", "a\x1b[2Kb", "a\u2028b", "a\x85b"]
)
def test_nothing_that_is_logged_can_look_like_another_line(log_format: str, forged: str) -> None:
    stream = io.StringIO()
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    configure(load(log_format=log_format), stream)
    try:
        structlog.get_logger("a").info(forged, value=forged)
        logging.getLogger("b").warning("told: %s", forged)
        _log_failure(forged)
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        structlog.reset_defaults()
    told = stream.getvalue()
    assert not set(told) & set("\r\x1b\u2028\x85")
    # What begins at the margin is a line of ours: a traceback is set in.
    assert len([line for line in told.split("\n") if line and not line.startswith("    ")]) == 3


def _log_failure(message: str) -> None:
    structlog.get_logger("c").error("failed", exc_info=ValueError(message))


def test_less_severe_messages_than_the_level_are_not_logged(log: io.StringIO) -> None:
    configure(load(log_format="json", log_level="WARNING"), log)
    structlog.get_logger("a").info("quiet")
    structlog.get_logger("a").warning("loud")
    assert [line["event"] for line in lines(log)] == ["loud"]
