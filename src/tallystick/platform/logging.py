"""Structured logs: one event a line, as JSON in production and in colour on a console, each with its request id.

Code logs with `structlog.get_logger()`; what Django, granian and procrastinate log through the standard library is
given the same form. Names and amounts of partners do not belong in logs: log ids.
"""

from __future__ import annotations

import logging.config
import sys
from typing import Any

import structlog

from tallystick.configuration import LogFormat

_QUIET = {
    "django.server": "WARNING",
    "granian.access": "WARNING",
    "httpx": "WARNING",
    "procrastinate.blueprints": "WARNING",
    "procrastinate.jobs": "WARNING",
    "procrastinate.periodic": "WARNING",
    "psycopg.pool": "ERROR",
}


def logging_settings(*, form: LogFormat, level: str) -> dict[str, Any]:
    """Return the `logging.config` dictionary that renders every record in `form`."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "events": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": _shared_processors(),
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *_renderers(form)],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
        "root": {"handlers": ["stderr"], "level": level.upper()},
        "loggers": {name: {"level": quiet} for name, quiet in _QUIET.items()},
    }


def configure_logging(settings: dict[str, Any]) -> None:
    """Apply the dictionary of `logging_settings` and send structlog's events the same way."""
    logging.config.dictConfig(settings)
    structlog.configure(
        processors=[*_shared_processors(), structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _shared_processors() -> list[structlog.typing.Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]


def _renderers(form: LogFormat) -> list[structlog.typing.Processor]:
    match form:
        case LogFormat.JSON:
            return [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
        case LogFormat.CONSOLE:
            # Plain: the default prints the values of variables, and those may be anybody's.
            plain = structlog.dev.plain_traceback
            return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
