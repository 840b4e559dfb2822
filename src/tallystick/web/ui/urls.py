"""Addresses of the look itself."""

from django.urls import path

from tallystick.web.access import open_to_everyone
from tallystick.web.ui.assets import serve_style_sheet
from tallystick.web.ui.brand import serve_accent_sheet

urlpatterns = [
    path("style/<str:digest>.css", open_to_everyone(serve_style_sheet), name="style_sheet"),
    path("brand/<str:accent>-<str:digest>.css", serve_accent_sheet, name="accent_sheet"),
]
