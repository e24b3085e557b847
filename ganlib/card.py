"""The model card of a run: what it was trained on, how, for how long, and how to use it. Written anew at every snapshot."""

import shlex
from datetime import timedelta

from ganlib.metrics import PROTOCOL
from ganlib.networks import count_parameters, outlines
from ganlib.runs import Run, short

# Name and licence (as the Hub spells it) of the sets that can be named; anything else is its owner's.
DATA = {
    "mnist": ("MNIST, by Yann LeCun, Corinna Cortes and Christopher Burges (CC BY-SA 3.0)", "cc-by-sa-3.0"),
    "fashion-mnist": ("Fashion-MNIST, by Han Xiao, Kashif Rasul and Roland Vollgraf (MIT)", "mit"),
    "cifar10": ("CIFAR-10, by Alex Krizhevsky, Vinod Nair and Geoffrey Hinton (no licence stated)", "unknown"),
    "digits": ("Optical recognition of handwritten digits, UCI, by E. Alpaydin and C. Kaynak (CC BY 4.0)", "cc-by-4.0"),
}


MEASURES = {  # what a card says of each measure
    "fid": "FID (less is better)",
    "kid": "KID (less is better)",
    "precision": "Precision (more is better)",
    "recall": "Recall (more is better)",
    "swd": "Sliced Wasserstein distance x 1000 (less is better)",
    "diversity": "Diversity, 1 - mean SSIM of pairs (near that of real pictures is best)",
    "nearest_ratio": "Distance to the nearest training image, over that of unseen pictures (near 1 is best)",
    "agreement": "Agreement with the asked digit (more is better)",
    "balance": "Balance of the ten digits (more is better)",
    "digit_distance": "Fréchet distance in a digit classifier's features, no FID (less is better)",
}


def write(run: Run, seconds: float | None = None) -> str:
    """The card of `run` after `seconds` of training (by its history for None), as Markdown with the Hub's front matter."""
    from huggingface_hub import ModelCardData

    config, recipe, last = run.config, run.config.recipe, run.snapshot()
    note = config.data_note or "whoever publishes this run states its licence"
    data, licence = DATA.get(config.source, (f"{config.dataset}; {note}", "unknown"))
    front = ModelCardData(
        license=licence, library_name="ganlib", pipeline_tag="unconditional-image-generation", tags=["gan", recipe.name]
    )
    if seconds is None:
        seconds = run.history()[-1]["seconds"]
    labels = f", {config.num_classes} classes" if config.num_classes else ""
    rows = {
        "Data": f"{data}; {config.dataset_size:,} images at {config.image_size} px{labels}",
        "Recipe": f"`{recipe.name}`: {recipe.summary}",
        "Parameters": _parameters(run),
        "Images seen": f"{last.images:,} (epoch {short(last.epoch)}), batches of {recipe.batch_size}, seed {config.seed}",
        "Time": f"{timedelta(seconds=round(seconds))} of training",
        "Hardware": config.hardware,
        "Weights": f"safetensors, {config.weights_dtype}; "
        + ("the moving average of the generator" if recipe.ema_half_life else "the generator as it was trained, no average"),
    }
    if config.schedule_images > last.images:
        rows["Images seen"] += f"; the learning rates' schedule was laid out for {config.schedule_images:,}"
    table = "\n".join(f"| {name} | {value.replace('|', '&#124;')} |" for name, value in rows.items())
    commands = "\n".join(config.commands)
    where = run.name if run.path.is_absolute() else run.path.as_posix()  # a card tells nothing of its machine's folders
    return f"""---
{front.to_yaml()}
---

# {run.name}

![The same latents at the last snapshot](grids/{last.images:09d}.webp)

| | |
|---|---|
{table}

Trained with

```
{commands}
```

![Losses over images seen](curves.svg)
{_measures(run)}
Sample it with

```
python -m ganlib.sample {shlex.quote(str(where))} --num 64 --out {shlex.quote(f"{run.name}.png")}
```
"""


def _measures(run: Run) -> str:
    """A table of the last snapshot's scores beside those of real pictures; nothing where none were taken."""
    scores, last = run.scores(), run.snapshot()
    of_last, of_real = scores["snapshots"].get(last.path.stem, {}), scores.get("real", {})
    rows = [
        f"| {told} | {of_last[name]['value']:.4g} | {_value(of_real.get(name))} | {of_last[name]['num']:,} |"
        for name, told in MEASURES.items()
        if name in of_last
    ]
    if not rows:
        return ""
    table = "\n".join(rows)
    return f"""
Measured by `python -m ganlib.evaluate`, at {last.label} against {reference(scores["reference"])}:

| measure | samples | real pictures | images |
|---|---|---|---|
{table}

{PROTOCOL + "." if "fid" in of_last else "No measure here needs Inception's features; FID was not taken."}
"""


def reference(told: dict) -> str:
    """What scores were held against, in words."""
    return f"as many of the {told['num']:,} training images of {told['dataset']}"


def _value(entry: dict | None) -> str:
    return "" if entry is None else f"{entry['value']:.4g}"


def _parameters(run: Run) -> str:
    generator, discriminator = outlines(run.config.generator_settings(), run.config.discriminator_settings())
    return f"generator {count_parameters(generator):,}, discriminator {count_parameters(discriminator):,}"
