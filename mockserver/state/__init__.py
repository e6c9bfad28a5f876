"""What a world is made of: records, clock, jobs, faults, rate limits, settings, journal, credentials."""
