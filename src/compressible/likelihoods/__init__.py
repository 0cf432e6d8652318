"""What a decoder's last channels mean: losses and likelihoods of 8-bit images."""

from compressible.likelihoods.base import Head, Likelihood
from compressible.likelihoods.categorical import Categorical
from compressible.likelihoods.logistic_mixture import LogisticMixture
from compressible.likelihoods.squared_error import SquaredError

__all__ = ["Categorical", "Head", "Likelihood", "LogisticMixture", "SquaredError"]
