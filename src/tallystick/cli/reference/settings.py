"""What an operator can set."""

from __future__ import annotations

from enum import StrEnum

from pydantic import AliasChoices, SecretStr
from pydantic.fields import FieldInfo

from tallystick.cli.reference.markdown import page, table
from tallystick.configuration import Configuration


def settings_page() -> str:
    """Return the page of settings: every environment variable with its default and its sentence."""
    rows = [
        (" or ".join(f"`{name}`" for name in variables(field, info)), _default(info), info.description or "")
        for field, info in Configuration.model_fields.items()
    ]
    return page(
        "Settings",
        introduction=(
            "Environment variables, read once when a process starts. An empty one counts as not set. "
            "[Running in production](../how-to/production.md)\nsays which of them an installation needs."
        ),
        body=table(["Variable", "Default", "What it sets"], rows),
    )


def variables(field: str, info: FieldInfo) -> list[str]:
    """Return the environment variables a setting is read from, the first that is set wins."""
    alias = info.validation_alias
    if isinstance(alias, AliasChoices):
        return [str(choice) for choice in alias.choices]
    return [f"{Configuration.model_config['env_prefix']}{field}".upper()]


def _default(info: FieldInfo) -> str:
    match None if info.default_factory else info.default:
        case None | []:
            return ""
        case SecretStr() as secret:
            return f"`{secret.get_secret_value()}`"
        case bool(value):
            return f"`{str(value).lower()}`"
        case StrEnum() as choice:
            return f"`{choice.value}`"
        case value:
            return f"`{value}`"
