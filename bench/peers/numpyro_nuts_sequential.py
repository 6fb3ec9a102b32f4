"""NumPyro's NUTS, one chain after the other."""
from numpyro_nuts import PACKAGES, prepare as prepare_nuts

__all__ = ["PACKAGES", "prepare"]


def prepare(work):
    return prepare_nuts(work, "numpyro_nuts_sequential", False)
