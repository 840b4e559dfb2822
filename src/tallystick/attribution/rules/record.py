"""A decision as plain JSON, and back: what is stored beside each version of a decision.

The record holds the facts and the verdicts, not sentences: names may change and each reader may see others, so
sentences are made when somebody reads. What it says can be decided again from the record and the policy version.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from tallystick.attribution.rules.decision import AttributionClass, Decision, JudgedTouch
from tallystick.attribution.rules.facts import (
    DirectEvidence,
    DirectKind,
    OpportunityFacts,
    RulingFacts,
    TouchFacts,
    TouchKind,
    TouchRulingFacts,
)
from tallystick.attribution.rules.influence import InfluenceVerdict
from tallystick.attribution.rules.shares import Share, ShareRole
from tallystick.attribution.rules.sourcing import SourceFinding, SourceVerdict

Record = Mapping[str, Any]


def decision_record(decision: Decision) -> dict[str, Any]:
    """Give the decision as JSON values. Equal decisions give equal records, whatever order the facts came in."""
    opportunity = decision.opportunity
    record: dict[str, Any] = {
        "class": decision.attribution_class,
        "opportunity": opportunity.key,
        "created_on": opportunity.created_on.isoformat(),
    }
    optional = {
        "closed_on": _text(opportunity.closed_on),
        "known_since": _text(opportunity.known_since),
        "account": opportunity.account_key,
        "locks_after": _text(decision.locks_after),
        "source": decision.source_partner_id,
        "influencers": list(decision.influencers) or None,
        "shares": [[share.partner_id, share.role, share.ppm] for share in decision.shares] or None,
        "touches": [_touch_record(judged) for judged in decision.touches] or None,
        "direct": [_direct_record(evidence) for evidence in decision.direct] or None,
        "ruling": None if decision.ruling is None else _ruling_record(decision.ruling),
    }
    record.update((name, value) for name, value in optional.items() if value is not None)
    return record


def read_record(record: Record) -> Decision:
    """Read what `decision_record` gave. Raises KeyError or ValueError where it is damaged."""
    direct = tuple(_read_direct(entry) for entry in record.get("direct", ()))
    by_id = {_direct_id(evidence): evidence for evidence in direct}
    return Decision(
        opportunity=OpportunityFacts(
            key=record["opportunity"],
            created_on=date.fromisoformat(record["created_on"]),
            closed_on=_date(record.get("closed_on")),
            known_since=_date(record.get("known_since")),
            account_key=record.get("account"),
        ),
        attribution_class=AttributionClass(record["class"]),
        source_partner_id=record.get("source"),
        influencers=tuple(record.get("influencers", ())),
        shares=tuple(Share(partner, ShareRole(role), ppm) for partner, role, ppm in record.get("shares", ())),
        touches=tuple(_read_touch(entry, by_id) for entry in record.get("touches", ())),
        direct=direct,
        locks_after=_date(record.get("locks_after")),
        ruling=_read_ruling(record["ruling"]) if "ruling" in record else None,
    )


def _touch_record(judged: JudgedTouch) -> dict[str, Any]:
    touch = judged.touch
    entry: dict[str, Any] = {
        "key": touch.key,
        "partner": touch.partner_id,
        "kind": touch.kind,
        "occurred_on": touch.occurred_on.isoformat(),
        "learned_on": touch.learned_on.isoformat(),
        "as_source": judged.source.verdict,
        "as_influence": judged.influence,
    }
    if touch.opportunity_key is not None:
        entry["opportunity"] = touch.opportunity_key
    if touch.rulings:
        entry["rulings"] = [[ruling.key, ruling.ruled_on.isoformat(), ruling.stands] for ruling in touch.rulings]
    if judged.source.direct is not None:
        entry["after"] = _direct_id(judged.source.direct)
    return entry


def _read_touch(entry: Record, direct: Mapping[str, DirectEvidence]) -> JudgedTouch:
    after = entry.get("after")
    return JudgedTouch(
        touch=TouchFacts(
            key=entry["key"],
            partner_id=entry["partner"],
            kind=TouchKind(entry["kind"]),
            occurred_on=date.fromisoformat(entry["occurred_on"]),
            learned_on=date.fromisoformat(entry["learned_on"]),
            opportunity_key=entry.get("opportunity"),
            rulings=tuple(
                TouchRulingFacts(key, date.fromisoformat(ruled_on), stands)
                for key, ruled_on, stands in entry.get("rulings", ())
            ),
        ),
        source=SourceFinding(SourceVerdict(entry["as_source"]), direct[after] if after else None),
        influence=InfluenceVerdict(entry["as_influence"]),
    )


def _direct_id(evidence: DirectEvidence) -> str:
    return f"{evidence.kind.value}/{evidence.key}"


def _direct_record(evidence: DirectEvidence) -> dict[str, Any]:
    entry = {
        "key": evidence.key,
        "kind": evidence.kind,
        "occurred_on": evidence.occurred_on.isoformat(),
        "learned_on": evidence.learned_on.isoformat(),
    }
    return entry if evidence.until is None else {**entry, "until": evidence.until.isoformat()}


def _read_direct(entry: Record) -> DirectEvidence:
    return DirectEvidence(
        key=entry["key"],
        kind=DirectKind(entry["kind"]),
        occurred_on=date.fromisoformat(entry["occurred_on"]),
        learned_on=date.fromisoformat(entry["learned_on"]),
        until=_date(entry.get("until")),
    )


def _ruling_record(ruling: RulingFacts) -> dict[str, Any]:
    return {
        "key": ruling.key,
        "ruled_on": ruling.ruled_on.isoformat(),
        "rule": ruling.rule,
        "rules": ruling.rules,
        "claimants": list(ruling.claimants),
        "parts": [[partner, ppm] for partner, ppm in ruling.parts],
    }


def _read_ruling(entry: Record) -> RulingFacts:
    return RulingFacts(
        key=entry["key"],
        ruled_on=date.fromisoformat(entry["ruled_on"]),
        rule=entry["rule"],
        rules=entry["rules"],
        claimants=tuple(entry["claimants"]),
        parts=tuple((partner, ppm) for partner, ppm in entry["parts"]),
    )


def _text(day: date | None) -> str | None:
    return None if day is None else day.isoformat()


def _date(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)
