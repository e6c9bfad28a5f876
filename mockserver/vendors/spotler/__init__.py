"""Spotler (Mail+): contacts, audiences of other systems, orders, products, forms, campaigns, mailings."""

from mockserver.vendors.spotler import (
    api_docs,
    audience_members,
    audiences,
    automations,
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

operations = (
    audiences,
    audience_members,
    contacts,
    contact_histories,
    temporary_lists,
    orders,
    products,
    forms,
    automations,
    campaigns,
    mailings,
    mailing_recipients,
    mailing_interactions,
    conversions,
    trend_reports,
    api_docs,
)
