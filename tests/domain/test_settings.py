"""Settings that can't be meant are refused by name, before anything is started."""

import pytest

from domain.settings import WrongSetting, load, unknown


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("storage_url", "ftp://x/y", "SEGMENTGRAPH_STORAGE_URL: should be a folder, or s3://BUCKET/PREFIX"),
        ("database_url", "mysql://x", "SEGMENTGRAPH_DATABASE_URL: should be sqlite://PATH or postgres://"),
        ("database_url", "sqlite://", "SEGMENTGRAPH_DATABASE_URL: names no database"),
        ("database_url", "sqlite://:memory:", "SEGMENTGRAPH_DATABASE_URL: should name a file"),
        ("public_url", "shop.example", "SEGMENTGRAPH_PUBLIC_URL: should be https://NAME or http://NAME"),
        ("dask_scheduler", "localhost:8786", "SEGMENTGRAPH_DASK_SCHEDULER: should be tcp://HOST:PORT"),
        ("job_lease_seconds", "inf", "SEGMENTGRAPH_JOB_LEASE_SECONDS: "),
        ("signed_url_seconds", "99999999999999999999", "SEGMENTGRAPH_SIGNED_URL_SECONDS: "),
        ("host", "", "SEGMENTGRAPH_HOST: "),
        ("port", "65536", "SEGMENTGRAPH_PORT: "),
        ("max_rejected_share", "1.01", "SEGMENTGRAPH_MAX_REJECTED_SHARE: "),
        ("max_rejected_share", "-0.1", "SEGMENTGRAPH_MAX_REJECTED_SHARE: "),
        ("max_rejected_share", "nan", "SEGMENTGRAPH_MAX_REJECTED_SHARE: "),
        ("max_sheets", "0", "SEGMENTGRAPH_MAX_SHEETS: "),
        ("max_decompressed_bytes", "4GB", "SEGMENTGRAPH_MAX_DECOMPRESSED_BYTES: "),
        ("rate_limit", "often", "SEGMENTGRAPH_RATE_LIMIT: should be NUMBER/PERIOD, such as 60/minute"),
        ("cost_limit", "9" * 100, "SEGMENTGRAPH_COST_LIMIT: should be NUMBER/PERIOD"),
        ("rate_limit", "60/minute;1000/hour", "SEGMENTGRAPH_RATE_LIMIT: should be NUMBER/PERIOD"),
        ("sign_in_limit", "0/minute", "SEGMENTGRAPH_SIGN_IN_LIMIT: should allow from 1 to 1,000,000,000"),
        ("cost_limit", "9999999999/hour", "SEGMENTGRAPH_COST_LIMIT: should allow from 1 to 1,000,000,000"),
        ("upload_limit", "1/2 years", "SEGMENTGRAPH_UPLOAD_LIMIT: should have a period of a year at most"),
        ("secret_key", "short", "SEGMENTGRAPH_SECRET_KEY should have 32 characters or more"),
    ],
)
def test_a_wrong_value_is_refused_by_the_settings_name(name: str, value: str, told: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        load(**{name: value})
    assert str(refused.value).startswith(told)
    assert "\n" not in str(refused.value)


def test_a_rate_is_kept_as_everybody_writes_it() -> None:
    settings = load(rate_limit=" 10 per 5 MINUTES ", cost_limit="1000000000/day")
    assert (settings.rate_limit, settings.cost_limit) == ("10/5 minutes", "1000000000/day")


def test_all_wrong_values_are_told_at_once() -> None:
    with pytest.raises(WrongSetting, match=r"SEGMENTGRAPH_PORT: .*; SEGMENTGRAPH_MAX_ROWS: "):
        load(port="x", max_rows="0")


def test_a_variable_that_only_looks_like_a_setting_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGMENTGRAPH_MAX_ROW", "5")
    monkeypatch.setenv("SEGMENTGRAPH_MAX_ROWS", "5")

    assert "SEGMENTGRAPH_MAX_ROW" in unknown()
    assert "SEGMENTGRAPH_MAX_ROWS" not in unknown()
