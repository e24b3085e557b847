"""What is said of a data set, in English. The page has the same keys in Chinese."""

# Values are named in braces and formatted as by str.format.
SENTENCES = {
    "pictures": "{name}: {images:,} pictures, {natural} as they came, {size} as they are drawn, {colour}.",
    "classes": "Classes, from {origin}: {classes}.",
    "no_classes": "No classes.",
    "labels_partial": "{unlabelled:,} of {images:,} images lie outside the class folders, so the set has no labels.",
    "labels_thin": "Most of {classes:,} classes by {origin} have a picture or two each, too few to draw by: the set has no "
    "labels (--labels folders or metadata takes them all the same).",
    "labels_missing": "{missing:,} of {images:,} pictures have no label, so the set has none.",
    "split": "The split {split} alone (--split NAME takes another, --split all everything).",
    "cropped": "Cropped to the middle: of the longest picture, {kept:.0%} is kept (--fit pad or stretch keeps all).",
    "padded": "Padded to {size}.",
    "stretched": "Stretched to {size}: proportions are lost.",
    "enlarged": "Smaller than {size}, and enlarged: {num:,}.",
    "colour_dropped": "Colour is left out, since {why}. Pictures that have some: {num:,}.",
    "grey_kept": "{grey:,} of {images:,} pictures are grey, so colour is drawn for the rest alone.",
    "levels": "Levels from {low:g} to {high:g} of {num:,} pictures with more than 8 bits are drawn from black to white.",
    "array_levels": "Values from {low:g} to {high:g} are drawn from black to white.",
    "background": "Transparent in part, and laid on {background}: {num:,} (--background takes another, --alpha trains "
    "transparency).",
    "alpha": "Transparency is drawn as a fourth channel.",
    "frames_first": "Files of several pictures: {num:,}; the first of each is taken (--frames all takes all {frames:,}).",
    "frames_taken": "Files of several pictures: {num:,}; {frames:,} pictures of them are taken.",
    "frames_of_one": "One file of {frames:,} pictures: {num:,} of them are taken (--frames N takes N, evenly spaced).",
    "left_out": "Left out of {files:,} files: {reasons}.",
    "same": "All pictures are the same one.",
    "duplicates": "Copies of another picture, or nearly: {num:,}.",
    "few_of_class": "Classes of a single picture: {num:,}, such as {names}.",
    "imbalance": "Classes are uneven: {most} has {times:,.0f} times as many pictures as {least}, which will be drawn worse.",
}

REASONS = {
    "other split": "another split",
    "not a picture": "no picture",
    "unreadable": "a format that is not read",
    "damaged": "damaged",
    "too small": "too small",
    "too large": "too large",
    "mask": "masks",
    "labels": "files of labels",
    "no label": "no label",
    "other class": "another class",
    "other size": "smaller copies",
    "hidden": "hidden",
    "beside": "pictures beside archives",
    "other": "not usable",
}
