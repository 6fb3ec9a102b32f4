"""PyTorch with the loss and its gradient compiled by torch.compile, and its fused Adam as it is."""
import os

os.environ["TORCHINDUCTOR_FORCE_DISABLE_CACHES"] = "1"  # compile times are those of a first run

import torch

import torch_eager

PACKAGES = ["torch"]


def prepare(work):
    return torch_eager.prepare(work, torch.compile)
