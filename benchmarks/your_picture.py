"""Measures how long Generate's "Your picture" takes in Chromium, from the choice of a file to the latent that was found, and
how near it comes.

    npm install onnxruntime-web@1.30.0          # once
    python benchmarks/your_picture.py              # needs Chromium
    python benchmarks/your_picture.py --pictures DIR --run mnist      # your own pictures instead of the run's samples

The pictures are samples of the run at a seed that no search starts from. The generator is loaded and its candidates are drawn
before, as they are while a visitor draws.
"""

import argparse
import base64
import statistics
from pathlib import Path

from browsing import ROOT, RUNTIME, chromium, served

SEED = 77
LOADED = 120_000  # ms for loading a generator and drawing its candidates
# PNG files of a run's samples
SAMPLES = """async ({ run, num, seed }) => {
    const { moments } = await studio.engine.about(run);
    const latents = await studio.engine.latents({ run, seed, num });
    const pictures = await studio.engine.served({ run, images: moments.at(-1).images, latents });
    return pictures.map((picture) => studio.engine.picture(null, picture).toDataURL().split(",")[1]);
}"""
# Records when a search begins and ends: its button Stop is shown meanwhile.
WATCH = """() => {
    window.searches = [];
    let chosen = 0;
    document.querySelector(".yours-file").addEventListener("change", () => { chosen = performance.now(); }, true);
    const stop = document.querySelector(".yours-stop");
    let searching = false;
    new MutationObserver(() => {
        if (searching && stop.hidden) window.searches.push(performance.now() - chosen);
        searching = !stop.hidden;
    }).observe(stop, { attributes: true, attributeFilter: ["hidden"] });
}"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoints", type=Path, default=ROOT / "checkpoints", help="the folder of runs")
    parser.add_argument("--run", action="append", help="a run (default: mnist and anime-faces)")
    parser.add_argument("--num", type=int, default=10, help="pictures of each run (default: 10)")
    parser.add_argument("--pictures", type=Path, help="a folder of pictures to search for instead")
    parser.add_argument("--runtime", type=Path, default=RUNTIME, help="onnxruntime-web's files")
    options = parser.parse_args()
    with served(options.checkpoints, options.runtime) as url, chromium() as browser:
        for run in options.run or ["mnist", "anime-faces"]:
            report(run, measure(browser, url, run, options.num, options.pictures))


def measure(browser, url: str, run: str, num: int, folder: Path | None) -> list[tuple[float, float]]:
    """Returns the milliseconds and the error in grey levels of each picture."""
    page = browser.new_page(viewport={"width": 1280, "height": 1000}, reduced_motion="reduce")
    page.goto(f"{url}/#run={run}")
    page.wait_for_function("window.studio?.engine?.run()")
    files = sorted(folder.iterdir())[:num] if folder else []
    contents = [file.read_bytes() for file in files] or [
        base64.b64decode(text) for text in page.evaluate(SAMPLES, {"run": run, "num": num, "seed": SEED})
    ]
    page.locator("#projection summary").click()
    page.wait_for_function("studio.local.has(studio.explore.scene())", timeout=LOADED)
    page.evaluate("studio.local.prepare(studio.explore.scene())")
    if page.locator("[name=yours-centred]").is_visible():
        page.locator("[name=yours-centred]").uncheck()  # the pictures are those of a set already
    page.evaluate(WATCH)
    errors = []
    for number, content in enumerate(contents):
        file = {"name": "picture.png", "mimeType": "image/png", "buffer": content}
        page.locator(".yours-file").set_input_files(file)
        page.wait_for_function("number => window.searches.length > number", arg=number, timeout=LOADED)
        errors.append(float(page.locator(".yours-racers span").first.inner_text().split(":")[-1]))
        page.wait_for_timeout(1500)  # the pictures around the found one are drawn
    times = page.evaluate("window.searches")
    page.close()
    return list(zip(times, errors, strict=True))


def report(run: str, found: list[tuple[float, float]]) -> None:
    times, errors = ([pair[number] for pair in found] for number in (0, 1))
    print(
        f"{run:16} {len(found)} pictures: {statistics.median(times) / 1000:.2f} s (worst {max(times) / 1000:.2f} s), "
        f"{statistics.median(errors):.1f} grey levels away (worst {max(errors):.1f})"
    )


if __name__ == "__main__":
    main()
