"""NumPyro's SVI, one jitted update a step."""
import jax

import data
from numpyro_models import prepare as prepare_svi

PACKAGES = ["numpyro", "jax"]


def prepare(work):
    svi, state, rows, batch, per = prepare_svi(work)
    update = jax.jit(lambda state, rows, index: svi.update(state, *(rows if index is None else [x[index] for x in rows])))
    indices = None if batch is None else data.batches(len(rows[0]), batch)

    def run(steps):
        nonlocal state
        values = []
        for _ in range(steps):
            state, value = update(state, rows, None if indices is None else next(indices))
            values.append(value)
        jax.block_until_ready(state)
        return [value / per for value in values]

    return run
