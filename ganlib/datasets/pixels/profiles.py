"""Converts pictures with a colour profile, such as photos of a phone or for print, to sRGB."""

import io
from contextlib import suppress
from functools import lru_cache

from PIL import Image, ImageCms


def to_srgb(image: Image.Image) -> Image.Image:
    """Returns a colour image as sRGB by its embedded profile; as it is without one, or where the profile is not valid."""
    profile = image.info.get("icc_profile")
    if profile and image.mode == "P":
        image = image.convert("RGBA" if image.has_transparency_data else "RGB")
    if not profile or image.mode not in ("RGB", "RGBA", "CMYK"):
        return image
    with suppress(ImageCms.PyCMSError, OSError, ValueError):
        transform = _transform(profile, image.mode)
        if transform is not None:
            return ImageCms.applyTransform(image, transform) or image
    return image


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Returns the transform to sRGB; None for sRGB itself."""
    opened = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if "srgb" in ImageCms.getProfileDescription(opened).lower():
        return None
    return ImageCms.buildTransform(opened, ImageCms.createProfile("sRGB"), mode, "RGBA" if mode == "RGBA" else "RGB")
