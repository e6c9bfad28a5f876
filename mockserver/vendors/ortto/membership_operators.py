"""Filter operators on memberships in audiences and campaigns, on permissions, and on ids of people."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from mockserver.vendors.ortto import campaign_records
from mockserver.vendors.ortto.field_values import Person
from mockserver.vendors.ortto.filter_types import FilterContext, Operand, Predicate, PredicateFactory, negate


def _is_member(operand: Operand, context: FilterContext) -> Predicate:
    audience = operand["audience_id"].lower()
    return lambda person: audience in person["in"]


def _is_subscriber(operand: Operand, context: FilterContext) -> Predicate:
    audience = operand["audience_id"].lower()

    def test(person: Person) -> bool:
        membership = person["in"].get(audience)
        return (
            membership is not None
            and "unsubscribed_from" not in membership
            and person["fields"].get("bol::p") is True
        )

    return test


def _opted_in(operand: Operand, context: FilterContext) -> Predicate:
    field_id = "bol::sp" if operand.get("channel") == "sms" else "bol::p"
    return lambda person: person["fields"].get(field_id) is True


def _id_is(operand: Operand, context: FilterContext) -> Predicate:
    wanted = operand["value"].lower()
    return lambda person: bool(person["id"] == wanted)


def _id_in(operand: Operand, context: FilterContext) -> Predicate:
    wanted = {id.lower() for id in operand["value"]}
    return lambda person: person["id"] in wanted


def _push_opted_in(operand: Operand, context: FilterContext) -> Predicate:
    # No call grants this permission, and person/subscriptions returns false for every person.
    return lambda person: False


def _has_started(operand: Operand, context: FilterContext) -> Predicate:
    campaign = operand["campaign_id"].lower()
    return lambda person: campaign_records.find_journey(person, campaign) is not None


def _is_in(operand: Operand, context: FilterContext) -> Predicate:
    campaign = operand["campaign_id"].lower()
    return lambda person: campaign_records.is_in_campaign(person, campaign)


def _has_left(operand: Operand, context: FilterContext) -> Predicate:
    campaign = operand["campaign_id"].lower()
    return lambda person: "left" in (campaign_records.find_journey(person, campaign) or ())


MEMBERSHIP_OPERATORS: Final[Mapping[str, PredicateFactory]] = MappingProxyType(
    {
        "$is_member_of": _is_member,
        "$is_not_member_of": negate(_is_member),
        "$is_subscriber_of": _is_subscriber,
        "$is_not_subscriber_of": negate(_is_subscriber),
        "$is_opted_in": _opted_in,
        "$is_opted_out": negate(_opted_in),
        "$is_push_opted_in": _push_opted_in,
        "$is_push_opted_out": negate(_push_opted_in),
        "$has_started_campaign": _has_started,
        "$is_member_of_campaign": _is_in,
        "$has_left_campaign": _has_left,
        "$id_is": _id_is,
        "$id_is_not": negate(_id_is),
        "$id_set_is": _id_in,
        "$id_set_is_not": negate(_id_in),
    }
)
