"""Types, limits and defaults of all settings; the one module here that needs pydantic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator
from pydantic.fields import FieldInfo
from pydantic_core import to_json
from pydantic_settings import (
    BaseSettings,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)


def _to_upper(value: Any) -> Any:
    return value.upper() if isinstance(value, str) else value


def _to_lower(value: Any) -> Any:
    return value.lower() if isinstance(value, str) else value


class Group(BaseModel):
    """Settings with a common first word."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Database(Group):
    """``database.*``: which server or file, and how to talk to it. Times are in seconds."""

    backend: Literal["mysql", "postgresql", "sqlite"] | None = None
    host: str = "localhost"
    user: str | None = None
    password: SecretStr | None = None
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    name: str | None = None
    reconnect: bool = True
    use_tls: bool | None = None
    create_tables: bool = True
    database_prefix: str = ""
    path: str | None = None
    lock_timeout: Annotated[float, Field(ge=0)] | None = None
    connect_timeout: float = Field(default=10, gt=0)
    journal_mode: Annotated[
        Literal["wal", "delete", "truncate", "persist", "memory", "off"], BeforeValidator(_to_lower)
    ] = "wal"
    synchronous: Annotated[Literal["off", "normal", "full", "extra"], BeforeValidator(_to_lower)] = "full"
    collation: str | None = None

    @field_validator("path", mode="before")
    @classmethod
    def _accept_path(cls, value: Any) -> Any:
        return str(value) if isinstance(value, Path) else value


class ConnectionSettings(Group):
    """``connection.*``: the session that each connection starts with."""

    charset: str = ""
    init_function: str | None = None


class Display(Group):
    """``display.*``: previews and diagrams."""

    limit: int = Field(default=12, ge=0)
    width: int = Field(default=14, ge=1)
    show_tuple_count: bool = True
    diagram_direction: Annotated[Literal["LR", "TB"], BeforeValidator(_to_upper)] = "LR"
    diagram_theme: Annotated[Literal["light", "dark", "auto"], BeforeValidator(_to_lower)] = "auto"


class Jobs(Group):
    """``jobs.*``: how computations are shared among workers. Times are in seconds."""

    auto_refresh: bool = True
    keep_completed: bool = False
    stale_timeout: int = Field(default=3600, ge=0)
    default_priority: int = Field(default=5, ge=0, le=127)
    version_method: Literal["git", "source", "none"] | None = None
    add_job_metadata: bool = False
    allow_new_pk_fields_in_computed_tables: bool = False
    lease_timeout: float = Field(default=120, ge=10)
    heartbeat: Annotated[float, Field(gt=0)] | None = None
    max_attempts: int = Field(default=3, ge=1)
    retry_errors: bool = False
    verify_make: bool = True
    on_sigterm: Literal["release", "finish"] = "release"
    share_credentials: bool | None = None


class Storage(Group):
    """``storage.*``: how objects are written to and read from stores."""

    content_hash: Literal["none", "md5", "sha256"] = "md5"
    threads: int = Field(default=16, ge=1)
    max_inflight_mb: int = Field(default=256, ge=1)
    verify_hash: bool = True
    compression_level: int = Field(default=6, ge=0, le=9)


class Provenance(Group):
    """``provenance.*``: what is recorded about the origin of rows."""

    capture: bool = False
    source: dict[str, Any] = Field(default_factory=dict)

    @field_validator("source")
    @classmethod
    def _require_json(cls, value: dict[str, Any]) -> dict[str, Any]:
        to_json(value)
        return value


class Layer(PydanticBaseSettingsSource):
    """One source of settings, already read: nested values of the keys that it gives."""

    def __init__(self, settings_cls: type[BaseSettings], values: dict[str, Any]):
        super().__init__(settings_cls)
        self.values = values

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Return the value for one top-level field."""
        return self.values.get(field_name), field_name, False

    def __call__(self) -> dict[str, Any]:
        """Return the nested values."""
        return self.values


class Settings(BaseSettings):
    """All settings, validated. ``Settings(layers=[...])`` merges nested values, strongest first."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid")

    database: Database = Database()
    connection: ConnectionSettings = ConnectionSettings()
    display: Display = Display()
    jobs: Jobs = Jobs()
    definition_drift: Literal["warn", "error", "ignore"] = "warn"
    storage: Storage = Storage()
    provenance: Provenance = Provenance()
    stores: dict[str, Any] = Field(default_factory=dict)
    loglevel: Annotated[
        Literal["DEBUG", "JOBS", "INFO", "WARNING", "ERROR", "CRITICAL"], BeforeValidator(_to_upper)
    ] = "INFO"
    safemode: bool = True
    query_cache: Path | None = None
    download_path: str = "."
    ignore_config_file: bool = False

    @field_validator("download_path", mode="before")
    @classmethod
    def _accept_path(cls, value: Any) -> Any:
        return str(value) if isinstance(value, Path) else value

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take exactly the layers that were given, so that the origin of each value is known."""
        assert isinstance(init_settings, InitSettingsSource)
        layers: list[dict[str, Any]] = init_settings.init_kwargs["layers"]
        return tuple(Layer(settings_cls, values) for values in layers)
