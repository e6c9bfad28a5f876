"""Spotler (Mail+): contacts, audiences maintained by other systems, and temporary lists."""

from mockserver.vendors.spotler import audience_members, audiences, contacts, temporary_lists

operations = (audiences, audience_members, contacts, temporary_lists)
