"""The workloads as NumPyro programs: what both NumPyro contenders run."""
import jax
import jax.numpy as jnp
import numpyro
import numpyro.distributions as dist
from numpyro.infer import SVI, TraceMeanField_ELBO

import data
from jax_step import cross_entropy, mlp


def vae(work):
    sizes = data.dense_sizes(work)
    encoder, decoder = (jax.tree.map(jnp.asarray, data.dense_init(s, i)) for i, s in enumerate(sizes))

    def model(x):
        net = numpyro.param("decoder", decoder)
        with numpyro.plate("data", len(x)):
            z = numpyro.sample("z", dist.Normal(0, 1).expand([work["latent"]]).to_event(1))
            # Not Bernoulli(...) with obs=x: NumPyro gives grey values, which are no coins, a log density of −∞.
            numpyro.factor("x", -cross_entropy(mlp(net, z), x).sum(-1))

    def guide(x):
        net = numpyro.param("encoder", encoder)
        with numpyro.plate("data", len(x)):
            loc, log_variance = jnp.split(mlp(net, x), 2, -1)
            numpyro.sample("z", dist.Normal(loc, jnp.exp(0.5 * log_variance)).to_event(1))

    rows = (jnp.asarray(data.images(work["images"])),)
    return model, guide, rows, work["batch"], work["batch"]


def logistic(work):
    shape = [work["columns"]]

    def model(x, y):
        w = numpyro.sample("w", dist.Normal(0, 1).expand(shape).to_event(1))
        with numpyro.plate("rows", len(y)):
            numpyro.sample("y", dist.Bernoulli(logits=x @ w), obs=y)

    def guide(x, y):
        loc = numpyro.param("loc", jnp.zeros(shape))
        scale = numpyro.param("scale", jnp.full(shape, 0.1), constraint=dist.constraints.positive)
        numpyro.sample("w", dist.Normal(loc, scale).to_event(1))

    table = jnp.asarray(data.table(work["table"], work["columns"] + 1))
    return model, guide, (table[:, :-1], table[:, -1]), None, len(table)


def sites(work):
    names = [f"z{i}" for i in range(work["sites"])]

    def model(y):
        total = sum(numpyro.sample(name, dist.Normal(0, 1)) for name in names)
        with numpyro.plate("rows", work["rows"], subsample_size=len(y)):
            numpyro.sample("y", dist.Normal(total, 1), obs=y)

    def guide(y):
        for name in names:
            loc = numpyro.param(f"{name}.loc", 0.0)
            scale = numpyro.param(f"{name}.scale", 0.1, constraint=dist.constraints.positive)
            numpyro.sample(name, dist.Normal(loc, scale))

    rows = (jnp.asarray(data.table(work["table"], 1))[:, 0],)
    return model, guide, rows, work["batch"], work["rows"]


def prepare(work):
    """svi and its first state; the rows; the size of a batch (None: all rows); what a loss is divided by."""
    model, guide, rows, batch, per = {"vae": vae, "logistic": logistic, "sites": sites}[work["kind"]](work)
    elbo = TraceMeanField_ELBO(num_particles=work.get("particles", 1))
    svi = SVI(model, guide, numpyro.optim.Adam(work["learningRate"]), elbo)
    first = rows if batch is None else tuple(x[:batch] for x in rows)
    return svi, svi.init(jax.random.key(0), *first), rows, batch, per
