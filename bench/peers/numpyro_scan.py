"""NumPyro's SVI with 100 updates in one lax.scan: no Python between them."""
import itertools

import jax
import numpy as np

import data
from numpyro_models import prepare as prepare_svi

PACKAGES = ["numpyro", "jax"]
LENGTH = 100


def prepare(work):
    svi, state, rows, batch, per = prepare_svi(work)

    def scan(state, rows, indices):
        turn = lambda state, index: svi.update(state, *(rows if index is None else [x[index] for x in rows]))
        return jax.lax.scan(turn, state, indices, length=LENGTH)

    source = None if batch is None else data.batches(len(rows[0]), batch)

    def next_indices():
        return None if source is None else np.stack(list(itertools.islice(source, LENGTH)))

    compiled = jax.jit(scan).lower(state, rows, next_indices()).compile()

    def run(steps):
        nonlocal state
        values = []
        while len(values) < steps:
            state, losses = compiled(state, rows, next_indices())
            values.extend(np.asarray(losses) / per)
        jax.block_until_ready(state)
        return values

    return run
