"""Tables of deals: registrations with the protection they win, and the conversations about them; one file a subject."""

from __future__ import annotations

from tallystick.deals.models.conversations import Attachment, Message, MessageSide, Retraction, Thread, ThreadReading
from tallystick.deals.models.registrations import DealRegistration, OwnNextStep, Protection, RegistrationState

__all__ = [
    "Attachment",
    "DealRegistration",
    "Message",
    "MessageSide",
    "OwnNextStep",
    "Protection",
    "RegistrationState",
    "Retraction",
    "Thread",
    "ThreadReading",
]
