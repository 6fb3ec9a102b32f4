"""Pyro's SVI with Trace_ELBO, as its VAE tutorial has it."""
import os

import pyro
import pyro.distributions as dist
import torch
from pyro.infer import SVI, Trace_ELBO

import data
from torch_eager import mlp

PACKAGES = ["pyro", "torch"]
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))


def vae(work):
    encoder, decoder = (mlp(sizes, i) for i, sizes in enumerate(data.dense_sizes(work)))

    def model(x):
        pyro.module("decoder", decoder)
        with pyro.plate("data", len(x)):
            z = pyro.sample("z", dist.Normal(x.new_zeros(len(x), work["latent"]), 1.0).to_event(1))
            pyro.sample("x", dist.Bernoulli(logits=decoder(z)).to_event(1), obs=x)

    def guide(x):
        pyro.module("encoder", encoder)
        with pyro.plate("data", len(x)):
            loc, log_variance = encoder(x).chunk(2, -1)
            pyro.sample("z", dist.Normal(loc, (0.5 * log_variance).exp()).to_event(1))

    x = torch.from_numpy(data.images(work["images"]))
    index = data.batches(len(x), work["batch"])
    return model, guide, lambda: (x[torch.from_numpy(next(index)).long()],), work["batch"]


def logistic(work):
    shape = [work["columns"]]

    def model(x, y):
        w = pyro.sample("w", dist.Normal(torch.zeros(shape), 1.0).to_event(1))
        with pyro.plate("rows", len(y)):
            pyro.sample("y", dist.Bernoulli(logits=x @ w), obs=y)

    def guide(x, y):
        loc = pyro.param("loc", lambda: torch.zeros(shape))
        scale = pyro.param("scale", lambda: torch.full(shape, 0.1), constraint=dist.constraints.positive)
        pyro.sample("w", dist.Normal(loc, scale).to_event(1))

    rows = torch.from_numpy(data.table(work["table"], work["columns"] + 1))
    x, y = rows[:, :-1].contiguous(), rows[:, -1].contiguous()
    return model, guide, lambda: (x, y), len(y)


def prepare(work):
    pyro.set_rng_seed(0)
    pyro.enable_validation(False)
    model, guide, feed, per = (vae if work["kind"] == "vae" else logistic)(work)
    particles = work.get("particles", 1)
    elbo = Trace_ELBO(num_particles=particles, vectorize_particles=particles > 1, max_plate_nesting=1)
    svi = SVI(model, guide, pyro.optim.Adam({"lr": work["learningRate"]}), elbo)
    return lambda steps: [svi.step(*feed()) / per for _ in range(steps)]
