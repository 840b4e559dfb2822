"""Files are handed out to save, to whom they belong; for everyone else they do not exist."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tallystick.partners.models import PartnerRole
from tallystick.platform.actors import SYSTEM
from tallystick.platform.files.content import content_path
from tallystick.platform.files.services import remove_file, store_file
from tallystick.platform.models import FilePurpose, StoredFile, Workspace
from tallystick.platform.tenancy import scope
from tests.factories.people import browser_of, make_member, make_partner, make_partner_person

AT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def keep(workspace: Workspace, partner_id: int | None = None, *, name: str = "offer.pdf") -> StoredFile:
    with scope(workspace_id=workspace.pk):
        upload = SimpleUploadedFile(name, b"%PDF-1.7\nan offer")
        return store_file(SYSTEM, upload=upload, purpose=FilePurpose.DEAL_MESSAGE, partner_id=partner_id, at=AT)


def opened(browser: Client, address: str) -> int:
    """Return how the address answers, with the file read to its end, as a browser would."""
    answer = browser.get(address)
    b"".join(answer)
    return answer.status_code


def test_a_file_is_saved_never_shown(workspace: Workspace) -> None:
    stored = keep(workspace, name="Angebot für Zoë.pdf")
    answer = browser_of(make_member(workspace).person).get(f"/files/{stored.pk}/")

    assert b"".join(answer) == b"%PDF-1.7\nan offer"
    assert answer["Content-Type"] == "application/pdf"
    assert answer["Content-Disposition"] == "attachment; filename*=utf-8''Angebot%20f%C3%BCr%20Zo%C3%AB.pdf"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "no-store" in answer["Cache-Control"]


def test_a_partner_opens_its_own_files_and_finds_no_other(workspace: Workspace, other_workspace: Workspace) -> None:
    partner, rival = make_partner(workspace), make_partner(workspace, "Rival")
    browser = browser_of(make_partner_person(partner).person)
    own, foreign, internal = keep(workspace, partner.pk), keep(workspace, rival.pk), keep(workspace)
    elsewhere = keep(other_workspace)

    assert opened(browser, f"/portal/files/{own.pk}/") == 200
    for hidden in (foreign, internal, elsewhere):
        assert browser.get(f"/portal/files/{hidden.pk}/").status_code == 404
        assert browser.get(f"/files/{hidden.pk}/").status_code == 404
    assert browser.get(f"/files/{own.pk}/").status_code == 404


def test_the_vendor_finds_no_file_of_another_workspace(workspace: Workspace, other_workspace: Workspace) -> None:
    foreign = keep(other_workspace)
    assert browser_of(make_member(workspace).person).get(f"/files/{foreign.pk}/").status_code == 404


@pytest.mark.parametrize("lost", ["removed", "bytes"])
def test_a_file_that_is_gone_is_not_there(workspace: Workspace, lost: str) -> None:
    stored = keep(workspace, name=f"{lost}.pdf")
    browser = browser_of(make_member(workspace).person)
    with scope(workspace_id=workspace.pk):
        if lost == "removed":
            remove_file(SYSTEM, file_id=stored.pk, reason="mistake", at=AT)
        else:
            content_path(stored.sha256).unlink()
    assert browser.get(f"/files/{stored.pk}/").status_code == 404


def test_who_looks_as_a_partner_reads_its_files(workspace: Workspace) -> None:
    partner = make_partner(workspace)
    make_partner_person(partner, PartnerRole.SELLER)
    browser = browser_of(make_member(workspace).person)
    browser.post(f"/view-as/{partner.pk}/")

    assert opened(browser, f"/portal/files/{keep(workspace, partner.pk).pk}/") == 200
    assert browser.get(f"/portal/files/{keep(workspace).pk}/").status_code == 404
