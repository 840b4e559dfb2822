"""The connection that every query goes through.

Each new session takes the role `tallystick_app`, which row-level security binds, and the scope that the code is
in; a reconnect in the middle of a request therefore sees no more and no less than before. Only code inside
`as_owner` (`platform.database.roles`) keeps the login's own rights.
"""

from __future__ import annotations

import time
from typing import Any

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db.backends.postgresql import base

from tallystick.platform.database.embedded import embedded_server
from tallystick.platform.database.roles import APP_ROLE, acts_as_owner, take_app_role

OLDEST_VERSION = 15
RECONNECT_SECONDS = 10.0


class DatabaseWrapper(base.DatabaseWrapper):
    """Connects to the embedded server or the configured one, then drops privileges."""

    def get_connection_params(self) -> dict[str, Any]:
        """Return psycopg's parameters; starts the embedded server where it is the one to use."""
        params: dict[str, Any] = super().get_connection_params()
        if params.pop("embedded", False):
            address = embedded_server(home=settings.EMBEDDED_HOME, programs=settings.EMBEDDED_PROGRAMS).ensure_running()
            params.update(host=str(address.socket_folder), port=address.port, user=address.user)
        return params

    def get_new_connection(self, conn_params: dict[str, Any]) -> psycopg.Connection[Any]:
        """Open a session; where the embedded server has just been killed, wait until it is back."""
        deadline = time.monotonic() + RECONNECT_SECONDS
        while True:
            try:
                return super().get_new_connection(conn_params)  # type: ignore[no-any-return]
            except psycopg.OperationalError:
                embedded = self.settings_dict["OPTIONS"].get("embedded", False)
                if not embedded or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
                conn_params = self.get_connection_params()

    def init_connection_state(self) -> None:
        """Refuse a server that is too old, take the application role and enter the current scope."""
        # Not above: tenancy declares models, and Django loads this backend before the first model.
        from tallystick.platform.tenancy import apply_scope

        super().init_connection_state()
        if self.pg_version < OLDEST_VERSION * 10_000:
            raise ImproperlyConfigured(
                f"The database runs PostgreSQL {self.pg_version // 10_000}; Tallystick needs {OLDEST_VERSION} or "
                "later. Upgrade it, or leave DATABASE_URL empty to use the embedded server."
            )
        if not acts_as_owner():
            self._drop_privileges()
        apply_scope(self)

    def _drop_privileges(self) -> None:
        try:
            take_app_role(self)
        except psycopg.errors.InsufficientPrivilege as error:
            raise ImproperlyConfigured(
                f'The database login may not act as "{APP_ROLE}". As its owner run: '
                f"GRANT {APP_ROLE} TO {self.settings_dict['USER'] or 'your_login'};"
            ) from error
