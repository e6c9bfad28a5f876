"""Calls every method of `voyado-engage-client` that the Voyado contract covers, and reads what it returns.

Runs in an environment of the client's own: `python voyado_engage_client.py URL APIKEY CONTACT PROMOTION`
with the ids of the contact with the keys `VOUCHER_…`, which has a voucher, and of an active promotion. Prints
the methods in the order of their calls, each of which is one request, as JSON.
"""

import json
import sys
from collections.abc import Callable
from typing import Any

from voyado_engage_sdk import VoyadoEngageSdk  # type: ignore[import-not-found]
from voyado_engage_sdk.models.base import BaseModel  # type: ignore[import-not-found]

RECEIPT = {
    "contact": {"match_key": "client@example.com", "match_key_type": "Email", "contact_type": "Member"},
    "unique_receipt_id": "client-1",
    "receipt_number": "0001",
    "created_date": "2026-01-05T09:00:00+01:00",
    "store_external_id": "client-store",
    "currency": "SEK",
    "total_gross_price": 499.0,
    "payment_methods": [{"type_": "CARD", "value": 499.0}],
    "items": [
        {
            "type_": "PURCHASE",
            "sku": "7323450000012",
            "quantity": 1,
            "gross_paid_price": 499.0,
            "tax_amount": 99.8,
            "tax_percent": 25.0,
            "article_number": "4711",
            "article_name": "Jacket",
        }
    ],
}
VOUCHER_KEY, VOUCHER_ID, VOUCHER_NUMBER = "voucher@example.com", "client-7", "198506059738"
OLDER_RECEIPT = {
    "externalId": "client-2",
    "invoiceNumber": "0002",
    "customerKey": "client@example.com",
    "customerKeyType": "Email",
    "invoiceCreatedDate": "2026-01-05T09:00:00+01:00",
    "InvoiceModifiedDate": "2026-01-05T09:00:00+01:00",
    "StoreName": "Client store",
    "StoreNumber": "client-store",
    "transactions": [{"externalId": "1", "articleNr": "1", "quantity": 1, "price": 1, "type": "PURCHASE"}],
}


ORDER = {
    "contact": {"match_key": "client@example.com", "match_key_type": "Email"},
    "order_number": "client-1",
    "order_status": "Confirmed",
    "payment_status": "Paid",
    "created_date": "2026-01-05T09:00:00+01:00",
    "store_id": "client-store",
    "currency": "SEK",
    "total_gross_price": 548.0,
    "payment_methods": [{"type_": "CARD", "value": 548.0}],
    "freight_fee": {"value": 49.0},
    "items": [
        {"type_": "PURCHASE", "sku": "1", "quantity": 1, "gross_paid_price": 499.0, "description": "Jacket"}
    ],
}


class Members(BaseModel):  # type: ignore[misc]
    """A body of any members: the client turns a plain dictionary into a model, which such bodies have not."""

    def __init__(self, **members: Any) -> None:
        self.members = members

    def _map(self) -> dict[str, Any]:
        return self.members


class Recorder:
    """Calls methods of the client and notes their names."""

    def __init__(self, sdk: Any) -> None:
        self._sdk = sdk
        self.called: list[str] = []

    def __call__(self, name: str, *args: Any, **members: Any) -> Any:
        """Returns the result of one method, such as `stores.stores_v_get_stores`."""
        service, method = name.split(".")
        result = getattr(getattr(self._sdk, service), method)(*args, **members)
        self.called.append(name)
        return result


def check(found: object, wanted: object) -> None:
    """Ends the run if the client has read something else."""
    if found != wanted:
        raise SystemExit(f"the client read {found!r} instead of {wanted!r}")


def use_contacts(call: Callable[..., Any]) -> str:
    """Creates, reads and changes a contact, and returns its id."""
    contact = Members(email="client@example.com", contactType="Contact", externalId="client", city="Lund")
    create = "contacts.contacts_v_create_contact_header_param"
    created = call(create, contact, source="e-com", store_external_id="600", create_as_unapproved="False")
    id = str(created.id_)
    check((created.meta["sourceType"], created.attributes["city"]), ("e-com", "Lund"))
    check(call("contacts.contact_overview_get_contact_id_async", email="client@example.com"), id)
    check(call("contacts.contacts_v_get_contact_by_id", id).attributes["email"], "client@example.com")
    by_id = "contacts.contacts_v_get_contact_by_external_id_async"
    check(call(by_id, contact_type="Contact", external_id="client").id_, id)
    by_key = "contacts.contacts_v_get_contact_by_type_and_key_value_async"
    check(call(by_key, contact_type="Contact", key_value="client@example.com").id_, id)
    by_key = "contacts.contacts_v_get_contact_by_type_and_key_value_in_url_async"
    check(call(by_key, contact_type="contact", key_value="client@example.com").id_, id)
    moved = call("contacts.contacts_v_update_contact_post", Members(city="Malmö"), contact_id=id)
    check(moved.attributes["city"], "Malmö")
    changed = call(
        "contacts.contacts_v_get_changed_contact_ids", "Created", from_date="2026-01-05 00:00:00.000"
    )
    check(id in changed, True)
    return id


def use_types_and_preferences(call: Callable[..., Any], id: str) -> None:
    """Changes the contact's type and preferences, and counts contacts."""
    promoted = call("contacts.contacts_v_promote_to_member", Members(), contact_id=id, source="POS")
    check(promoted.meta["contactType"], "Member")
    call("contacts.contacts_v_update_contact_type", contact_id=id, contact_type_id="Contact")
    check(
        call("contacts.contacts_v_count") >= call("contacts.contacts_v_count_by_contact_type", "Member"), True
    )
    for method, name in (("email", "AcceptsEmails"), ("sms", "AcceptsSms"), ("postal", "AcceptsPostals")):
        body = {"value": True}
        changed = call(f"contacts.contact_preferences_accepts_{method}", request_body=body, contact_id=id)
        check(changed.preferences[name], True)


def use_batches(call: Callable[..., Any]) -> None:
    """Creates and updates contacts in bulk."""
    contacts = [Members(email="client@example.com", city="Lund"), Members(city="Lund")]
    batch = call("contacts.contact_bulk_create_contacts_in_bulk", contacts, contact_type="Member")
    status = call("contacts.contact_bulk_get_bulk_status", batch)
    check((status["status"], status["succeeded"], status["failed"]), ("Finished", 1, 1))
    update = "contacts.contact_bulk_update_contacts_in_bulk"
    check(isinstance(call(update, contacts[:1], avoid_triggering_export=True), str), True)


def use_purchases(call: Callable[..., Any]) -> str:
    """Sends receipts, reads what they changed, and returns the id of the contact that bought."""
    call("transactions.import_transactions_import_receipts", request_body=RECEIPT)
    call("transactions.import_transactions_import", request_body={"receipts": OLDER_RECEIPT})
    email = {"email": "client@example.com", "contact_type": "Member"}
    overview = call("contactoverview.contact_overview_get_contact_overview_async", **email)
    check("Silver" in [audience["name"] for audience in overview["audiences"]], True)
    id = str(overview["id"])
    page = call("contacts.transactions_get_transactions_by_contact_id", id, offset=0, count=10)
    check((page.total_count, page.items[0].local_currency), (2, "SEK"))
    summary = call("contacts.contact_retail_kpi_get_purchase_history", id)
    check(summary.purchase_amount_all, 500)
    return id


def use_orders(call: Callable[..., Any], id: str) -> None:
    """Sends an order and reads the e-mail about it."""
    call("orders.orders_register_order", request_body=ORDER)
    (email,) = call("contacts.contact_message_get_messages_by_contact_id", id, offset=0, count=10).items
    check((email.name, email.is_transactional), ("client-1: Confirmed", True))


def use_points(call: Callable[..., Any], id: str) -> None:
    """Adds points to the account of a contact, and reads accounts, kinds and transactions of points."""
    kind = call("point_accounts.point_account_point_definitions")[0]
    check(call("point_accounts.point_account_point_definition", kind.id_).name, kind.name)
    row = {"contact_id": id, "amount": 100.0, "definition_id": kind.id_}
    row |= {"source": "survey", "description": "Thank you"}
    taken = call("point_accounts.point_account_add_point_transactions", [row], idempotency_key="client-1")
    check((taken.not_accepted, taken.error_messages), ([], []))
    account = call("point_accounts.point_account_point_account_get2", contact_id=id).items[0]
    check(account.balance, 600)
    check(call("point_accounts.point_account_point_account_get", account.id_).balance, 600)
    listed = call("point_accounts.point_account_point_transactions2", account_id=account.id_, filter="Active")
    check(listed.items[-1].amount, 100)
    read = call("point_accounts.point_account_point_transactions", listed.items[-1].id_)
    check(read.description, "Thank you")


def use_vouchers(call: Callable[..., Any], contact: str) -> None:
    """Redeems and reactivates the voucher of a contact."""
    (voucher,) = call("bonuschecks.bonus_checks_get_bonus_checks_for_contact", contact, count=10).items
    (available,) = call("bonuschecks.bonus_checks_get_available_bonus_checks", contact).items
    check((available.id_, available.value["amount"]), (voucher.id_, 195))
    redeemed = call("bonuschecks.bonus_checks_redeem_bonus_check", contact, voucher.id_)
    check(redeemed.check_number, voucher.check_number)
    listed = call("bonuschecks.bonus_checks_get_redeemed_bonus_checks_for_contact", contact)
    check(listed.items[0].redeemed_on, redeemed.redeemed_on)
    check(call("promotions.offer_promotions_reactivate_promotion_code", voucher.id_), voucher.id_)


def use_promotions(call: Callable[..., Any], contact: str, promotion: str) -> None:
    """Assigns and redeems a promotion, in both ways."""
    for method in ("contacts.offer_promotions_redeem", "promotions.offer_promotions_redeem_by_promotion_id"):
        call("contacts.assign_promotion_assign", contact, promotion)
        listed = call("contacts.offer_promotions_get_promotions_for_contact", contact, "POS")[-1]
        check((listed.redeemed, listed.redemption_channels[0].value), (False, 20))
        by_contact = {"contact_id": contact} if method.startswith("contacts") else {}
        call(method, {"redemption_channel": "POS"}, **by_contact, promotion_id=listed.id_)
    found = call("contacts.offer_promotions_get_promotions_for_contact", contact)
    check([one.redeemed for one in found], [True, True])


def use_messages(call: Callable[..., Any], contact: str) -> None:
    """Reads the messages to a contact, and unsubscribes it."""
    (latest,) = call("contacts.contact_message_get_latest_messages_by_contact_id", contact, 10).items
    page = call("contacts.contact_message_get_messages_by_contact_id", contact, offset=0, count=10)
    check((page.items[0].message_id, page.total_count), (latest.message_id, 1))
    call("contacts.contact_message_sms_unsubscribe_contact", contact, latest.message_id)
    call("contacts.contact_message_email_unsubscribe_contact", contact)


def use_interactions(call: Callable[..., Any], contact: str) -> None:
    """Defines a schema of interactions, saves and reads an interaction, and deletes both."""
    rules = {"type": "object", "required": ["rating"]}
    schema = Members(id="clientReview", displayName="Review", jsonSchema=rules)
    made = call("interactionschemas.interaction_schema_create_interaction_schema", schema)
    check(made.self_.href, "/api/v2/interactionschemas/clientReview")
    names = [
        one.display_name for one in call("interactionschemas.interaction_schema_get_interaction_schemas")
    ]
    check(names, ["Review"])
    read = call("interactionschemas.interaction_schema_get_interaction_schema", made.id_)
    check(read.json_schema, rules)
    review = Members(contactId=contact, schemaId=made.id_, payload={"rating": 5})
    saved = call("interactions.interaction_create_interaction", review)
    check(saved.self_.contact_id, contact)
    (listed,) = call("interactions.interaction_get_interactions", contact, made.id_).items
    check(listed.payload, {"rating": 5})
    check(call("interactions.interaction_get_interaction", saved.id_).created_date, listed.created_date)
    call("interactions.interaction_delete_interaction", saved.id_)
    call("interactionschemas.interaction_schema_delete_interaction_schema", made.id_)


def use_automations(call: Callable[..., Any], contact: str) -> None:
    """Starts automations and sends a text message; reads the status, achievements and points of a member."""
    data, trigger = {"resetUrlHTML": "https://www.example.com/reset"}, "resetPassword"
    call("automation.custom_triggers_trigger_by_contact_id", data, trigger, contact)
    call("automation.custom_triggers_trigger_by_contact_type_and_key", data, trigger, "Member", VOUCHER_KEY)
    call("automation.custom_triggers_trigger_by_external_contact_id", data, trigger, VOUCHER_ID)
    call("automation.custom_triggers_trigger_by_social_security_number", data, trigger, VOUCHER_NUMBER)
    sms = {"message": "Ready.", "phone_numbers": ["+46701740655"]}
    check(call("sms.sms_messages_send_sms_to_phone_numbers", sms).success, True)
    check(call("memberstatus.member_status_v_get", f"email:{VOUCHER_KEY}").data["contactId"], contact)
    check(call("achievements.achievements_get_all_achievements").items[0].id_, "firstReview")
    call("achievements.achievements_set_achievement", {}, contact, "firstReview")
    found = call("achievements.achievements_get_achievements_for_contact", contact)
    check([one.name for one in found], ["First review"])
    call("achievements.achievements_remove_achievement", contact, "firstReview")
    points = {"points": 40, "description": "Survey"}
    adjusted = call("contacts.bonus_point_transactions_adjust_reward_points", points, contact)
    check(adjusted.contact_id, contact)
    listed = "contacts.bonus_point_transactions_get_bonus_point_transactions_for_contact"
    row = call(listed, contact).items[0]
    check((row.amount, row.description), (40, "Survey"))


def use_drafts(call: Callable[..., Any]) -> None:
    """Creates, changes and deletes drafts of promotions."""
    draft = {"name": "Draft", "external_id": "client-1", "validity": {"start_date": "2026-01-05"}}
    made = call("promotions.multichannel_promotions_create", draft)
    check(str(made.status), "Draft")
    check(call("promotions.multichannel_promotions_get_by_id", made.id_).name, "Draft")
    changed = {"id_": made.id_, "name": "Changed", "external_id": "client-1"}
    check(call("promotions.multichannel_promotions_update", changed, made.id_).name, "Changed")
    validity = {"start_date": "2026-03-01", "assigned_validity": {"unit": "Months", "amount": 3}}
    moved = call("promotions.multichannel_promotions_update_validity", validity, made.id_)
    for one in (
        call("promotions.multichannel_promotions_get_validity_by_id", made.id_),
        call("promotions.multichannel_promotions_get_by_validity_external_id", "client-1"),
        call("promotions.multichannel_promotions_get_by_external_id", "client-1").validity,
    ):
        check(one.start_date, moved.validity.start_date)
    call("promotions.multichannel_promotions_delete_by_external_id", "client-1")
    made = call("promotions.multichannel_promotions_create", draft)
    call("promotions.multichannel_promotions_delete_by_id", made.id_)


def use_tenant(call: Callable[..., Any]) -> None:
    """Reads target audiences and consents, and works with stores."""
    check(call("target_audiences.target_audience_get_target_audiences")[1].name, "Silver")
    check(call("consents.consents_get_consents")[0].id_, "memberTerms")
    new = {"name": "Uppsala", "external_id": "client-603", "active": True}
    check(call("stores.stores_v_create_store", request_body=new).active, True)
    closed = {"name": "Uppsala", "active": False}
    check(call("stores.stores_v_update_store", request_body=closed, external_id="client-603").active, False)
    check(call("stores.stores_v_get_store", "client-603", include_inactive=True).name, "Uppsala")
    names = [store.external_id for store in call("stores.stores_v_get_stores", include_inactive=True)]
    check("client-603" in names, True)


def main(url: str, key: str, contact: str, promotion: str) -> list[str]:
    """Calls the methods and returns their names."""
    call = Recorder(VoyadoEngageSdk(api_key=key, base_url=url))
    id = use_contacts(call)
    use_types_and_preferences(call, id)
    call("contacts.contacts_v_delete_with_header_param", contact_id=id, source="POS")
    use_batches(call)
    buyer = use_purchases(call)
    use_orders(call, buyer)
    use_points(call, buyer)
    use_vouchers(call, contact)
    use_promotions(call, contact, promotion)
    use_messages(call, contact)
    use_interactions(call, contact)
    use_automations(call, contact)
    use_drafts(call)
    use_tenant(call)
    return call.called


if __name__ == "__main__":
    sys.stdout.write(json.dumps(main(*sys.argv[1:])))
