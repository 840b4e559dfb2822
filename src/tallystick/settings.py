"""Django's settings, derived from the configuration; an operator sets `tallystick.configuration`, not this."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tallystick.configuration import LogFormat, configuration
from tallystick.platform.languages import PSEUDO_LANGUAGES
from tallystick.platform.logging import logging_settings

_own = configuration()
_package = Path(__file__).parent
_host = urlsplit(_own.base_url).hostname or "localhost"

DEBUG = False
SECRET_KEY = _own.signing_key()
ROOT_URLCONF = "tallystick.urls"
WSGI_APPLICATION = "tallystick.platform.http.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "platform.Person"
VAR = _own.var.resolve()

ALLOWED_HOSTS = [_host, *_own.allowed_hosts]
if not _own.in_production:
    ALLOWED_HOSTS += ["localhost", "127.0.0.1", "[::1]"]
BASE_URL = _own.base_url
NEW_WORKSPACES = _own.new_workspaces
API_REQUESTS_A_MINUTE = _own.api_requests_a_minute
API_CHECKS_A_MINUTE = _own.api_checks_a_minute
MAIL_IS_SET_UP = not _own.email_url.get_secret_value().startswith("console:")
IN_PRODUCTION = _own.in_production

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django_htmx",
    "procrastinate.contrib.django",
    "tallystick.platform",
    "tallystick.crm",
    "tallystick.partners",
    "tallystick.ledger",
    "tallystick.programmes",
    "tallystick.deals",
    "tallystick.attribution",
    "tallystick.commissions",
    "tallystick.insights",
    "tallystick.web",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
]

MIDDLEWARE = [
    "tallystick.platform.http.request_ids.RequestIdMiddleware",
    "tallystick.platform.http.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "tallystick.platform.http.content_security.ContentSecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    # Last: it runs the view in the scope of whoever looks.
    "tallystick.web.middleware.ViewerMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_package / "web" / "ui" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "tallystick.web.ui.templatetags.ui",
                "tallystick.web.ui.templatetags.containers",
            ],
        },
    }
]

# --- Database -------------------------------------------------------------------------------------------------

EMBEDDED_HOME = VAR / "postgres"
EMBEDDED_PROGRAMS = _own.postgres_programs


def _database(url: str | None) -> dict[str, object]:
    """Return Django's description of the database behind `url`, or of the embedded server."""
    shared: dict[str, object] = {
        "ENGINE": "tallystick.platform.database.postgresql",
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }
    if url is None:
        return {**shared, "NAME": "tallystick", "OPTIONS": {"embedded": True}}
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ValueError("DATABASE_URL must begin with postgresql://")
    return {
        **shared,
        "NAME": unquote(parts.path.lstrip("/")) or "tallystick",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "OPTIONS": dict(parse_qsl(parts.query)),
    }


DATABASES = {"default": _database(_own.database_url.get_secret_value() if _own.database_url else None)}

# --- Security -------------------------------------------------------------------------------------------------

_served_securely = _own.base_url.startswith("https://")

SESSION_COOKIE_SECURE = _served_securely
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_NAME = "__Host-session" if _served_securely else "session"
SESSION_COOKIE_AGE = 14 * 24 * 3600
CSRF_COOKIE_SECURE = _served_securely
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrf" if _served_securely else "csrf"
CSRF_TRUSTED_ORIGINS = [_own.base_url]
SECURE_SSL_REDIRECT = _own.in_production
SECURE_HSTS_SECONDS = 2 * 365 * 24 * 3600 if _own.in_production else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = _own.in_production
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _own.behind_proxy else None
# The preload list is for whoever owns the whole domain to decide.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2_000
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.ScryptPasswordHasher"]

AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_ADAPTER = "tallystick.web.public.adapter.SignInAdapter"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = ACCOUNT_LOGIN_TIMEOUT = 15 * 60
ACCOUNT_LOGIN_BY_CODE_MAX_ATTEMPTS = 3
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ALLAUTH_TRUSTED_PROXY_COUNT = 1 if _own.behind_proxy else 0
# Requests for codes, links and invitations are counted in `web.public.limits`, whose page tells when to try again.
ACCOUNT_RATE_LIMITS = {
    "request_login_code": None,
    "login": None,
    "login_failed": "20/m/ip,5/300s/key",
    "reauthenticate": "20/m/user",
}
MFA_ADAPTER = "tallystick.web.public.second_step.SecondStepAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1
# Whoever signs in has proved the address: by a code, a link or an invitation.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RATE_LIMITS = {"webauthn_login": None}
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"

# --- Words, time, files, mail, logs ---------------------------------------------------------------------------

LANGUAGE_CODE = _own.language
LANGUAGES = [("en-gb", "English"), *(PSEUDO_LANGUAGES if _own.pseudo_languages else ())]
LOCALE_PATHS = [_package / "locale"]
USE_I18N = True
TIME_ZONE = _own.time_zone
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [path for path in [_package / "web" / "ui" / "static"] if path.is_dir()]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": VAR / "files", "file_permissions_mode": 0o600, "directory_permissions_mode": 0o700},
    },
    "staticfiles": {
        "BACKEND": (
            "whitenoise.storage.CompressedManifestStaticFilesStorage"
            if _own.in_production
            else "django.contrib.staticfiles.storage.StaticFilesStorage"
        )
    },
}
# Shared by the server's processes, as it counts attempts to sign in.
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.filebased.FileBasedCache", "LOCATION": VAR / "cache"},
    # Apart from the others, so that many charts push no count of attempts out.
    "drawings": {
        "BACKEND": "django.core.cache.backends.filebased.FileBasedCache",
        "LOCATION": VAR / "drawings",
        "TIMEOUT": 7 * 24 * 3600,
        "OPTIONS": {"MAX_ENTRIES": 2_000},
    },
}
WHITENOISE_USE_FINDERS = not _own.in_production

_mail = urlsplit(_own.email_url.get_secret_value())
EMAIL_BACKEND = f"django.core.mail.backends.{'console' if _mail.scheme == 'console' else 'smtp'}.EmailBackend"
EMAIL_HOST = _mail.hostname or "localhost"
EMAIL_PORT = _mail.port or (465 if _mail.scheme == "smtps" else 587)
EMAIL_HOST_USER = unquote(_mail.username or "")
EMAIL_HOST_PASSWORD = unquote(_mail.password or "")
EMAIL_USE_SSL = _mail.scheme == "smtps"
EMAIL_USE_TLS = _mail.scheme == "smtp"
EMAIL_TIMEOUT = 15
DEFAULT_FROM_EMAIL = SERVER_EMAIL = _own.email_from
CHAT_WEBHOOK_HOSTS = tuple(_own.chat_webhook_hosts)
WEBHOOK_PORTS = tuple(_own.webhook_ports)
WEBHOOK_TRUSTED = tuple(_own.webhook_trusted)
MAIL_IN_TRUSTED = tuple(_own.mail_in_trusted)

LOGGING_CONFIG = "tallystick.platform.logging.configure_logging"
LOGGING = logging_settings(
    form=_own.log_format or (LogFormat.JSON if _own.in_production else LogFormat.CONSOLE), level=_own.log_level
)

# --- Jobs -----------------------------------------------------------------------------------------------------

PROCRASTINATE_IMPORT_PATHS = [
    "tallystick.flows.tasks",
    "tallystick.flows.notifications.tasks",
    "tallystick.flows.webhooks.tasks",
]
