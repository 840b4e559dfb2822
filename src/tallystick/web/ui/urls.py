"""Addresses of the look itself."""

from django.urls import path

from tallystick.web.access import open_to_everyone
from tallystick.web.logos import serve_logo
from tallystick.web.ui.assets import serve_style_sheet
from tallystick.web.ui.brand import serve_accent_sheet
from tallystick.web.ui.styleguide import page
from tallystick.web.ui.swatches import serve_swatch

urlpatterns = [
    path("style/<str:digest>.css", open_to_everyone(serve_style_sheet), name="style_sheet"),
    path("brand/<int:workspace_id>/<str:digest>.png", serve_logo, name="logo"),
    path("brand/swatch-<str:shade>.svg", serve_swatch, name="swatch"),
    path("brand/<str:accent>-<str:digest>.css", serve_accent_sheet, name="accent_sheet"),
    path("styleguide/", page.styleguide, name="styleguide"),
    path("styleguide/do/", page.do, name="styleguide_do"),
    path("styleguide/undo/", page.undo, name="styleguide_undo"),
]
