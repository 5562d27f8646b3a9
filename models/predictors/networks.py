"""Keras networks as pure functions that JAX compiles once for all networks of one architecture.

Keras would compile anew for each model object, and a walk-forward makes one per fold. Here the weights are arguments:
an architecture, named by its JSON configuration, has one network whose layers are called without a state of their own.

Keras and JAX are imported where they are used: that takes seconds, and who imports Keras has to have chosen its backend
before (tasks.adapters.networks does).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import keras

Single = npt.NDArray[np.float32]
# Values of a network's variables, those that learn and the others (the state of its dropout), or of an optimizer's.
Weights = tuple[list[Any], list[Any]]
State = list[Any]


@dataclass(frozen=True, slots=True, eq=False)
class Training:
    """How networks of one architecture learn.

    Attributes:
        start: the weights before training, which the seeds in the configuration determine.
        state: of the optimizer before training.
        step: (weights, state, windows, answers, how much each counts) -> the next weights and state, and the mean loss;
            the arrays are of shape (n, window, n_inputs), (n,) and (n,).
    """

    start: Weights
    state: State
    step: Callable[[Weights, State, Single, Single, Single], tuple[Weights, State, Any]]


def architecture(window: int, inputs: int, units: int, dropout: float, seed: int) -> str:
    """Configuration of an LSTM with a dense logit on top; every weight and the dropout come from `seed`."""
    from keras import Sequential, initializers, layers

    network = Sequential(
        [
            layers.Input((window, inputs), name="window"),
            layers.LSTM(
                units,
                kernel_initializer=initializers.GlorotUniform(seed),
                recurrent_initializer=initializers.Orthogonal(seed=seed + 1),
                seed=seed + 2,
                dtype="float32",
                name="memory",
            ),
            layers.Dropout(dropout, seed=seed + 3, dtype="float32", name="dropout"),
            layers.Dense(1, kernel_initializer=initializers.GlorotUniform(seed + 4), dtype="float32", name="logit"),
        ],
        name="recurrent",
    )
    return configuration_of(network)


def configuration_of(network: keras.Model) -> str:
    """What the network is built like, without its weights."""
    return json.dumps(network.get_config(), sort_keys=True)


def network_with(configuration: str, weights: Weights) -> keras.Model:
    """A network of that configuration with those weights."""
    network = _built(configuration)
    variables = (network.trainable_variables, network.non_trainable_variables)
    for mine, values in zip(variables, weights, strict=True):
        for variable, value in zip(mine, values, strict=True):
            variable.assign(value)
    return network


def weights_of(network: keras.Model) -> Weights:
    """The values of its variables as they are now."""
    trainable, other = network.trainable_variables, network.non_trainable_variables
    return [one.value for one in trainable], [one.value for one in other]


@lru_cache(maxsize=16)
def logits_by(configuration: str) -> Callable[[Weights, Single], Any]:
    """The function (weights, windows of shape (n, window, n_inputs)) -> logits: a JAX array of shape (n,) that may
    still be under way. It is compiled anew for every n.
    """
    import jax

    network = _built(configuration)

    def logits(weights: Weights, windows: Single) -> Any:
        return network.stateless_call(*weights, windows, training=False)[0][:, 0]

    compiled: Callable[[Weights, Single], Any] = jax.jit(logits)
    return compiled


@lru_cache(maxsize=4)
def training_by(configuration: str, learning_rate: float) -> Training:
    """Training by Adam (Kingma and Ba, 2015) on the weighted binary cross-entropy of the logits."""
    import jax
    import keras

    network = _built(configuration)
    adam = keras.optimizers.Adam(learning_rate)
    adam.build(network.trainable_variables)

    def loss(trainable: list[Any], other: list[Any], windows: Single, answers: Single, weight: Single) -> Any:
        logits, other = network.stateless_call(trainable, other, windows, training=True)
        return weighted_loss(logits[:, 0], answers, weight), other

    def step(
        weights: Weights, state: State, windows: Single, answers: Single, weight: Single
    ) -> tuple[Weights, State, Any]:
        (found, other), slopes = jax.value_and_grad(loss, has_aux=True)(*weights, windows, answers, weight)
        trainable, state = adam.stateless_apply(state, slopes, weights[0])
        return (trainable, other), state, found

    return Training(weights_of(network), [one.value for one in adam.variables], jax.jit(step))


def weighted_loss(logits: Any, answers: Any, weight: Any) -> Any:
    """Mean of ln(1 + exp(logit)) - answer * logit, nats: the cross-entropy of answers in 0..1; all of shape (n,)."""
    from jax import nn

    return ((nn.softplus(logits) - answers * logits) * weight).sum() / weight.sum()


def _built(configuration: str) -> keras.Model:
    from keras import Sequential

    return Sequential.from_config(json.loads(configuration))
