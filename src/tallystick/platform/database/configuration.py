"""The embedded server's own configuration files, written anew at each start."""

from __future__ import annotations

from pathlib import Path

LOCAL_SETTINGS = "postgresql.local.conf"

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    # Queries here are short; compiling them costs more than it saves.
    "jit": "off",
    # /dev/shm is 64 MB in many containers; files in the data folder are not limited by it.
    "dynamic_shared_memory_type": "mmap",
    "log_checkpoints": "off",
    "log_min_messages": "warning",
    "log_timezone": "UTC",
    "timezone": "UTC",
    "datestyle": "iso, ymd",
    "lc_messages": "C",
}


def write_configuration(*, data: Path, socket_folder: Path, system_user: str, database_user: str) -> None:
    """Write settings and access rules: no network, and only `system_user` may connect, as `database_user`."""
    settings = {**_SETTINGS, "unix_socket_directories": str(socket_folder)}
    lines = [f"{name} = '{_quoted(value)}'" for name, value in settings.items()]
    (data / "postgresql.conf").write_text(
        "# Written by Tallystick at each start of the server. Settings of your own belong in "
        f"{LOCAL_SETTINGS} beside this file.\n" + "\n".join(lines) + f"\ninclude = '{LOCAL_SETTINGS}'\n",
        encoding="utf-8",
    )
    (data / LOCAL_SETTINGS).touch()
    (data / LOCAL_SETTINGS).chmod(0o644)
    (data / "pg_hba.conf").write_text("local all all peer map=tallystick\n", encoding="utf-8")
    (data / "pg_ident.conf").write_text(f'tallystick "{system_user}" "{database_user}"\n', encoding="utf-8")


def _quoted(value: str) -> str:
    return value.replace("'", "''")
