"""Pictures and archives for the tests of uploads, and a sender that uploads them as a visitor's page does."""

import base64
import io

import numpy as np
from PIL import Image

from studio.limits import Limits
from studio.uploads.api import Uploads
from studio.words import word

ANNA = "a" * 32


def file_of(image, kind="PNG", **settings):
    file = io.BytesIO()
    image.save(file, kind, **settings)
    return file.getvalue()


def photo(number=0, size=(40, 30), grey=False):
    """Returns a picture of large colour patches, different for each number."""
    patches = np.random.default_rng(number).integers(0, 256, (6, 8, 1 if grey else 3), np.uint8)
    patches = np.broadcast_to(patches, (6, 8, 3)) if grey else patches
    return Image.fromarray(patches).resize(size, Image.Resampling.BILINEAR)


class Sender:
    """Sends uploads as a visitor's page does."""

    def __init__(self, folder, visitor=ANNA, **limits):
        self.uploads = Uploads(folder / "uploads", Limits(**limits))
        self.answers, self.visitor = self.uploads.answers(), visitor
        self.upload = self.ask("begin")["upload"]

    def ask(self, what, **question):
        known = {"visitor": self.visitor} | ({"upload": self.upload} if hasattr(self, "upload") else {})
        return self.answers[f"upload_{what}"](known | question)

    def send(self, name, content, piece=10**6):
        """Sends a file in pieces; returns the last answer."""
        for at in range(0, max(1, len(content)), piece):
            data = base64.b64encode(content[at : at + piece]).decode()
            answer = self.ask("part", name=name, offset=at, data=data, last=at + piece >= len(content))
            if answer:
                return answer
        return answer

    def look(self, **question):
        return self.ask("look", **{"size": 16, "channels": 3, "thumbs": []} | question)

    def reason(self, name, content):
        """Returns the English sentence about an unusable file."""
        assert self.send(name, content) == {}
        (broken,) = self.look()["report"]["broken"]
        assert broken["name"] == name
        values = dict(broken["reason"])
        return word("en", values.pop("say"), **values)
