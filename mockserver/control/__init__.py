"""The control API: one function for each operation of contracts/control, and the console."""

from mockserver.control import backstage, clock, credentials, health, journal, snapshots, vendors, worlds

operations = (health, vendors, worlds, snapshots, clock, journal, credentials, backstage)
