"""Blends two runs of one lineage, layer by layer: weights, batch statistics, and a run of the result."""

from ganlib.blend.shares import Shares
from ganlib.blend.weights import blended, estimate_statistics, tensor_shares
from ganlib.blend.writing import Side, blend

__all__ = ["Shares", "Side", "blend", "blended", "estimate_statistics", "tensor_shares"]
