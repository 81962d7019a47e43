"""`segmentgraph demo`, in a terminal."""

import re
from pathlib import Path
from typing import Any

import httpx

from tests.servers.running import survivors
from tests.servers.terminal import terminal

ROWS = 4_000
DEMO = ("demo", "--rows", str(ROWS))
SHOWN = re.compile(r"user name +(\S+)\s+password +(\S+)")
LINK = re.compile(r"http://127\.0\.0\.1:\d+/graphql")
CONTENT = """{
  datasets { edges { node { name rowCount } } }
  clusteringRuns { edges { node { status } } }
  models { edges { node { name champion { version } } } }
}"""
SIGN_IN = """mutation($input: SignInInput!) {
  signIn(input: $input) { accessToken userErrors { message } }
}"""


def asked(url: str, query: str, token: str | None = None, **variables: object) -> Any:
    """Send an operation, and answer its data."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = {"query": query, "variables": variables}
    return httpx.post(url, json=body, headers=headers).json().get("data")


def token_of(url: str, username: str, password: str) -> str:
    """Sign in, and answer the access token."""
    payload = asked(url, SIGN_IN, input={"username": username, "password": password})["signIn"]
    assert payload["userErrors"] == []
    return str(payload["accessToken"])


def test_a_demonstration_says_how_to_sign_in_and_leaves_what_it_did(tmp_path: Path) -> None:
    with terminal(tmp_path, "demo", "--rows", "300") as screen:
        screen.read_until(r"Ctrl-C ends it")
        shown, link = SHOWN.search(screen.shown), LINK.search(screen.shown)
        assert shown
        assert link
        end = " ".join(screen.shown[screen.shown.index("Explorer and API") :].split())
        assert "Sign in as admin with the password above." in end
        assert asked(link[0], CONTENT, token_of(link[0], *shown.groups())) == {
            "datasets": {"edges": [{"node": {"name": "Demo customers", "rowCount": 300}}]},
            "clusteringRuns": {"edges": [{"node": {"status": "SUCCEEDED"}}]},
            "models": {"edges": [{"node": {"name": "Demo customers", "champion": {"version": 1}}}]},
        }
        assert asked(link[0], CONTENT) is None
        screen.press_ctrl_c()
        screen.end()
    assert "failed" not in screen.shown
    assert screen.shown.count(shown[2]) == 1
    assert not re.search(r"sg_\w", screen.shown)


def test_the_demonstration_can_be_interrupted_and_goes_on_where_it_was(tmp_path: Path) -> None:
    with terminal(tmp_path, *DEMO) as first:
        first.read_until(r"Training.*[1-9]\d?%")
        processes = first.processes()
        assert len(processes) > 2, "there are workers"
        first.press_ctrl_c()
        code = first.end()
        assert survivors(processes) == []
        assert code in {130, -2}
        assert "Traceback" not in first.shown
        assert "Uploaded 4,000 generated customers." in first.shown
        shown = SHOWN.search(first.shown)
        assert shown
        username, password = shown.groups()
        assert username == "admin"
        assert "it is not shown again" in first.shown

    with terminal(tmp_path, *DEMO) as second:
        second.read_until(r"Ctrl-C ends it")
        told = second.shown
        assert "The 4,000 demo customers are there already." in told
        assert "Uploaded" not in told
        assert "segments, structure" in told
        assert re.search(r"Segment\s+Customers\s+What sets it apart\s+What to do", told)
        shares = [int(share) for share in re.findall(r"[\d,]+ \((\d+)%\)", told)]
        assert len(shares) == 5
        assert 98 <= sum(shares) <= 102
        link = LINK.search(told)
        assert link
        assert (
            httpx.get(link[0], headers={"Accept": "text/html"})
            .headers["content-type"]
            .startswith("text/html")
        )
        assert password not in told
        assert "Sign in as before: the password was shown at the first start." in " ".join(told.split())
        assert "segmentgraph create-admin --username NAME" in " ".join(told.split())
        found = asked(link[0], CONTENT, token_of(link[0], username, password))
        assert found == {
            "datasets": {"edges": [{"node": {"name": "Demo customers", "rowCount": ROWS}}]},
            "clusteringRuns": {"edges": [{"node": {"status": "SUCCEEDED"}}]},
            "models": {"edges": [{"node": {"name": "Demo customers", "champion": {"version": 1}}}]},
        }
        processes = second.processes()
        second.press_ctrl_c()
        code = second.end()
        assert survivors(processes) == []
        assert code in {130, -2}
        assert "Traceback" not in second.shown
