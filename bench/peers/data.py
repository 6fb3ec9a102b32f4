"""The same numbers that the Node side reads: MNIST's own IDX file, and float32 files that the Node side wrote."""
from functools import cache

import numpy as np


@cache
def images(path):
    """[60000, 784] in [0, 1]; an IDX file of images has a header of 16 bytes."""
    return np.fromfile(path, np.uint8, offset=16).reshape(-1, 784).astype(np.float32) / np.float32(255)


@cache
def table(path, columns):
    return np.fromfile(path, np.float32).reshape(-1, columns)


def read(work):
    """Reads ahead what a workload needs, so that compile times are without it."""
    if work["kind"] == "vae":
        images(work["images"])
    else:
        table(work["table"], work.get("width", work.get("columns", 0) + 1))


def batches(rows, size, seed=0):
    """Row numbers of one batch after the other, shuffled anew each epoch; the partial batch at an epoch's end is left out."""
    generator = np.random.default_rng(seed)
    while True:
        order = generator.permutation(rows).astype(np.int32)
        for start in range(0, rows - size + 1, size):
            yield order[start : start + size]


def dense_sizes(work):
    """Encoder and decoder as lists of layer widths."""
    hidden, latent = work["hidden"], work["latent"]
    return [784, *hidden, 2 * latent], [latent, *reversed(hidden), 784]


def dense_init(sizes, seed):
    """PyTorch's default for linear layers: uniform in ±1/√fan-in, weights [in, out]."""
    generator = np.random.default_rng(seed)

    def draw(bound, *shape):
        return generator.uniform(-bound, bound, shape).astype(np.float32)

    return [(draw(n**-0.5, n, m), draw(n**-0.5, m)) for n, m in zip(sizes, sizes[1:])]
