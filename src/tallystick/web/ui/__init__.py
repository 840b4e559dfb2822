"""The look of the product: tokens, styles, components, charts and how figures are written.

Pages use it through the template tags of `templatetags` and the base templates `ui/console.html`, `ui/portal.html`
and `ui/plain.html`. It knows no model, no service and no rule: what a component shows is handed to it.
"""
