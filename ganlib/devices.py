"""Picks the device and the precision to compute in, and recognises when memory runs out."""

import os
import platform
from pathlib import Path

import torch

from ganlib import UserError

KINDS = ("cpu", "cuda", "mps")
PRECISIONS = ("auto", "float32", "bfloat16")


def pick(name: str = "auto") -> torch.device:
    """Returns the named device; `auto` is CUDA, then Apple's MPS, then the CPU. Raises UserError if it is not available."""
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    try:
        device = torch.device(name)
        if device.type not in KINDS:
            raise RuntimeError(f"no trainer for {device.type}")
        torch.empty(1, device=device)
    except (RuntimeError, AssertionError) as error:
        raise UserError(f"--device {name} can't be used on this machine; try --device auto or --device cpu.") from error
    return device


def precision(device: torch.device, name: str = "auto") -> torch.dtype:
    """Returns the dtype of convolutions and matrix products; weights, sums and losses stay float32. `auto` is
    bfloat16 where the processor multiplies it faster than float32 (AVX512-BF16, AMX, Ampere and later)."""
    if name != "auto":
        return getattr(torch, name)
    if device.type == "cuda":
        return torch.bfloat16 if torch.cuda.get_device_capability(device) >= (8, 0) else torch.float32
    if device.type == "cpu" and torch.cpu._is_avx512_bf16_supported():
        return torch.bfloat16
    return torch.float32


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an error reports that memory ran out, on any device."""
    if isinstance(error, MemoryError | torch.OutOfMemoryError):
        return True
    phrases = ("can't allocate memory", "could not create a primitive", "not enough memory", "out of memory")
    return isinstance(error, RuntimeError) and any(words in str(error) for words in phrases)


def describe(device: torch.device) -> str:
    """Returns the device's name for a model card: "NVIDIA H200", "Intel(R) Xeon(R) ..., 2 of 2 cores"."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return f"Apple {platform.machine()} (MPS)"
    return f"{_processor()}, {torch.get_num_threads()} of {os.cpu_count()} cores"


def _processor() -> str:
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text().splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
