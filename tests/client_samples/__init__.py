"""Ten clients as customers' engineers write them, each careful and with four seeded flaws.

The modules of this package are the clients: two for each vendor, with no word about tests. A flaw is a
subclass that overrides one method or value. `stages` has a module of the same name for each client: the
world it plays in, its data, what is true afterwards, the members of replies that it reads, and its flaws.
`table` collects them and plays them.
"""
