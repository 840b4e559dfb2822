"""The people of the tests of outgoing webhooks, and a stand-in that listens."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.test import override_settings

from tallystick.platform.models import (
    Workspace,
)
from tallystick.platform.tenancy import scope
from tests.integration.flows.notifications.world import Cast, make_cast
from tests.integration.flows.webhooks.world import Got, Receiver


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    stand_in = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            stand_in.got.append(Got({key.lower(): value for key, value in self.headers.items()}, body))
            self.send_response(stand_in.status)
            if stand_in.retry_after:
                self.send_header("Retry-After", stand_in.retry_after)
            self.end_headers()
            if stand_in.status != 204:
                self.wfile.write(b"no \0 thanks")

        def log_message(self, *_: object) -> None: ...

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    stand_in.url = f"http://127.0.0.1:{server.server_port}"
    with override_settings(WEBHOOK_TRUSTED=(stand_in.url,)):
        yield stand_in
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def cast(workspace: Workspace) -> Iterator[Cast]:
    people = make_cast(workspace)
    with scope(workspace_id=workspace.pk):
        yield people
