"""Spotler (Mail+): contacts, audiences of other systems, orders, products, forms, campaigns, mailings."""

from types import ModuleType

from mockserver.vendors.spotler import (
    api_docs,
    audience_members,
    audiences,
    automations,
    campaign_mailings,
    campaigns,
    contact_histories,
    contacts,
    conversions,
    forms,
    mailing_interactions,
    mailing_recipients,
    mailings,
    orders,
    products,
    temporary_lists,
    trend_reports,
)

operations: tuple[ModuleType, ...] = (
    audiences,
    audience_members,
    contacts,
    contact_histories,
    temporary_lists,
    orders,
    products,
    forms,
    automations,
    campaign_mailings,
    campaigns,
    mailings,
    mailing_recipients,
    mailing_interactions,
    conversions,
    trend_reports,
    api_docs,
)
