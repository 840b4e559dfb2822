"""How the registration form is written: the fields of its document."""

from __future__ import annotations

from tallystick.cli.reference.documents import part_section, parts_of
from tallystick.cli.reference.markdown import page
from tallystick.deals.rules.forms.document import EXAMPLES, FormDocument
from tallystick.deals.rules.forms.form import Subject


def registration_form_page() -> str:
    """Return the page of the document's fields, part by part."""
    return page(
        "Registration form",
        introduction=(
            "The registration form is a YAML document, edited at *Settings → Registration form*, field by field or as "
            "text.\n[Ask more when a deal is registered](../how-to/registration-forms.md) walks through a change. "
            "Fields under `lead` are written like those under `registration`."
        ),
        body=(
            line
            for path, part in parts_of(FormDocument)
            if not path.startswith(Subject.LEAD)
            for line in part_section(path, part, whole="The document", examples=EXAMPLES)
        ),
    )
