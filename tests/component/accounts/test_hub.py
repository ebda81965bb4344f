"""Hashing leaves the hub alone: others are served while twenty people log in."""

import statistics
import time

import argon2
import eventlet

from services.accounts.adapters.passwords import Argon2Hasher

PASSWORD = "Kt7-wanderlust"


def test_others_run_while_passwords_are_checked() -> None:
    hasher = Argon2Hasher(memory_kib=19_456, passes=2)
    stored = hasher.hash(PASSWORD)
    plain = argon2.PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
    started = time.perf_counter()
    plain.verify(stored, PASSWORD)
    alone = time.perf_counter() - started
    lags: list[float] = []
    is_running = True

    def tick() -> None:
        while is_running:
            due = time.perf_counter() + 0.001
            eventlet.sleep(0.001)
            lags.append(time.perf_counter() - due)

    ticker = eventlet.spawn(tick)
    pool = eventlet.GreenPool(20)

    results = list(pool.imap(lambda _: hasher.verify(stored, PASSWORD), range(20)))

    is_running = False
    ticker.wait()
    assert results == [True] * 20
    assert statistics.median(lags) < alone / 2
