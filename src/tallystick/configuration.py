"""What an operator can set: environment variables, read once, each with the sentence that documents it.

Names are those of the fields in capitals after `TALLYSTICK_`; `DATABASE_URL`, `EMAIL_URL` and `PORT` are read
without it as well, because hosting platforms set them so.
"""

from __future__ import annotations

import os
import secrets
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class Environment(StrEnum):
    """Where the program runs: production refuses every default that is only good for trying it out."""

    DEVELOPMENT = "development"
    PRODUCTION = "production"


class LogFormat(StrEnum):
    """How log lines look."""

    CONSOLE = "console"
    JSON = "json"


class NewWorkspaces(StrEnum):
    """Who may start a workspace in the browser; at the command line an operator always may."""

    ADMINS = "admins"
    ANYONE = "anyone"
    NOBODY = "nobody"


class Configuration(BaseSettings):
    """The settings of one installation."""

    model_config = SettingsConfigDict(env_prefix="TALLYSTICK_", env_ignore_empty=True, frozen=True)

    environment: Environment = Field(
        Environment.DEVELOPMENT, description="Where it runs: `development` or `production`."
    )
    var: Path = Field(
        Path("var"), description="Folder for everything that is kept: the embedded database, keys, uploads."
    )
    database_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("DATABASE_URL", "TALLYSTICK_DATABASE_URL"),
        description="PostgreSQL 15 or later as a URL; without it the embedded server is used.",
    )
    postgres_programs: Path | None = Field(
        None, description="Folder of PostgreSQL programs to run as the embedded server instead of its own 18."
    )
    secret_key: SecretStr | None = Field(
        None, description="Key that signs sessions and links; made and kept in `var/` outside production."
    )
    host: str = Field("127.0.0.1", description="Address the server listens on.")
    port: int = Field(
        8000,
        validation_alias=AliasChoices("TALLYSTICK_PORT", "PORT"),
        description="Port the server listens on.",
        ge=1,
        le=65_535,
    )
    base_url: str = Field(
        default_factory=lambda given: f"http://{given['host']}:{given['port']}",
        description="Address under which people reach the program, used in e-mails; by default its own.",
    )
    allowed_hosts: Annotated[list[str], NoDecode] = Field(
        [], description="Further host names it answers to, separated by commas."
    )
    email_url: SecretStr = Field(
        SecretStr("console:"),
        validation_alias=AliasChoices("EMAIL_URL", "TALLYSTICK_EMAIL_URL"),
        description="Mail server: `smtp://user:password@host:587` (STARTTLS), `smtps://` (TLS), or `console:`.",
    )
    email_from: str = Field("Tallystick <tallystick@localhost>", description="Sender of the e-mails.")
    chat_webhook_hosts: Annotated[list[str], NoDecode] = Field(
        [
            "hooks.slack.com",
            "hooks.slack-gov.com",
            "*.webhook.office.com",
            "*.logic.azure.com",
            "*.api.powerplatform.com",
        ],
        description=(
            "Hosts that chat webhooks may lead to, separated by commas; an entry such as `https://chat.internal` "
            "trusts one address in your own network."
        ),
    )
    webhook_ports: Annotated[list[int], NoDecode] = Field(
        [443], description="Ports that outgoing webhooks may lead to, separated by commas."
    )
    webhook_trusted: Annotated[list[str], NoDecode] = Field(
        [],
        description="Origins in your own network that outgoing webhooks may lead to, separated by commas, such as "
        "`http://receiver.internal:8080`; every other address must be public and https.",
    )
    mail_in_trusted: Annotated[list[str], NoDecode] = Field(
        [],
        description="Mailboxes in your own network that mail may be fetched from, separated by commas, such as "
        "`imaps://mail.internal:993`; `imap://` goes without TLS. Every other must be public and use TLS.",
    )
    language: str = Field("en-gb", description="Language of the screens, as an IETF tag.")
    pseudo_languages: bool = Field(
        default=False, description="Whether to offer two invented languages that show what is untranslated."
    )
    time_zone: str = Field("UTC", description="Time zone of screens that belong to no workspace, as an IANA name.")
    web_processes: int = Field(2, description="Server processes.", ge=1)
    web_threads: int = Field(4, description="Requests that one server process answers at a time.", ge=1)
    worker_jobs: int = Field(2, description="Background jobs that one worker runs at a time.", ge=1)
    behind_proxy: bool = Field(
        default=False, description="Whether a reverse proxy sets `X-Forwarded-Proto`; only then is it believed."
    )
    api_requests_a_minute: int = Field(
        600, description="Requests a minute that one key of the API may make; more are answered with 429.", ge=1
    )
    api_checks_a_minute: int = Field(
        60, description="Of these, how many may check a claim before it is registered.", ge=1
    )
    new_workspaces: NewWorkspaces = Field(
        NewWorkspaces.ADMINS,
        description="Who may start a workspace in the browser: `admins` of one that is here, the demo included, "
        "`anyone` who is signed in, or `nobody`.",
    )
    log_format: LogFormat | None = Field(
        None, description="Log lines as `console` or `json`; by default JSON in production."
    )
    log_level: str = Field("INFO", description="Least severe level that is logged.")

    @field_validator(
        "allowed_hosts", "chat_webhook_hosts", "webhook_ports", "webhook_trusted", "mail_in_trusted", mode="before"
    )
    @classmethod
    def _split_at_commas(cls, value: object) -> object:
        return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value

    @field_validator("base_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ValueError("must be an address such as https://partners.example.com")
        return value.rstrip("/")

    @model_validator(mode="after")
    def _is_fit_for_production(self) -> Self:
        if self.environment is Environment.PRODUCTION:
            if self.secret_key is None or len(self.secret_key.get_secret_value()) < 32:
                raise ValueError("production needs TALLYSTICK_SECRET_KEY with at least 32 characters")
            if not self.base_url.startswith("https://"):
                raise ValueError("production needs TALLYSTICK_BASE_URL with https://")
        return self

    @property
    def in_production(self) -> bool:
        """Tell whether defaults for trying it out are refused."""
        return self.environment is Environment.PRODUCTION

    def signing_key(self) -> str:
        """Return the secret key; outside production one is made at first use and kept in `var/` (mode 0600)."""
        if self.secret_key is not None:
            return self.secret_key.get_secret_value()
        path = self.var / "secret_key"
        self.var.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text(encoding="ascii")
        key = secrets.token_urlsafe(48)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(key)
        return key


@cache
def configuration() -> Configuration:
    """Return the settings of this process, read from the environment once."""
    return Configuration()
