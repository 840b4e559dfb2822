"""The settings an operator can make."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from tallystick.configuration import Configuration

LONG_KEY = "k" * 32


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DATABASE_URL", "EMAIL_URL", "PORT"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TALLYSTICK_VAR", str(tmp_path))


def test_every_setting_is_documented_by_a_sentence() -> None:
    sentences = {name: field.description or "" for name, field in Configuration.model_fields.items()}
    assert [name for name, sentence in sentences.items() if not sentence.endswith(".")] == []


def test_a_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first, second = Configuration().signing_key(), Configuration().signing_key()
    assert first == second
    assert len(first) == 64
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600


def test_production_refuses_to_start_without_a_secret_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_ENVIRONMENT", "production")
    monkeypatch.setenv("TALLYSTICK_BASE_URL", "https://partners.example.com")
    with pytest.raises(ValidationError, match="production needs TALLYSTICK_SECRET_KEY"):
        Configuration()


def test_production_refuses_an_address_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_ENVIRONMENT", "production")
    monkeypatch.setenv("TALLYSTICK_SECRET_KEY", LONG_KEY)
    with pytest.raises(ValidationError, match="production needs TALLYSTICK_BASE_URL with https://"):
        Configuration()


def test_secrets_do_not_show_when_the_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_SECRET_KEY", LONG_KEY)
    monkeypatch.setenv("DATABASE_URL", "postgresql://app:hunter2@db/tallystick")
    shown = repr(Configuration())
    assert LONG_KEY not in shown
    assert "hunter2" not in shown


def test_host_names_are_separated_by_commas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TALLYSTICK_ALLOWED_HOSTS", "a.example.com, b.example.com")
    assert Configuration().allowed_hosts == ["a.example.com", "b.example.com"]
