"""Spotler (Mail+): contacts, audiences of other systems, temporary lists, orders, products, forms."""

from mockserver.vendors.spotler import (
    api_docs,
    audience_members,
    audiences,
    contact_histories,
    contacts,
    forms,
    orders,
    products,
    temporary_lists,
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
    api_docs,
)
