"""Spotler (Mail+): contacts, the audiences that other systems keep in it, and temporary lists."""

from mockserver.vendors.spotler import (
    audiences,
    bulk,
    contacts,
    listings,
    members,
    temporary_lists,
)

operations = (audiences, bulk, contacts, listings, members, temporary_lists)
