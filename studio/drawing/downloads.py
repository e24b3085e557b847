"""Files to download: PNG sheets with their settings inside, animations, QR codes, a run as .zip."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import segno

from ganlib import UserError, animations, latents, pictures, sizes
from ganlib.runs import checkpoint_files
from ganlib.runs.run import Snapshot
from studio import validation
from studio.drawing import sheets
from studio.drawing.scene import Scene
from studio.library import Entry, Library

MOST_KEYS, MOST_FRAMES = 32, 480
MOST_SECONDS = 60
MOST_MOVING_PIXELS = MOST_FRAMES * 128 * 128  # of an animation, before it is enlarged
PNG = "image/png"
QR_INK, QR_PAPER = "#16181D", "#FAF9F6"  # in both themes: scanners need dark on light


@dataclass(frozen=True)
class Motion:
    """How an animation interpolates between its key frames."""

    mode: latents.Mode = "slerp"
    closed: bool = True
    frames: int = 60
    seconds: float = 4.0
    kind: str = "webp"

    @classmethod
    def validated(cls, values: Mapping[str, Any]) -> "Motion":
        """Validates untrusted values; missing ones get the defaults. Raises UserError."""
        given = {field.name: values.get(field.name, field.default) for field in fields(cls)}
        return cls(
            mode=validation.one_of("mode", given["mode"], latents.INTERPOLATIONS),
            closed=validation.yes_or_no("closed", given["closed"]),
            frames=validation.whole("frames", given["frames"], 2, MOST_FRAMES),
            seconds=validation.number("seconds", given["seconds"], 0.5, MOST_SECONDS),
            kind=validation.one_of("kind", given["kind"], animations.KINDS),
        )


@dataclass(frozen=True)
class Download:
    """A file to download."""

    content: bytes
    name: str
    mime: str


def sheet(
    entry: Entry, snapshots: Sequence[Snapshot], images: np.ndarray, columns: int, settings: Mapping[str, Any]
) -> Download:
    """Returns a PNG grid of latents that the seed in `settings` reproduces."""
    content = pictures.png(pictures.grid(images, columns), sheets.settings_of(entry, snapshots, **settings))
    return Download(content, sheets.file_name(entry, snapshots, settings["seed"]), PNG)


def picture(scene: Scene, images: np.ndarray, columns: int | None = None, **settings: Any) -> Download:
    """Returns a PNG grid of a scene's `images`. It contains the settings that reproduce the same pixels: run, snapshot,
    truncation, labels, latents (`z`, base64 of float32), and `settings`."""
    moments, num = len(scene.snapshots), len(scene.z)
    usual = sheets.columns_for(len(images))
    if moments > 1 and num > 1 and columns is None:  # a strip: one latent per row, one snapshot per column
        images, usual = images.reshape(moments, num, *images.shape[1:]).swapaxes(0, 1).reshape(images.shape), moments
    inside = sheets.settings_of(
        scene.entry,
        scene.snapshots,
        truncation=scene.truncation,
        labels=None if scene.labels is None else scene.labels.tolist(),
        z=validation.encode(scene.z),
        **{"from": scene.origins} | settings,
    )
    content = pictures.png(pictures.grid(images, columns or usual), inside)
    return Download(content, f"{'-'.join([sheets.stem(scene.entry, scene.snapshots), *_source(scene)])}.png", PNG)


def animation(library: Library, scene: Scene, motion: Motion) -> Download:
    """Returns an animation that interpolates a scene's latents, its key frames, at its first snapshot. Raises UserError."""
    config, snapshot = scene.entry.run.config, scene.snapshots[0]
    if not 2 <= len(scene.z) <= MOST_KEYS:
        raise UserError(f"An animation leads through 2 to {MOST_KEYS} key frames.")
    most = MOST_MOVING_PIXELS // sizes.pixels(config.image_size)
    if motion.frames > most:
        raise UserError(f"frames must be {most} at most for pictures of {sizes.written(config.image_size)} pixels.")
    z = latents.path(scene.z, motion.frames, motion.mode, motion.closed)
    labels = None if scene.labels is None else latents.path_labels(scene.labels, motion.frames, motion.closed)
    images = sheets.images_of(library, scene.entry, snapshot, z, labels, scene.truncation)
    scale = pictures.scale_for(config.image_size)
    content = animations.animate(images, motion.seconds, motion.kind, caption=_caption(scene, motion), scale=scale)
    name = f"{sheets.stem(scene.entry, [snapshot])}-{motion.mode}.{motion.kind}"
    return Download(content, name, animations.KINDS[motion.kind])


def qr(content: str) -> str:
    """Returns a QR code as SVG without a fixed size, with its quiet zone. Raises UserError if `content` is too long."""
    try:
        code = segno.make_qr(content, error="l")  # segno raises the level if the size stays the same
    except segno.DataOverflowError:
        raise UserError("This view is too large for a QR code; copy the link instead.") from None
    return code.svg_inline(border=4, omitsize=True, dark=QR_INK, light=QR_PAPER, svgclass="qr", lineclass=None)


def packed(path: Path) -> bytes:
    """Returns a run's folder as a .zip, without the checkpoints, which are most of its bytes."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for file in sorted(path.rglob("*")):
            inside = file.relative_to(path)
            if (
                file.is_file()
                and file.name not in checkpoint_files.NAMES
                and not any(part.startswith(".") for part in inside.parts)
            ):
                archive.write(file, f"{path.name}/{inside.as_posix()}")
    return content.getvalue()


def _source(scene: Scene) -> list[str]:
    """Returns the parts of a file name about the latents: their common seed, and the index of a single latent."""
    known = [origin for origin in scene.origins if origin]
    seeds = {origin["seed"] for origin in known}
    if len(seeds) != 1 or len(known) < len(scene.origins):
        return []
    single = [str(known[0]["index"])] if len(scene.z) == 1 else []
    return [f"seed{seeds.pop()}", *single]


def _caption(scene: Scene, motion: Motion) -> str:
    """Returns the settings of an animation in one line: "mnist, epoch 24, slerp, seeds 0 1 2, ψ 1"."""
    known = [origin for origin in scene.origins if origin]
    if len(known) < len(scene.origins):
        keys = f"{len(scene.origins)} key frames"
    elif any(origin["index"] for origin in known):
        keys = "latents " + " ".join(f"{origin['seed']}:{origin['index']}" for origin in known)
    else:
        keys = "seeds " + " ".join(str(origin["seed"]) for origin in known)
    parts = [scene.entry.shown, scene.snapshots[0].label, motion.mode, keys, f"ψ {scene.truncation:g}"]
    names = [] if scene.labels is None else [scene.entry.run.config.labels[label] for label in scene.labels]
    return ", ".join([*parts, f"labels {' '.join(names)}"] if names else parts)
