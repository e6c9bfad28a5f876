"""The parts of a world: records, clock, jobs, faults, rate limits, settings, journal, credentials."""
