"""The deterministic simulator: the whole system in one process, under every fault at once.

Real services on real SQLite files, called through their real RPC methods; only time, chance, the
transport and what lies outside (SMS provider, blob store, PDF child) are the simulator's. One seed
decides everything, so a seed that fails fails again. Run it with ``python -m tools.simulate``.
"""
