"""Components that hold other markup: `{% card title="Deals" %} … {% endcard %}`.

Each is a template in `ui/components/` of the same name. It receives the arguments, what stands between the tags as
`body`, and each `{% slot name %} … {% endslot %}` among it as `slots.name`. Arguments and slots are listed at the
head of the template.
"""

from __future__ import annotations

from typing import Final

from django import template
from django.template.base import FilterExpression, Node, NodeList, Parser, Token, token_kwargs
from django.template.context import Context
from django.utils.safestring import SafeString, mark_safe

CONTAINERS: Final = ("card", "dialog", "empty", "notice", "page_head", "sheet", "state_bar")

register = template.Library()


class SlotNode(Node):
    """A named part of the container around it."""

    child_nodelists = ("content",)

    def __init__(self, name: str, content: NodeList) -> None:
        self.name = name
        self.content = content

    def render(self, context: Context) -> SafeString:  # noqa: ARG002 -- the signature is Django's
        """Refuse: a container takes its slots out, so this one has none directly around it."""
        raise template.TemplateSyntaxError(
            f"Slot {self.name!r} must stand directly in its container; put the condition inside the slot."
        )


class ContainerNode(Node):
    """A component around other markup."""

    child_nodelists = ("body",)

    def __init__(self, name: str, arguments: dict[str, FilterExpression], content: NodeList) -> None:
        self.template_name = f"ui/components/{name}.html"
        self.arguments = arguments
        self.slots = {node.name: node.content for node in content if isinstance(node, SlotNode)}
        self.body = NodeList(node for node in content if not isinstance(node, SlotNode))

    def render(self, context: Context) -> SafeString:
        """Write the component with its arguments, body and slots, and nothing else of the page's context."""
        engine = context.template.engine  # type: ignore[union-attr]  # set while a template is rendered
        values = {name: argument.resolve(context) for name, argument in self.arguments.items()}
        slots = {name: mark_safe(content.render(context).strip()) for name, content in self.slots.items()}  # noqa: S308
        # Forms inside need it, and nothing else of the page.
        values |= {"csrf_token": context.get("csrf_token")}
        values |= {"body": mark_safe(self.body.render(context).strip()), "slots": slots}  # noqa: S308
        return engine.get_template(self.template_name).render(context.new(values))


@register.tag("slot")
def parse_slot(parser: Parser, token: Token) -> SlotNode:
    """Read `{% slot name %} … {% endslot %}`."""
    try:
        _, name = token.split_contents()
    except ValueError:
        raise template.TemplateSyntaxError("A slot has exactly one name: {% slot actions %}.") from None
    content = parser.parse(("endslot",))
    parser.delete_first_token()
    return SlotNode(name, content)


def parse_container(parser: Parser, token: Token) -> ContainerNode:
    """Read `{% name argument=value … %} … {% endname %}`."""
    name, *bits = token.split_contents()
    arguments = token_kwargs(bits, parser)
    if bits:
        raise template.TemplateSyntaxError(f"{name!r} takes arguments by name only, not {bits[0]!r}.")
    content = parser.parse((f"end{name}",))
    parser.delete_first_token()
    return ContainerNode(name, arguments, content)


for container in CONTAINERS:
    register.tag(container, parse_container)
