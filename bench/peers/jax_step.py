"""JAX by hand: one jitted step, called from Python once a step."""
import jax
import jax.numpy as jnp
import numpy as np
from jax.example_libraries import optimizers

import data

PACKAGES = ["jax", "jaxlib"]


def mlp(layers, x):
    for i, (weight, bias) in enumerate(layers):
        x = (x if i == 0 else jax.nn.relu(x)) @ weight + bias
    return x


def kl_to_standard(loc, log_variance):
    return 0.5 * (jnp.exp(log_variance) + loc**2 - 1 - log_variance).sum(-1)


def cross_entropy(logits, x):
    return jax.nn.softplus(logits) - x * logits


def vae(work):
    encoder, decoder = data.dense_sizes(work)

    def loss(params, key, images, index):
        x = images[index]
        loc, log_variance = jnp.split(mlp(params[0], x), 2, -1)
        noise = jax.random.normal(key, (work["particles"], *loc.shape))
        logits = mlp(params[1], loc + jnp.exp(0.5 * log_variance) * noise)
        return (cross_entropy(logits, x).sum(-1).mean(0) + kl_to_standard(loc, log_variance)).mean()

    images = jnp.asarray(data.images(work["images"]))
    index = data.batches(len(images), work["batch"])
    return (data.dense_init(encoder, 0), data.dense_init(decoder, 1)), loss, lambda: (images, next(index))


def logistic(work):
    def loss(params, key, x, y):
        loc, log_scale = params
        w = loc + jnp.exp(log_scale) * jax.random.normal(key, loc.shape)
        return (cross_entropy(x @ w, y).sum() + kl_to_standard(loc, 2 * log_scale).sum()) / len(y)

    rows = jnp.asarray(data.table(work["table"], work["columns"] + 1))
    x, y = rows[:, :-1], rows[:, -1]
    start = (np.zeros(work["columns"], np.float32), np.full(work["columns"], np.log(0.1), np.float32))
    return start, loss, lambda: (x, y)


def prepare(work):
    start, loss, feed = (vae if work["kind"] == "vae" else logistic)(work)
    init, update, params = optimizers.adam(work["learningRate"])

    def step(i, key, state, *rows):
        value, gradient = jax.value_and_grad(loss)(params(state), jax.random.fold_in(key, i), *rows)
        return value, update(i, gradient, state)

    jitted = jax.jit(step, donate_argnums=2)
    state, count, key = init(jax.tree.map(jnp.asarray, start)), 0, jax.random.key(0)

    def run(steps):
        nonlocal state, count
        values = []
        for _ in range(steps):
            value, state = jitted(count, key, state, *feed())
            values.append(value)
            count += 1
        jax.block_until_ready(state)
        return values

    return run
