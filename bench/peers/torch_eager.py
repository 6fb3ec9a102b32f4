"""PyTorch, operation by operation: the program of its own VAE example."""
import math
import os

import numpy as np
import torch
from torch.nn import functional as F

import data

PACKAGES = ["torch"]
torch.set_num_threads(int(os.environ.get("OMP_NUM_THREADS", "2")))


def mlp(sizes, seed):
    layers = []
    for i, (weight, bias) in enumerate(data.dense_init(sizes, seed)):
        linear = torch.nn.Linear(*weight.shape)
        linear.weight.data = torch.from_numpy(np.ascontiguousarray(weight.T))
        linear.bias.data = torch.from_numpy(bias)
        layers += [linear] if i == 0 else [torch.nn.ReLU(), linear]
    return torch.nn.Sequential(*layers)


def kl_to_standard(loc, log_variance):
    return 0.5 * (log_variance.exp() + loc.square() - 1 - log_variance).sum(-1)


class Vae(torch.nn.Module):
    def __init__(self, work):
        super().__init__()
        encoder, decoder = data.dense_sizes(work)
        self.encoder, self.decoder, self.particles = mlp(encoder, 0), mlp(decoder, 1), work["particles"]

    def forward(self, x):
        loc, log_variance = self.encoder(x).chunk(2, -1)
        noise = torch.randn((self.particles, *loc.shape))
        logits = self.decoder(loc + (0.5 * log_variance).exp() * noise)
        cross_entropy = F.binary_cross_entropy_with_logits(logits, x.expand_as(logits), reduction="none")
        return (cross_entropy.sum(-1).mean(0) + kl_to_standard(loc, log_variance)).mean()


class Logistic(torch.nn.Module):
    def __init__(self, work):
        super().__init__()
        self.loc = torch.nn.Parameter(torch.zeros(work["columns"]))
        self.log_scale = torch.nn.Parameter(torch.full((work["columns"],), math.log(0.1)))

    def forward(self, x, y):
        w = self.loc + self.log_scale.exp() * torch.randn_like(self.loc)
        return F.binary_cross_entropy_with_logits(x @ w, y, reduction="sum") + kl_to_standard(
            self.loc, 2 * self.log_scale
        ).sum()


def problem(work):
    """The loss as a module, what one step feeds it, and what its loss is divided by."""
    if work["kind"] == "vae":
        x = torch.from_numpy(data.images(work["images"]))
        index = data.batches(len(x), work["batch"])
        return Vae(work), lambda: (x[torch.from_numpy(next(index)).long()],), 1
    rows = torch.from_numpy(data.table(work["table"], work["columns"] + 1))
    x, y = rows[:, :-1].contiguous(), rows[:, -1].contiguous()
    return Logistic(work), lambda: (x, y), len(y)


def prepare(work, compiled=lambda f: f):
    torch.manual_seed(0)
    module, feed, rows = problem(work)
    optimizer = torch.optim.Adam(module.parameters(), lr=work["learningRate"])
    loss_of = compiled(module)

    def step():
        optimizer.zero_grad()
        loss = loss_of(*feed())
        loss.backward()
        optimizer.step()
        return loss.item() / rows

    return lambda steps: [step() for _ in range(steps)]
