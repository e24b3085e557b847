"""Children of latents: mutations of one, crossings of several, from which a person chooses the next parents.

Interactive evolution of pictures: Sims 1991 (Artificial evolution for computer graphics), Secretan et al. 2008 (Picbreeder); of
a GAN's latents: Bontrager et al. 2018 (Deep interactive evolution, arXiv:1801.08230). The random numbers are arguments, so
that the page, which draws its own, computes the same. Latents are float32; the arithmetic is in float64.
"""

import numpy as np

from ganlib.latents import Distribution, slerp


def mutate(z: np.ndarray, noise: np.ndarray, far: float, distribution: Distribution = "normal") -> np.ndarray:
    """Returns a child of z (dim,) for each row of `noise` (N, dim), drawn as `distribution` says: float32 (N, dim).

    `far` is 0 for children equal to z and 1 for children independent of it. Between, they have the distribution that the
    generator was trained with, if z has it. Normal: far² + (1 - far²) is the variance of each number, and sqrt(1 - far²) its
    correlation with the parent's (the proposal of preconditioned Crank-Nicolson: Cotter et al. 2013, Statistical Science
    28(3), arXiv:1202.0709). Uniform: a symmetric step of up to 2 far, reflected at -1 and 1, keeps the uniform distribution.
    """
    z, noise = z.astype(np.float64), noise.astype(np.float64)
    if distribution == "normal":
        return (np.sqrt(1 - far**2) * z + far * noise).astype(np.float32)
    return _reflected(z + 2 * far * noise).astype(np.float32)


def _reflected(values: np.ndarray) -> np.ndarray:
    """Folds numbers into [-1, 1] at both ends: a triangle wave of period 4."""
    return np.abs((values - 1) % 4 - 2) - 1


def cross_coordinates(parents: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Returns the children that have each number from one of the `parents` (P, dim): `chosen` (N, dim) says from which.

    Uniform crossover (Syswerda 1989, Proc. 3rd ICGA, pages 2-9). Of independent parents the children have their distribution.
    """
    return np.take_along_axis(parents, chosen, 0)


def cross_directions(parents: np.ndarray, directions: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """Returns the children that have their place along each of the `directions` (K, dim), which must be independent, from
    one of the `parents` (P, dim), and what is left of z from another: `chosen` (N, K + 1) says from which, the rest last.

    Uniform crossover in the basis of principal directions (`inspection.directions`), so that what a direction moves is
    inherited as a whole.
    """
    places = parents @ np.linalg.pinv(directions.astype(np.float64))
    rests = parents - places @ directions
    along = np.take_along_axis(places, chosen[:, :-1], 0)
    return (along @ directions + rests[chosen[:, -1]]).astype(np.float32)


def cross_arc(parents: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Returns latents on the arcs from each of the `parents` (P, dim) to the next, and from the last to the first: `at` (N,)
    from 0, the first, to P, the first again. Between two, 0 to 1 is the whole arc. float32 (N, dim).

    Along great circles (`slerp`, Shoemake 1985), so that children of parents of one length have this length.
    """
    before = at.astype(int) % len(parents)
    pairs = zip(before, (before + 1) % len(parents), at % 1, strict=True)
    return np.stack([slerp(parents[one], parents[other], t) for one, other, t in pairs])
