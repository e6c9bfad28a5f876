"""Operators on where a person stands: in audiences and campaigns, with which permissions; and on its id."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mockserver.vendors.ortto import campaign_records
from mockserver.vendors.ortto.field_values import Person
from mockserver.vendors.ortto.filter_types import Maker, Operand, Predicate, Scope, opposite


def _member(operand: Operand, scope: Scope) -> Predicate:
    audience = operand["audience_id"].lower()
    return lambda person: audience in person["in"]


def _subscriber(operand: Operand, scope: Scope) -> Predicate:
    audience = operand["audience_id"].lower()

    def test(person: Person) -> bool:
        membership = person["in"].get(audience)
        return (
            membership is not None
            and "unsubscribed_from" not in membership
            and person["fields"].get("bol::p") is True
        )

    return test


def _opted_in(operand: Operand, scope: Scope) -> Predicate:
    field_id = "bol::sp" if operand.get("channel") == "sms" else "bol::p"
    return lambda person: person["fields"].get(field_id) is True


def _id_is(operand: Operand, scope: Scope) -> Predicate:
    wanted = operand["value"].lower()
    return lambda person: bool(person["id"] == wanted)


def _id_in(operand: Operand, scope: Scope) -> Predicate:
    wanted = {one.lower() for one in operand["value"]}
    return lambda person: person["id"] in wanted


def _push_opted_in(operand: Operand, scope: Scope) -> Predicate:
    # No call gives the permission, and person/subscriptions tells it as false of everybody.
    return lambda person: False


def _started(operand: Operand, scope: Scope) -> Predicate:
    campaign = operand["campaign_id"].lower()
    return lambda person: campaign_records.journey(person, campaign) is not None


def _inside(operand: Operand, scope: Scope) -> Predicate:
    campaign = operand["campaign_id"].lower()
    return lambda person: campaign_records.is_inside(person, campaign)


def _left(operand: Operand, scope: Scope) -> Predicate:
    campaign = operand["campaign_id"].lower()
    return lambda person: "left" in (campaign_records.journey(person, campaign) or ())


STANDING_OPERATORS: Final[Mapping[str, Maker]] = MappingProxyType(
    {
        "$is_member_of": _member,
        "$is_not_member_of": opposite(_member),
        "$is_subscriber_of": _subscriber,
        "$is_not_subscriber_of": opposite(_subscriber),
        "$is_opted_in": _opted_in,
        "$is_opted_out": opposite(_opted_in),
        "$is_push_opted_in": _push_opted_in,
        "$is_push_opted_out": opposite(_push_opted_in),
        "$has_started_campaign": _started,
        "$is_member_of_campaign": _inside,
        "$has_left_campaign": _left,
        "$id_is": _id_is,
        "$id_is_not": opposite(_id_is),
        "$id_set_is": _id_in,
        "$id_set_is_not": opposite(_id_in),
    }
)
