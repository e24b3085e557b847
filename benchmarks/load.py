"""Measures one `python app.py` under many simultaneous visitors: over plain HTTP, and through Gradio's queue.

    python benchmarks/load.py                            # 50 visitors, 30 seconds each way
    python benchmarks/load.py --run anime-faces --num 4

Each visitor requests a sheet of `--num` pictures, waits for the PNG, and requests the next one, each time with its own seed. A
visitor asked to retry does so after the time in the answer; the latency counts from the first try. All visitors run in one
process beside the server, on the same cores.

First prints the cost of a call of the run's generator by batch size: the reason for batching waiting requests.
"""

import argparse
import asyncio
import secrets
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import numpy as np
from gradio_client import Client

sys.path.insert(0, str(Path(__file__).parents[1]))
from ganlib import latents
from ganlib.runs.run import Run
from ganlib.sampling import BATCH, draw, labels_for

ROOT = Path(__file__).parents[1]
SEEDS = 10_000  # per visitor


@dataclass
class Visitor:
    """One visitor's answers and times."""

    number: int
    latencies: list[float] = field(default_factory=list)  # seconds, a sheet each
    errors: list[str] = field(default_factory=list)
    again: int = 0  # requests to retry

    def seed(self) -> int:
        return self.number * SEEDS + len(self.latencies)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--visitors", type=int, default=50, help="at once (default: 50)")
    parser.add_argument("--seconds", type=float, default=30, help="that they go on each way (default: 30)")
    parser.add_argument("--run", default="mnist", help="a shipped run (default: mnist)")
    parser.add_argument("--num", type=int, default=16, help="pictures of a sheet (default: 16)")
    options = parser.parse_args()
    calls(options.run)
    with app() as url:
        asyncio.run(over_http(url, options, [Visitor(0)], 2))  # the generator is read
        report("plain HTTP", options, *asyncio.run(over_http(url, options, visitors(options), options.seconds)))
        report("Gradio's queue", options, *over_gradio(url, options, visitors(options)))


def calls(name: str) -> None:
    """Prints a generator's pictures a second in calls of 1 picture and of more."""
    run = Run.open(ROOT / "checkpoints" / name)
    generator, recipe = run.generator(), run.config.recipe
    z, labels = latents.sample(BATCH, recipe.latent_dim, 0, recipe.latent), labels_for(run.config, BATCH, None)
    for num in (1, 4, 16, BATCH):
        seconds = [timed(lambda n=num: draw(generator, z[:n], None if labels is None else labels[:n])) for _ in range(20)]
        print(f"{name}, calls of {num:2}: {num / statistics.median(seconds):6.0f} pictures a second")


def timed(call) -> float:
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


@contextmanager
def app() -> Iterator[str]:
    """Starts an app; yields its address once it listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as jobs:
        command = [sys.executable, ROOT / "app.py", "--port", str(port), "--jobs", jobs, "--runtime", "off"]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            while not listens(port):
                time.sleep(0.1)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            server.wait()


def listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def visitors(options: argparse.Namespace) -> list[Visitor]:
    return [Visitor(number) for number in range(options.visitors)]


async def over_http(
    url: str, options: argparse.Namespace, asking: list[Visitor], seconds: float
) -> tuple[list[Visitor], float]:
    """Runs all `asking` visitors at once for `seconds`; returns the time until the last one has its sheet."""
    began = time.perf_counter()
    await asyncio.gather(*(at_http(url, options, visitor, began + seconds) for visitor in asking))
    return asking, time.perf_counter() - began


async def at_http(url: str, options: argparse.Namespace, visitor: Visitor, end: float) -> None:
    query = {"num": options.num, "visitor": secrets.token_hex(16)}
    async with httpx.AsyncClient(base_url=f"{url}/gradio_api/studio/sample/", timeout=120) as client:
        while time.perf_counter() < end:
            began = time.perf_counter()
            try:
                answer = await patiently(client, options.run, query | {"seed": visitor.seed()}, visitor)
                note(visitor, began, None if answer.is_success else answer.text)
            except httpx.HTTPError as error:
                note(visitor, began, repr(error))


async def patiently(client: httpx.AsyncClient, run: str, query: dict, visitor: Visitor) -> httpx.Response:
    """Asks again until the answer isn't a request to retry."""
    while (answer := await client.get(run, params=query)).status_code == 503:
        visitor.again += 1
        await asyncio.sleep(float(answer.headers["Retry-After"]))
    return answer


def over_gradio(url: str, options: argparse.Namespace, asking: list[Visitor]) -> tuple[list[Visitor], float]:
    """The same through Gradio's clients, which fetch the file named by the queue's answer."""
    with tempfile.TemporaryDirectory() as folder:
        clients = [Client(url, verbose=False, download_files=folder) for _ in asking]
        began = time.perf_counter()
        end = began + options.seconds
        pairs = zip(clients, asking, strict=True)
        threads = [threading.Thread(target=at_gradio, args=[client, options, visitor, end]) for client, visitor in pairs]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return asking, time.perf_counter() - began


def at_gradio(client: Client, options: argparse.Namespace, visitor: Visitor, end: float) -> None:
    while time.perf_counter() < end:
        began, error = time.perf_counter(), None
        try:
            client.predict(options.run, num=options.num, seed=visitor.seed(), api_name="/sample")
        except Exception as caught:  # whatever it is, it is counted
            error = repr(caught)
        note(visitor, began, error)


def note(visitor: Visitor, began: float, error: str | None) -> None:
    if error is None:
        visitor.latencies.append(time.perf_counter() - began)
    else:
        visitor.errors.append(error)


def report(way: str, options: argparse.Namespace, asked: list[Visitor], seconds: float) -> None:
    latencies = np.array([latency for visitor in asked for latency in visitor.latencies])
    sheets = [len(visitor.latencies) for visitor in asked]
    errors = [error for visitor in asked for error in visitor.errors]
    p50, p95 = np.quantile(latencies, [0.5, 0.95]) if len(latencies) else [np.nan] * 2
    print(
        f"{way}: {options.visitors} visitors, sheets of {options.num} of {options.run}: "
        f"{len(latencies) * options.num / seconds:.0f} pictures a second in all, "
        f"p50 {p50:.2f} s, p95 {p95:.2f} s, worst {latencies.max(initial=0):.2f} s; {len(errors)} errors, "
        f"{sum(visitor.again for visitor in asked)} times busy; the slowest visitor had {min(sheets) / np.mean(sheets):.0%} "
        "of the mean",
        flush=True,
    )
    for error in errors[:3]:
        print(f"  {error}")


if __name__ == "__main__":
    main()
