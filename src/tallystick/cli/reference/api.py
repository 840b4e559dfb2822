"""The API: its OpenAPI document, and the codes of its errors."""

from __future__ import annotations

from tallystick.cli.reference.markdown import page, table


def openapi_file() -> str:
    """Return the OpenAPI document as it is served."""
    # Inside: the operations of the API are no business of the other commands.
    from tallystick.web.api.documents import openapi_text

    return openapi_text()


def api_errors_page() -> str:
    """Return the page of the codes."""
    from tallystick.web.api.problems import MEDIA_TYPE, ErrorCode

    return page(
        "Errors of the API",
        introduction=f"What is refused is answered with a problem document (RFC 9457, `{MEDIA_TYPE}`). Its `code` "
        "never changes: decide by it. Its `detail` says what is wrong here; `errors`, where it is there, names fields.",
        body=table(
            ["Code", "Status", "What it means", "How to mend it"],
            ([f"`{code.code}`", str(code.status), f"{code.title}.", code.mend] for code in ErrorCode),
        ),
    )
