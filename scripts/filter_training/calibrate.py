"""Logits of heads that never saw a source -> the calibration of the heads that are shipped, and its error."""

import numpy as np

Array = np.ndarray


def platt(logits: Array, truth: Array) -> list[float]:
    """Slope and offset that make sigmoid(slope * logit + offset) a probability: Newton steps, halved where too long."""
    x = np.stack([logits, np.ones_like(logits)], axis=1)
    weights = np.array([0.5, 0.0])

    def loss(trial: Array) -> float:
        z = x @ trial
        return float(np.logaddexp(0.0, z).sum() - (z * truth).sum() + 0.5e-2 * trial @ trial)

    for _ in range(50):
        p = sigmoid(x @ weights)
        gradient = x.T @ (p - truth) + 1e-2 * weights
        step = np.linalg.solve((x * (p * (1 - p))[:, None]).T @ x + 1e-2 * np.eye(2), gradient)
        while loss(weights - step) > loss(weights) and np.abs(step).max() > 1e-9:
            step = step / 2
        weights = weights - step
    return [float(value) for value in weights]


def temperature(logits: Array, truth: Array) -> float:
    """The factor on modality logits that gives the best likelihood, by a search over a grid."""
    factors = np.geomspace(0.2, 2.0, 60)
    losses = [-np.log(softmax(logits * factor)[np.arange(len(truth)), truth] + 1e-12).mean() for factor in factors]
    return float(factors[int(np.argmin(losses))])


def expected_error(scores: Array, truth: Array, bins: int = 15) -> float:
    """Expected calibration error of probabilities against 0/1 outcomes, equal-width bins."""
    places = np.minimum((scores * bins).astype(int), bins - 1)
    parts = [places == place for place in range(bins)]
    return float(sum(abs(scores[p].mean() - truth[p].mean()) * p.mean() for p in parts if p.any()))


def sigmoid(values: Array) -> Array:
    """Logistic function."""
    return 1.0 / (1.0 + np.exp(-np.clip(values, -60, 60)))


def softmax(logits: Array) -> Array:
    """Row-wise softmax."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)
