"""Spotler (Mail+): contacts, the audiences that other systems keep in it, and temporary lists."""

from mockserver.vendors.spotler import audience_members, audiences, bulk, contacts, listings, temporary_lists

operations = (audiences, bulk, contacts, listings, audience_members, temporary_lists)
