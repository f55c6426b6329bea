"""Edges of Moments: components without weight, and how much was lost to cancellation."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gaussmix.blocks import Block
from gaussmix.em import given_step, m_step
from gaussmix.frames import DiagonalFrame, FullFrame
from gaussmix.model import Model
from gaussmix.moments import Moments

from .support import FAMILIES, NAMES


@pytest.mark.parametrize("frame", [FullFrame(), DiagonalFrame()])
def test_zero(frame):
    zero = Moments.zero(frame, np.ones((2, 3)))
    assert zero.second.shape == ((2, 3, 3) if frame.full else (2, 3))
    assert np.array_equal(zero.means(), np.ones((2, 3)))
    assert not zero.scatter().any()
    assert zero.cancellation() == 1.0
    assert zero.empty.all()


@pytest.mark.parametrize("offset", [0.0, 10.0, 1e4])
def test_cancellation_is_the_ratio_of_second_moments(offset):
    X = np.array([[-1.0], [1.0]])
    moments = given_step(np.ones((2, 1)), Block(X), np.array([[offset]]), FullFrame())
    assert moments.cancellation() == pytest.approx(1 + offset**2, rel=1e-6)
    assert moments.recentre(moments.means()).cancellation() == pytest.approx(1.0, rel=1e-6)


def test_cancellation_of_a_point_is_infinite():
    moments = given_step(np.ones((2, 1)), Block(np.ones((2, 1))), np.zeros((1, 1)), DiagonalFrame())
    assert moments.cancellation() == np.inf


@pytest.mark.parametrize("family", FAMILIES, ids=NAMES)
def test_a_component_without_rows_stays_a_density(family):
    X = np.random.default_rng(0).standard_normal((20, 2))
    r = np.column_stack([np.ones(20), np.zeros(20)])
    moments = given_step(r, Block(X), np.array([[0.0, 0.0], [5.0, 5.0]]), family.frame)
    mixture = m_step(moments, Model(family))
    assert mixture.weights.tolist() == [1.0, 0.0]
    assert mixture.means[1].tolist() == [5.0, 5.0]
    assert np.isfinite(mixture.covariances.factors).all()
    assert np.isfinite(mixture.log_prob(X)).all()


def test_mean_log_likelihood_is_for_a_unit_of_weight():
    zero = Moments.zero(FullFrame(), np.zeros((1, 1)))
    moments = zero + replace(zero, log_likelihood=-6.0, total_weight=3.0)
    assert moments.mean_log_likelihood == -2.0
    assert moments.scale(2.0).mean_log_likelihood == -2.0
