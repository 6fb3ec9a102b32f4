"""NumPyro's NUTS, all chains in step: each transition lasts as long as the longest tree."""
from numpyro_nuts import PACKAGES, prepare as prepare_nuts

__all__ = ["PACKAGES", "prepare"]


def prepare(work):
    return prepare_nuts(work, "numpyro_nuts_vectorized", True)
