"""Writes the model card of a run: data, recipe, command, scores and how to use it; anew at every snapshot."""

import json
import shlex
from collections.abc import Sequence
from datetime import timedelta

from ganlib.datasets import BUILT_IN
from ganlib.metrics.measures import FIGURES, MEASURES, said
from ganlib.networks import count_parameters, features, outline, outlines
from ganlib.objectives.schedules import described
from ganlib.pictures import COLOURS, RGBA
from ganlib.recipes import Features
from ganlib.runs.config import Blend, Config
from ganlib.runs.run import Run, short
from ganlib.sizes import height_width, written

MOST_SECONDS = 1e9  # upper bound of the printed training time; an untrusted history may hold any number
TASK = "unconditional-image-generation"
TRANSPARENT = "Transparency was measured with colour premultiplied by alpha, by Inception over mid-grey (128)."


def write(run: Run, seconds: float | None = None, repo: str | None = None) -> str:
    """Returns the card of `run` after `seconds` of training (None: from its history), as Markdown with the Hub's front matter.

    `repo` is the repository OWNER/NAME that the card is uploaded to.
    """
    config, last = run.config, run.snapshot()
    _, licence = data_of(config)
    rows = _blended(run, config.blend) if config.blend else _adopted(run) if config.adopted else _trained(run, seconds)
    table = "\n".join(f"| {name} | {value.replace('|', '&#124;')} |" for name, value in rows.items())
    grid, curves = f"grids/{last.images:09d}.webp", "curves.svg"
    parts = [
        f"---\n{_front(run, licence, repo)}\n---",
        f"# {(repo or run.name).rpartition('/')[2]}",
        _picture(run, "The same latents at the last snapshot", grid),
        f"| | |\n|---|---|\n{table}",
        _commands(config),
        _picture(run, "Losses over images seen", curves),
        _measures(run).strip(),
        _usage(run, repo),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def data_of(config: Config) -> tuple[str, str]:
    """Returns what a run was trained on, and the licence of that: "unknown" where nothing states it. A blend has both parents'
    data, and a licence if it is the same."""
    if config.blend:
        licences = set(config.blend.licences)
        return "; and ".join(dict.fromkeys(config.blend.data)), licences.pop() if len(licences) == 1 else "unknown"
    if known := BUILT_IN.get(config.source):
        return known.credit, known.licence
    if config.adopted:
        return config.data_note or "not known: the file doesn't name them", "unknown"
    return f"{config.dataset}; {config.data_note or 'whoever publishes this run states its licence'}", "unknown"


def _trained(run: Run, seconds: float | None) -> dict[str, str]:
    """Returns the rows of a run that was trained here."""
    config, recipe, last = run.config, run.config.recipe, run.snapshot()
    data, licence = data_of(config)
    if seconds is None:
        seconds = max((line.get("seconds", 0) for line in run.history()), default=0)
    labels = f", only {', '.join(config.classes)}" if config.classes else _classes(config)
    transparent = " with transparency" if config.channels == RGBA else ""
    rows = {
        "Data": f"{data}; {config.dataset_size:,} images at {written(config.image_size)} px{transparent}{labels}",
        **({"Pictures": config.data_summary} if config.data_summary else {}),
        "Licence": _licence(licence),
        **({"Began as": f"{config.parent} after {config.parent_images or 0:,} images"} if config.parent else {}),
        "Recipe": f"`{recipe.name}`: {recipe.summary}",
        **({"Second discriminator": _features(recipe.features)} if recipe.features else {}),
        **({"Schedules": described(recipe.schedules)} if recipe.schedules else {}),
        "Parameters": _parameters(run),
        "Images seen": f"{last.images:,} (epoch {short(last.epoch)}), batches of {recipe.batch_size}, seed {config.seed}",
        "Time": f"{timedelta(seconds=round(max(0, min(seconds, MOST_SECONDS))))} of training",
        "Hardware": config.hardware,
        "Weights": f"safetensors, {config.weights_dtype}; "
        + ("the moving average of the generator" if recipe.half_life else "the generator as it was trained, no average"),
    }
    if config.schedule_images > last.images:
        rows["Images seen"] += f"; the learning rates' schedule was laid out for {config.schedule_images:,}"
    return rows


def _features(features: Features) -> str:
    parts = [
        f"{features.head} heads on the maps of the frozen {features.network}, stages {', '.join(map(str, features.stages))}",
        f"pictures at {features.size} px",
        f"mixing {features.mixing} to {features.width} channels" if features.mixing != "none" else "no mixing",
        f"{features.loss} loss, times {features.weight:g} for the generator",
        *([f"after {', '.join(features.augment)}"] if features.augment else []),
    ]
    return "; ".join(parts)


def _adopted(run: Run) -> dict[str, str]:
    """Returns the rows of a run whose weights came from a file."""
    config, recipe = run.config, run.config.recipe
    return {
        "Weights from": f"`{config.parent}` (SHA-256 {config.fingerprint}); its layers are those of {config.adopted}",
        "Draws": f"{config.image_size} px in {COLOURS[config.channels]}{_classes(config)}",
        "Data": data_of(config)[0],
        "Licence": _licence("unknown"),
        "Recipe": f"`{recipe.name}`: {recipe.summary}",
        "Parameters": _parameters(run),
        "Weights": f"safetensors, {config.weights_dtype}; as they were in the file",
    }


def _blended(run: Run, blend: Blend) -> dict[str, str]:
    """Returns the rows of a run whose weights are a blend of two others'."""
    config, second = run.config, blend.parents[1]
    data, licence = data_of(config)
    parents = [
        f"{name} ({moment}, {images:,} images)"
        for name, moment, images in zip(blend.parents, blend.moments, blend.images, strict=True)
    ]
    shares = ", ".join(f"{layer} {share:g}" for layer, share in zip(blend.layers, blend.shares, strict=True))
    return {
        "Blend of": " and ".join(parents),
        f"Share of {second}": f"{shares}; the rest is {blend.parents[0]}'s (Pinkney and Adler 2020, arXiv:2010.05334)",
        "Draws": f"{written(config.image_size)} px in {COLOURS[config.channels]}{_classes(config)}",
        "Data": data,
        "Licence": _licence(licence),
        "Discriminator": f"that of {second}, not blended" if run.has_discriminator() else "none",
        "Parameters": _parameters(run),
        "Weights": f"safetensors, {config.weights_dtype}; batch statistics of the blend's own samples",
    }


def _classes(config: Config) -> str:
    return f", {config.num_classes} classes" if config.num_classes else ""


def _commands(config: Config) -> str:
    how = "Blended" if config.blend else "Adopted" if config.adopted else "Trained"
    return f"{how} with\n\n```\n{chr(10).join(config.commands)}\n```" if config.commands else ""


def _front(run: Run, licence: str, repo: str | None) -> str:
    """Returns the Hub's front matter, with the last snapshot's measures as its model index."""
    from huggingface_hub import EvalResult, ModelCardData

    config = run.config
    measured = run.scores()["snapshots"].get(run.snapshot().path.stem, {})
    results = [
        EvalResult(
            task_type=TASK,
            dataset_type=config.dataset,
            dataset_name=config.dataset,
            dataset_split="train",
            metric_type=name,
            metric_name=said(figure, figure.label, config.feature_network),
            metric_value=float(f"{value['value']:.6g}"),
            metric_args={"samples": value["num"]},
        )
        for name, figure in FIGURES.items()
        if (value := measured.get(name))
    ]
    front = ModelCardData(
        license=licence,
        library_name="ganlib",
        pipeline_tag=TASK,
        tags=["gan", config.recipe.name],
        base_model=_on_hub(config.blend.parents if config.blend else (config.parent,)),
        model_name=(repo or run.name).rpartition("/")[2] if results else None,
        eval_results=results or None,
    )
    return front.to_yaml()


def _on_hub(parents: Sequence[str]) -> str | list[str] | None:
    """Returns the repository of the parent runs, a list of several; None for parents in a folder, whose name has no slash."""
    found = list(dict.fromkeys(parent.partition("@")[0] for parent in parents if "/" in parent))
    return found[0] if len(found) == 1 else found or None


def _licence(licence: str) -> str:
    if licence == "unknown":
        return "not stated: ask whoever published this run, and mind the rights in the images above"
    return f"{licence}, that of the data; the code that trained it is under the MIT licence"


def _picture(run: Run, alt: str, file: str) -> str:
    return f"![{alt}]({file})" if (run.path / file).exists() else ""


def _usage(run: Run, repo: str | None) -> str:
    """Returns the instructions for sampling, in a shell and in Python; a test runs them."""
    where = repo or (run.name if run.path.is_absolute() else run.path.as_posix())  # no absolute local path
    config, label = run.config, ""
    if config.num_classes:
        label = f", label={json.dumps(config.labels[0])}"
    shape = str((64, config.channels, *height_width(config.image_size)))
    shape += ": red, green, blue, alpha" if config.channels == RGBA else ""
    return f"""With this project's code, sample it with

```
python -m ganlib.sample {shlex.quote(where)} --num 64 --out {shlex.quote(f"{where.rpartition('/')[2]}.png")}
```

or in Python, where it is a `torch.nn.Module`:

```python
from ganlib import pictures
from ganlib.pretrained import PretrainedGenerator

generator = PretrainedGenerator.from_pretrained({json.dumps(where)})
images = generator.sample(64, seed=7{label})  # uint8 {shape}
pictures.grid(images, columns=8).save("samples.png")
```"""


def _measures(run: Run) -> str:
    """Returns a table of the last snapshot's scores and those of real pictures; empty without scores."""
    scores, last, network = run.scores(), run.snapshot(), run.config.feature_network
    of_last, of_real = scores["snapshots"].get(last.path.stem, {}), scores.get("real", {})
    rows = [
        f"| {said(figure, figure.title, network)} | {found['value']:.4g} | {_value(of_real.get(name))} | {found['num']:,} |"
        for name, figure in FIGURES.items()
        if (found := of_last.get(name))
    ]
    if not rows:
        return ""
    table = "\n".join(rows)
    taken = [measure for measure in MEASURES.values() if any(figure.name in of_last for figure in measure.figures)]
    protocols = [f"{measure.protocol}." for measure in taken if measure.protocol]
    protocols += [] if "fid" in of_last else ["No measure here needs Inception's features; FID was not taken."]
    protocols += [TRANSPARENT] if run.config.channels == RGBA else []
    return f"""
Measured by `python -m ganlib.evaluate`, at {last.label} against {reference(scores["reference"])}:

| measure | samples | real pictures | images |
|---|---|---|---|
{table}

{" ".join(protocols)}
"""


def reference(entry: dict) -> str:
    """Describes the reference set of the scores."""
    classes = ", each class as often as there" if "labels" in entry else ""
    return f"as many of the {entry['num']:,} training images of {entry['dataset']}{classes}"


def _value(entry: dict | None) -> str:
    return "" if entry is None else f"{entry['value']:.4g}"


def _parameters(run: Run) -> str:
    generator, discriminator = outlines(run.config.generator_settings(), run.config.discriminator_settings())
    heads = run.config.heads_settings()
    more = f", heads {count_parameters(outline(features.build, heads)):,}" if heads else ""
    return f"generator {count_parameters(generator):,}, discriminator {count_parameters(discriminator):,}{more}"
