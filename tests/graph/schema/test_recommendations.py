"""Recommendations: the figures they rest on, made anew by a playbook, reviewed."""

from typing import Any

import pytest

from tests.graph.schema.conftest import PEOPLE, Sample, Unchanged, as_csv
from tests.servers.api import Api, mistakes

CHARACTERISTIC = "{ text column category segmentValue populationValue effect }"
FIGURES = f"figures {CHARACTERISTIC}"
REVIEW = "review { status note reviewedAt }"
ADVICE = f"id play kind title action channel measureOfSuccess rationale priority {FIGURES} {REVIEW}"
SEGMENTS = f"segments {{ name characteristics {CHARACTERISTIC} recommendations {{ {ADVICE} }} }}"

OWN = """
[meanings.town]
words = ["city"]

[[play]]
id = "meet-in-bonn"
kind = "NURTURE"
title = "Meet in Bonn"
action = "Invite “{segment}” to Bonn."
channel = "Post to “{segment}”"
measure = "Guests per hundred letters to “{segment}”."
priority = "HIGH"
when = [{ meaning = "town", direction = "high", categories = ["bonn"] }]
"""


async def a_run(api: Api) -> dict[str, Any]:
    """A run of its own, whose recommendations a test may change."""
    return await api.run(await api.dataset(as_csv(PEOPLE)), selection=f"id {SEGMENTS}")


async def generated(api: Api, run: str, **given: Any) -> list[dict[str, Any]]:
    """Make the recommendations of a run anew, and answer them; the run has the same ones."""
    listed = f"recommendations {{ {ADVICE} segment {{ name }} }}"
    payload = await api.mutate(
        "generateRecommendations", f"run {{ id {listed} }} {listed}", runId=run, **given
    )
    assert payload["userErrors"] == []
    assert payload["run"] == {"id": run, "recommendations": payload["recommendations"]}
    made: list[dict[str, Any]] = payload["recommendations"]
    return made


async def reviewed(api: Api, key: str, status: str | None, **given: Any) -> Any:
    payload = await api.mutate(
        "reviewRecommendation", f"recommendation {{ id {REVIEW} }}", id=key, status=status, **given
    )
    assert payload["userErrors"] == []
    assert payload["recommendation"]["id"] == key
    return payload["recommendation"]["review"]


async def test_each_tells_where_to_act_how_success_is_told_and_by_which_figures(
    api: Api, sample: Sample
) -> None:
    run = await api.node("ClusteringRun", sample.kmeans, SEGMENTS)
    for segment in run["segments"]:
        assert segment["recommendations"]
        for piece in segment["recommendations"]:
            assert piece["play"]
            assert piece["channel"]
            assert piece["measureOfSuccess"].endswith(".")
            assert piece["review"] is None
            assert piece["figures"]
            for figure in piece["figures"]:
                assert figure in segment["characteristics"]


async def test_a_playbook_of_ones_own_is_put_on_top_of_the_shipped_one(api: Api) -> None:
    run = await a_run(api)
    before = {piece["id"] for segment in run["segments"] for piece in segment["recommendations"]}

    made = await generated(api, run["id"], playbook=OWN)

    largest = run["segments"][0]["name"]
    (own,) = [piece for piece in made if piece["play"] == "meet-in-bonn"]
    assert own["segment"] == {"name": largest}
    assert (own["action"], own["channel"], own["measureOfSuccess"]) == (
        f"Invite “{largest}” to Bonn.",
        f"Post to “{largest}”",
        f"Guests per hundred letters to “{largest}”.",
    )
    assert [(one["column"], one["category"], one["segmentValue"]) for one in own["figures"]] == [
        ("city", "Bonn", 1.0)
    ]
    others = [piece for piece in made if piece["play"] != "meet-in-bonn"]
    assert others
    assert {piece["id"] for piece in others if piece["segment"] != {"name": largest}} <= before


async def test_a_playbook_that_stands_alone_still_speaks_of_every_segment(api: Api) -> None:
    run = await a_run(api)
    made = await generated(api, run["id"], playbook=OWN, extend=False)
    assert {piece["segment"]["name"] for piece in made} == {segment["name"] for segment in run["segments"]}
    fallbacks = {"speak-to-a-common-category", "ask-about-a-rare-category", "ask-about-a-number"}
    assert {piece["play"] for piece in made} - fallbacks == {"meet-in-bonn"}


async def test_a_review_survives_that_recommendations_are_made_anew_and_a_retraining(api: Api) -> None:
    run = await a_run(api)
    first = run["segments"][0]["recommendations"][0]
    review = await reviewed(api, first["id"], "ACCEPTED", note="Anna, in May")
    assert (review["status"], review["note"]) == ("ACCEPTED", "Anna, in May")

    def kept(pieces: list[dict[str, Any]]) -> list[Any]:
        return [piece["review"] for piece in pieces if piece["id"] == first["id"]]

    assert kept(await generated(api, run["id"])) == [review]
    assert (
        kept(await generated(api, run["id"], playbook=f'disabled = ["{first["play"]}"]\n{FALLBACKS}')) == []
    )
    assert kept(await generated(api, run["id"])) == [review]

    dataset = (await api.node("ClusteringRun", run["id"], "dataset { id }"))["dataset"]["id"]
    again = await api.run(dataset, selection=SEGMENTS, seed=1)
    continued = again["segments"][0]["recommendations"][0]
    assert (continued["play"], continued["review"]) == (first["play"], review)
    assert continued["id"] != first["id"]


async def test_a_review_is_changed_and_taken_back(api: Api) -> None:
    key = (await a_run(api))["segments"][1]["recommendations"][0]["id"]
    await reviewed(api, key, "ACCEPTED", note="why")
    dismissed = await reviewed(api, key, "DISMISSED")
    assert (dismissed["status"], dismissed["note"]) == ("DISMISSED", None)
    assert (await api.node("Recommendation", key, REVIEW))["review"] == dismissed
    assert await reviewed(api, key, None) is None
    assert (await api.node("Recommendation", key, REVIEW))["review"] is None


async def test_what_is_wrong_with_a_playbook_is_told_with_rule_and_key(
    api: Api, sample: Sample, unchanged: Unchanged
) -> None:
    before = await api.node("ClusteringRun", sample.kmeans, SEGMENTS)
    wrong = [
        (OWN.replace("HIGH", "LATE"), "INVALID", "In play 'meet-in-bonn', 'priority' must be one of"),
        ("[[play]]\nid = ?", "INVALID", "at line 2, column 6"),
        ("", "INVALID", "The playbook is empty"),
        ("#" * 262_145, "TOO_LARGE", "262,144 at most"),
    ]
    async with unchanged():
        for playbook, code, words in wrong:
            payload = await api.mutate(
                "generateRecommendations",
                "run { id } recommendations { id }",
                runId=sample.kmeans,
                playbook=playbook,
            )
            assert (payload["run"], payload["recommendations"]) == (None, None)
            assert mistakes(payload) == [(code, ["input", "playbook"])]
            assert words in payload["userErrors"][0]["message"]
        alone = await api.mutate("generateRecommendations", runId=sample.kmeans, extend=False)
        assert mistakes(alone) == [("INVALID", ["input", "playbook"])]
    assert await api.node("ClusteringRun", sample.kmeans, SEGMENTS) == before


async def test_what_is_not_there_is_told(api: Api, sample: Sample) -> None:
    for other in ("nonsense", sample.dataset):
        payload = await api.mutate("generateRecommendations", runId=other)
        assert mistakes(payload) == [("NOT_FOUND", ["input", "runId"])]
        payload = await api.mutate("reviewRecommendation", id=other, status="ACCEPTED")
        assert mistakes(payload) == [("NOT_FOUND", ["input", "id"])]


@pytest.mark.parametrize(
    ("given", "path", "words"),
    [
        ({}, ["input", "status"], "give a status"),
        ({"status": None, "note": "why"}, ["input", "note"], "a note goes with a status"),
        ({"status": "ACCEPTED", "note": "x" * 2_001}, ["input", "note"], "2,000 at most"),
    ],
)
async def test_a_review_that_says_nothing_or_too_much_is_refused(
    api: Api, sample: Sample, given: dict[str, Any], path: list[str], words: str
) -> None:
    run = await api.node("ClusteringRun", sample.kmeans, SEGMENTS)
    key = run["segments"][0]["recommendations"][0]["id"]
    payload = await api.mutate("reviewRecommendation", "recommendation { id }", id=key, **given)
    assert payload["recommendation"] is None
    assert mistakes(payload) == [("INVALID", path)]
    assert words in payload["userErrors"][0]["message"]
    assert (await api.node("Recommendation", key, REVIEW))["review"] is None


FALLBACKS = "".join(
    f"""
[[fallback]]
id = "own-{ground}"
on = "{ground}"
kind = "RESEARCH"
title = "Ask them"
action = "Ask “{{segment}}”."
channel = "Phone"
measure = "Answers within a month."
priority = "LOW"
"""
    for ground in ("number", "more_of_a_category", "less_of_a_category")
)


async def test_a_status_left_out_is_told_with_what_else_is_wrong(api: Api) -> None:
    payload = await api.mutate(
        "reviewRecommendation", "recommendation { id }", id="nonsense", note="x" * 2_001
    )
    assert mistakes(payload) == [
        ("INVALID", ["input", "status"]),
        ("INVALID", ["input", "note"]),
        ("NOT_FOUND", ["input", "id"]),
    ]
