"""Configuration, in one place, with its defaults.

Read from the environment (prefix SEGMENTGRAPH_) and from a file `.env` in the
working folder; the environment wins.
"""

import os
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

from pydantic import Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from domain.setting_kinds import (
    Count,
    DatabaseUrl,
    PublicUrl,
    Rate,
    SchedulerAddress,
    Seconds,
    Share,
    StorageUrl,
    Words,
)

PREFIX = "SEGMENTGRAPH_"


class WrongSetting(Exception):
    """A setting has a value that can't be used; the message names it and says what fits."""


class Settings(BaseSettings):
    """Everything that can be configured. A field's description is its documentation."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_file=".env", extra="ignore", frozen=True)

    data_dir: Path = Field(
        Path("segmentgraph-data"), description="Folder of the embedded database, files and the secret key."
    )
    database_url: DatabaseUrl = Field(
        "",
        description="`sqlite://PATH` or `postgres://USER:PASSWORD@HOST:PORT/NAME`; "
        "empty: `segmentgraph.sqlite3` in the data folder.",
    )
    storage_url: StorageUrl = Field(
        "",
        description="Where tables and artifacts are kept: a folder, or `s3://BUCKET/PREFIX`; "
        "empty: `storage` in the data folder.",
    )
    host: str = Field("127.0.0.1", min_length=1, description="Address to listen on.")
    port: int = Field(8000, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="The least severe message that is logged."
    )
    log_format: Literal["auto", "console", "json"] = Field(
        "auto", description="Logs for people (`console`) or machines (`json`); `auto` looks for a terminal."
    )
    cors_origins: Words = Field(
        (), description="Origins of web pages that may call this server, comma-separated; `*` for any."
    )
    allowed_hosts: Words = Field(
        (),
        description="Names by which clients may call this server, comma-separated; empty: this machine's own "
        "when it listens on loopback, else any.",
    )
    secret_key: str = Field(
        "",
        repr=False,
        description="Key that signs tokens and URLs, 32 characters or more; empty: on loopback, made and "
        "kept in the data folder. A server that others reach needs one.",
    )
    admin_password: str = Field(
        "",
        repr=False,
        description="Password of the administrator that the first start makes, and of `create-admin`; empty: "
        "a random one, shown once.",
    )
    registration: Literal["closed", "open"] = Field(
        "closed", description="Whether anybody may register (`open`), or only administrators make accounts."
    )
    access_token_expire_minutes: Count = Field(
        30, le=7 * 24 * 60, description="How long an access token works, in minutes."
    )
    refresh_token_expire_days: Count = Field(
        30, le=3650, description="How long a session lasts that nobody signs out of, in days."
    )
    min_password_length: Count = Field(10, le=64, description="Fewest characters of a password.")
    public_url: PublicUrl = Field(
        "",
        description="Address by which clients reach the server, such as a proxy's, for the URLs it hands "
        "out: `https://NAME`; empty: the one that the request came by.",
    )
    signed_url_seconds: Count = Field(
        3600,
        le=10 * 365 * 86_400,
        description="How long the URL of a picture or an export works, in seconds.",
    )

    trusted_proxies: Words = Field(
        (),
        description="Addresses or networks of proxies whose X-Forwarded-For and X-Forwarded-Proto are "
        "believed, comma-separated; empty: none.",
    )

    dask_scheduler: SchedulerAddress = Field(
        "",
        description="Dask scheduler that runs the jobs, `tcp://HOST:PORT`; empty: embedded workers.",
    )
    training_workers: Count = Field(
        max(1, (os.cpu_count() or 2) - 1),
        description="Embedded worker processes for trainings (CPUs less one).",
    )
    quick_workers: Count = Field(1, description="Embedded worker processes for imports and pictures.")
    job_lease_seconds: Seconds = Field(
        15.0,
        description="How long a job may be silent until another server takes it; clocks agree within it.",
    )
    job_attempts: Count = Field(3, description="How often a training is tried when its process dies.")
    cancel_grace_seconds: Seconds = Field(
        10.0, description="How long a canceled job may take to stop before its worker is restarted."
    )

    playbook: str = Field(
        "",
        description="TOML file, or folder of them, with plays of your own for recommendations; they extend "
        "the shipped ones.",
    )

    max_upload_bytes: Count = Field(2 * 1024**3, description="Largest upload, in bytes.")
    max_request_bytes: Count = Field(16 * 1024**2, description="Largest request without files, in bytes.")
    max_rows: Count = Field(50_000_000, description="Most rows a table has, those that are left out too.")
    max_columns: Count = Field(1_000, description="Most columns a dataset has.")
    max_cell_length: Count = Field(100_000, description="Longest cell, in characters.")
    max_rejected_share: Share = Field(
        0.1,
        description="Largest share of rows, 0 to 1, that an import may leave out as unreadable; above it the "
        "file is refused.",
    )
    max_sheets: Count = Field(100, description="Most sheets of an uploaded workbook.")
    max_decompressed_bytes: Count = Field(
        4 * 1024**3, description="Largest upload once unpacked, in bytes: of a workbook, or a Parquet file."
    )
    max_datasets: Count = Field(10_000, description="Most datasets kept.")
    max_hierarchical_rows: Count = Field(
        20_000,
        description="Most rows for hierarchical clustering by average and complete linkage; its memory grows "
        "with their square.",
    )
    max_single_linkage_rows: Count = Field(
        100_000,
        description="Most rows for hierarchical clustering by single linkage; its time grows with their "
        "square.",
    )
    max_training_values: Count = Field(
        200_000_000,
        description="Most values a training takes, customers times columns; each takes some 40 bytes.",
    )
    max_encoded_features: Count = Field(
        2_000, description="Most features after categories are spread out, one a category."
    )
    max_predicted_rows: Count = Field(
        10_000, description="Most customers that one call of predict takes; predictDataset takes any number."
    )
    max_explained_rows: Count = Field(
        100, description="Most customers that one call of predict explains; each takes some milliseconds."
    )
    prediction_retention_days: Count = Field(
        90, description="How long remembered predictions are kept, in days."
    )
    max_profiles: Count = Field(10_000, description="Most customer profiles of an account.")
    scorer_cache_bytes: Count = Field(
        256 * 1024**2, description="Most memory for models that predict, in bytes; the least used one goes."
    )
    max_query_depth: Count = Field(20, description="Deepest nesting of a GraphQL operation.")
    max_query_tokens: Count = Field(4_000, description="Most tokens of a GraphQL document.")
    max_query_aliases: Count = Field(200, description="Most aliases in a GraphQL document.")
    max_query_cost: Count = Field(
        200_000, description="Most values a GraphQL operation may ask for, pages multiplied out."
    )
    max_subscriptions: Count = Field(
        100, description="Most subscriptions of a caller at once, over all its connections to one server."
    )

    rate_limit: Rate = Field(
        "60/minute",
        description="Operations of a caller, as `NUMBER/PERIOD`: `60/minute`, `10/5 minutes`, `1000/hour`. "
        "An API key may have its own.",
    )
    cost_limit: Rate = Field(
        "2000000/minute", description="Values that a caller's operations may ask for together."
    )
    upload_limit: Rate = Field("60/hour", description="Uploads of a caller.")
    sign_in_limit: Rate = Field(
        "10/5 minutes",
        description="Sign-ins that may fail for an account from one address; five times as many for an "
        "account, or an address, in all.",
    )
    limits_kept_in: Literal["auto", "memory", "database"] = Field(
        "auto",
        description="Where limits are counted: `memory` for one server, `database` for several together; "
        "`auto`: the latter with PostgreSQL.",
    )
    max_concurrent_runs: Count = Field(10, description="Most runs of an account that wait or train at once.")
    max_concurrent_uploads: Count = Field(4, description="Most uploads of a caller at once, to one server.")
    max_header_bytes: Count = Field(
        64 * 1024, ge=1024, description="Largest head of a request, in bytes: its address and headers."
    )
    idle_seconds: Seconds = Field(
        30.0, description="How long a client may be silent within a request until it is hung up on."
    )

    @model_validator(mode="after")
    def _long_enough_key(self) -> Self:
        if self.secret_key and len(self.secret_key) < 32:
            raise ValueError("secret_key: should have 32 characters or more")
        return self

    @cached_property
    def database(self) -> str:
        """The database's address, the embedded default filled in."""
        return self.database_url or f"sqlite://{self.data_dir.absolute() / 'segmentgraph.sqlite3'}"

    @cached_property
    def storage(self) -> str:
        """The storage's address, the embedded default filled in."""
        return self.storage_url or str(self.data_dir.absolute() / "storage")


def load(**overrides: object) -> Settings:
    """Read the settings; what is given here wins over the environment.

    Raises WrongSetting with one line that names each wrong setting.
    """
    try:
        return Settings(**overrides)  # type: ignore[arg-type]  # checked by pydantic, which is the point
    except ValidationError as error:
        raise WrongSetting("; ".join(_told(part["loc"], part["msg"]) for part in error.errors())) from None


def unknown() -> list[str]:
    """Name the variables of the environment that look like settings and are none, as when one is misspelt."""
    known = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    return sorted(name for name in os.environ if name.startswith(PREFIX) and name.upper() not in known)


def _told(place: tuple[int | str, ...], message: str) -> str:
    plain = message.removeprefix("Value error, ")
    if not place:
        name, _, plain = plain.partition(": ")
        return f"{PREFIX}{name.upper()} {plain}"
    return f"{PREFIX}{str(place[0]).upper()}: {plain}"
