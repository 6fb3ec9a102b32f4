"""NumPyro's NUTS with its warm-up as one compiled loop over transitions: no Python between them, and no compilation within a run.

A step is a gradient of one chain, and its loss the mean potential energy of the draws. A run samples with another seed each time.
"""
import jax
import jax.numpy as jnp
import numpy as np
import numpyro
import numpyro.distributions as dist
from numpyro.infer import NUTS

import data

PACKAGES = ["numpyro", "jax"]


def schools(table):
    def model():
        mu = numpyro.sample("mu", dist.Normal(0, 5))
        tau = numpyro.sample("tau", dist.HalfCauchy(5))
        with numpyro.plate("schools", len(table)):
            z = numpyro.sample("z", dist.Normal(0, 1))
            numpyro.sample("y", dist.Normal(mu + tau * z, table[:, 1]), obs=table[:, 0])

    return model


def logistic(table):
    x, y = table[:, :-1], table[:, -1]

    def model():
        b = numpyro.sample("b", dist.Normal(0, 1))
        w = numpyro.sample("w", dist.Normal(0, 1).expand([x.shape[1]]).to_event(1))
        numpyro.sample("y", dist.Bernoulli(logits=b + x @ w), obs=y)

    return model


def gaussian(table):
    return lambda: numpyro.sample("x", dist.MultivariateNormal(jnp.zeros(len(table)), scale_tril=table))


def funnel(_):
    def model():
        v = numpyro.sample("v", dist.Normal(0, 3))
        z = numpyro.sample("z", dist.Normal(0, 1).expand([9]).to_event(1))
        numpyro.deterministic("x", jnp.exp(v / 2) * z)

    return model


def prepare(work, contender, vectorized):
    table = jnp.asarray(data.table(work["table"], work["width"]))
    model = {"schools": schools, "logistic": logistic, "gaussian": gaussian, "funnel": funnel}[work["problem"]](table)
    kernel = NUTS(model, target_accept_prob=work["targetAccept"])
    chains, warmup, draws = work["chains"], work["warmup"], work["draws"]
    keys = jax.random.split(jax.random.key(0), chains)
    init = lambda key: kernel.init(key, warmup, None, (), {})
    state = init(keys) if vectorized else jax.tree.map(lambda *x: jnp.stack(x), *map(init, keys))

    def turn(state, _):
        state = kernel.sample(state, (), {})
        return state, (state.z, state.potential_energy, state.num_steps)

    chain = lambda state: jax.lax.scan(turn, state, None, length=warmup + draws)[1]
    many = chain if vectorized else lambda states: jax.lax.map(chain, states)
    compiled = jax.jit(many).lower(state).compile()
    seed = 0

    def sample():
        nonlocal seed
        seed += 1
        found = compiled(state._replace(rng_key=jax.random.split(jax.random.key(seed), chains)))
        z, energy, steps = jax.block_until_ready(found)
        first = lambda x: np.moveaxis(np.asarray(x), 1, 0) if vectorized else np.asarray(x)
        values = np.concatenate([first(x).reshape(chains, warmup + draws, -1) for x in jax.tree.leaves(z)], -1)
        gradients = int(np.sum(steps))
        header = np.asarray([gradients, chains, draws], np.float32)
        path = work["table"].removesuffix(".f32") + f"-{contender}.f32"
        np.concatenate([header, values[:, warmup:].astype(np.float32).ravel()]).tofile(path)
        return [float(np.mean(first(energy)[:, warmup:]))] * gradients

    def run(steps):
        done = []
        while len(done) < steps:
            done += sample()
        return done

    return run
