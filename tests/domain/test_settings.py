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
        ("secret_key", "short", "SEGMENTGRAPH_SECRET_KEY should have 32 characters or more"),
    ],
)
def test_a_wrong_value_is_refused_by_the_settings_name(name: str, value: str, told: str) -> None:
    with pytest.raises(WrongSetting) as refused:
        load(**{name: value})
    assert str(refused.value).startswith(told)
    assert "\n" not in str(refused.value)


def test_all_wrong_values_are_told_at_once() -> None:
    with pytest.raises(WrongSetting, match=r"SEGMENTGRAPH_PORT: .*; SEGMENTGRAPH_MAX_ROWS: "):
        load(port="x", max_rows="0")


def test_a_variable_that_only_looks_like_a_setting_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEGMENTGRAPH_MAX_ROW", "5")
    monkeypatch.setenv("SEGMENTGRAPH_MAX_ROWS", "5")

    assert "SEGMENTGRAPH_MAX_ROW" in unknown()
    assert "SEGMENTGRAPH_MAX_ROWS" not in unknown()
