"""Writes arviz.json: chains, and what ArviZ 0.21 says of them. Run once: pip install "arviz<0.22"; python arvizFixture.py"""

import json
import pathlib

import arviz as az
import numpy as np

rng = np.random.default_rng(1)


def ar1(phi, chains, draws):
    x = np.zeros((chains, draws))
    x[:, 0] = rng.normal(size=chains)
    for i in range(1, draws):
        x[:, i] = phi * x[:, i - 1] + np.sqrt(1 - phi**2) * rng.normal(size=chains)
    return x


cases = {
    "independent": rng.normal(size=(4, 60)),
    "correlated": ar1(0.7, 4, 80),
    "alternating": ar1(-0.6, 2, 80),
    "one chain apart": rng.normal(size=(4, 60)) + np.array([[0], [0], [0], [1.5]]),
    "of different scales": rng.normal(size=(4, 60)) * np.array([[1], [1], [1], [4]]),
    "heavy tails": rng.standard_cauchy(size=(4, 61)),
    "few values": rng.integers(0, 3, size=(4, 60)).astype(float),
}
out = {}
for name, x in cases.items():
    x = np.round(x, 3)
    out[name] = {
        "chains": x.tolist(),
        "rHat": float(az.rhat(x, method="rank")),
        "essBulk": float(az.ess(x, method="bulk")),
        "essTail": float(az.ess(x, method="tail")),
        "mcse": float(az.mcse(x, method="mean")),
        "eBfmi": [float(v) for v in np.atleast_1d(az.bfmi(x))],
    }
path = pathlib.Path(__file__).with_name("arviz.json")
path.write_text(json.dumps(out))
