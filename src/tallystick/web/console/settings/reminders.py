"""When silence is broken and who is reminded in the workspace, and which chats are told."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.http import require_http_methods, require_POST

from tallystick.flows.notifications.kind_words import kind_label
from tallystick.flows.notifications.rules import KINDS, Side
from tallystick.platform.access import Permission
from tallystick.platform.clock import now
from tallystick.platform.http.outgoing import AddressRefused
from tallystick.platform.models import ChatService, ChatWebhook, Delivery, DeliveryState
from tallystick.platform.notifications.chat import (
    NameTaken,
    add_chat_webhook,
    change_chat_webhook,
    remove_chat_webhook,
    try_chat_webhook,
)
from tallystick.platform.notifications.choices import Rules, change_notice_rules, notice_rules
from tallystick.web.access import console, current_viewer
from tallystick.web.console.settings.sections import show_settings
from tallystick.web.ui import formats
from tallystick.web.ui.toasts import say_with_undo

MOST_DAYS: Final = 365


class RulesForm(forms.Form):
    """Asks after how long people are reminded."""

    nudge_owner_days = forms.IntegerField(
        label=_lazy("Days without news until the owner is nudged"), min_value=1, max_value=MOST_DAYS
    )
    tell_partner_days = forms.IntegerField(
        label=_lazy("Days without news until the partner is told who has it"), min_value=1, max_value=MOST_DAYS
    )
    answer_due_hours = forms.IntegerField(
        label=_lazy("Hours before a decision is due that it is called urgent"), min_value=1, max_value=72
    )
    protection_days = forms.CharField(
        label=_lazy("Days before a protection ends on which both sides are reminded"),
        help_text=_lazy("Separated by commas; empty for no reminder. The last one also goes out by e-mail."),
        required=False,
    )
    quiet_partner_days = forms.IntegerField(
        label=_lazy("Days without a sign of life until a partner counts as quiet"), min_value=7, max_value=MOST_DAYS
    )
    coalesce_minutes = forms.IntegerField(
        label=_lazy("Minutes in which news of one deal becomes one mail"), min_value=0, max_value=1_440
    )

    def clean_protection_days(self) -> tuple[int, ...]:
        """Read the list of days."""
        parts = [part.strip() for part in self.cleaned_data["protection_days"].split(",") if part.strip()]
        if not all(part.isdigit() and 0 < int(part) <= MOST_DAYS for part in parts):
            raise forms.ValidationError(_("Write whole days between 1 and 365, such as 30, 14, 3."))
        return tuple(sorted({int(part) for part in parts}, reverse=True))

    def clean(self) -> dict[str, Any]:
        """Check that the owner is nudged before the partner is told."""
        given = super().clean() or self.cleaned_data
        nudge, tell = given.get("nudge_owner_days"), given.get("tell_partner_days")
        if nudge and tell and tell < nudge:
            self.add_error("tell_partner_days", _("The owner is nudged first: give at least as many days."))
        return given


class ChatForm(forms.Form):
    """Asks for a channel of a chat."""

    service = forms.ChoiceField(label=_lazy("Chat"), choices=ChatService.choices)
    name = forms.CharField(label=_lazy("Name of the channel"), max_length=80, help_text=_lazy("As you call it here."))
    url = forms.CharField(
        label=_lazy("Address of the incoming webhook"),
        max_length=1_000,
        help_text=_lazy("It is a secret: it is kept sealed and not shown again."),
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    kinds = forms.MultipleChoiceField(label=_lazy("Tell it of"), widget=forms.CheckboxSelectMultiple)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.fields["kinds"].choices = kind_choices()  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One chat channel with how its last message went."""

    webhook: ChatWebhook
    kinds: str
    last: str
    has_problem: bool


def kind_choices() -> list[tuple[str, str]]:
    """Return the kinds a chat can be told of."""
    return [(kind.value, kind_label(kind, Side.VENDOR)) for kind in KINDS[Side.VENDOR]]


@console(Permission.MANAGE_WORKSPACE)
@require_http_methods(["GET", "HEAD", "POST"])
def reminder_settings(request: HttpRequest) -> HttpResponse:
    """Show and change when people are reminded, with the chats below."""
    given = request.POST if request.method == "POST" else None
    form = RulesForm(given, initial=_initial(notice_rules()))
    if given is not None and form.is_valid():
        before = change_notice_rules(current_viewer(request).actor(), rules=Rules(**form.cleaned_data), at=now())
        undo = "&".join(f"{name}={value}" for name, value in _initial(before).items())
        url = f"{reverse('console:restore_reminders')}?{undo.replace(' ', '')}"
        say_with_undo(request, _("The rules are saved."), undo_url=url)
        return redirect("console:reminder_settings")
    return _shown(request, form=form)


@console(Permission.MANAGE_WORKSPACE)
@require_POST
def restore_reminders(request: HttpRequest) -> HttpResponse:
    """Put back the rules that the address holds."""
    form = RulesForm(request.GET)
    if not form.is_valid():
        raise Http404
    change_notice_rules(current_viewer(request).actor(), rules=Rules(**form.cleaned_data), at=now())
    messages.success(request, _("The rules are as they were."))
    return redirect("console:reminder_settings")


@console(Permission.MANAGE_WORKSPACE)
@require_POST
def add_chat(request: HttpRequest) -> HttpResponse:
    """Add a channel and say hello in it."""
    form = ChatForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            webhook = add_chat_webhook(
                current_viewer(request).actor(),
                service=ChatService(given["service"]),
                name=given["name"],
                url=given["url"],
                kinds=given["kinds"],
                at=now(),
            )
        except AddressRefused as error:
            form.add_error("url", str(error))
        except NameTaken as error:
            form.add_error("name", str(error))
        else:
            _say_hello(request, webhook)
            return redirect("console:reminder_settings")
    return _shown(request, chat=form)


@console(Permission.MANAGE_WORKSPACE)
@require_POST
def try_chat(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """Say something in a channel, to see that it arrives."""
    _say_hello(request, _webhook(webhook_id))
    return redirect("console:reminder_settings")


@console(Permission.MANAGE_WORKSPACE)
@require_POST
def switch_chat(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """Switch a channel on or off."""
    webhook = _webhook(webhook_id)
    change_chat_webhook(
        current_viewer(request).actor(),
        webhook_id=webhook.pk,
        kinds=webhook.kinds,
        is_active=not webhook.is_active,
        at=now(),
    )
    words = _("%(name)s is told nothing for now.") if webhook.is_active else _("%(name)s is told again.")
    say_with_undo(request, words % {"name": webhook.name}, undo_url=reverse("console:switch_chat", args=[webhook.pk]))
    return redirect("console:reminder_settings")


@console(Permission.MANAGE_WORKSPACE)
@require_POST
def remove_chat(request: HttpRequest, webhook_id: int) -> HttpResponse:
    """Forget a channel and its address."""
    webhook = _webhook(webhook_id)
    remove_chat_webhook(current_viewer(request).actor(), webhook_id=webhook.pk, at=now())
    messages.success(request, _("%(name)s is removed. Add it again with its address.") % {"name": webhook.name})
    return redirect("console:reminder_settings")


def _webhook(webhook_id: int) -> ChatWebhook:
    found = ChatWebhook.objects.filter(pk=webhook_id).first()
    if found is None:
        raise Http404
    return found


def _say_hello(request: HttpRequest, webhook: ChatWebhook) -> None:
    subject = _("Tallystick of %(workspace)s will tell you here of: %(kinds)s") % {
        "workspace": current_viewer(request).workspace.name,
        "kinds": _kinds_of(webhook),
    }
    problem = try_chat_webhook(webhook_id=webhook.pk, subject=subject, url=request.build_absolute_uri(reverse("start")))
    if problem:
        values = {"name": webhook.name, "problem": problem}
        messages.error(request, _("%(name)s did not take the test message. %(problem)s") % values)
    else:
        messages.success(request, _("The test message arrived in %(name)s.") % {"name": webhook.name})


def _shown(request: HttpRequest, *, form: RulesForm | None = None, chat: ChatForm | None = None) -> HttpResponse:
    forms_given = [given for given in (form, chat) if given is not None]
    context = {
        "form": form or RulesForm(initial=_initial(notice_rules())),
        "chat": chat or ChatForm(initial={"kinds": ["registrations", "conflicts", "silence", "questions"]}),
        "channels": _channels(),
    }
    refused = any(given.errors for given in forms_given)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
    return show_settings(request, "notices/reminders.html", context, status=status)


def _initial(rules: Rules) -> dict[str, Any]:
    days = ", ".join(str(day) for day in rules.protection_days)
    return {
        "nudge_owner_days": rules.nudge_owner_days,
        "tell_partner_days": rules.tell_partner_days,
        "answer_due_hours": rules.answer_due_hours,
        "protection_days": days,
        "quiet_partner_days": rules.quiet_partner_days,
        "coalesce_minutes": rules.coalesce_minutes,
    }


def _kinds_of(webhook: ChatWebhook) -> str:
    return ", ".join(label for value, label in kind_choices() if value in webhook.kinds)


def _channels() -> list[ChannelRow]:
    webhooks = list(ChatWebhook.objects.order_by("name"))
    latest = Delivery.objects.filter(webhook__in=webhooks).order_by("webhook_id", "-pk").distinct("webhook_id")
    last = {delivery.webhook_id: delivery for delivery in latest}
    return [_channel(webhook, last.get(webhook.pk)) for webhook in webhooks]


def _channel(webhook: ChatWebhook, delivery: Delivery | None) -> ChannelRow:
    if delivery is None:
        words = _("Nothing sent yet")
    elif delivery.sent_at is not None:
        words = _("Last told %(at)s") % {"at": formats.moment(delivery.sent_at)}
    else:
        words = delivery.problem or _("A message waits")
    failed = delivery is not None and (delivery.state == DeliveryState.FAILED or bool(delivery.problem))
    return ChannelRow(webhook, _kinds_of(webhook), words, failed)
