"""From the picture that was drawn to the size that was asked for. Runs in a bounded child only."""

from PIL import Image


def shaped(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture cropped around its centre to the shape of `size`, then scaled to it."""
    return scaled(image, crop_box(image.size, size), size)


def scaled(image: Image.Image, box: tuple[int, int, int, int], size: tuple[int, int]) -> Image.Image:
    """What lies in `box`, given as `crop_box` does, scaled to exactly `size`."""
    width, height = box[2] - box[0], box[3] - box[1]
    if (width, height) == size:
        return image.crop(box)
    if width >= size[0]:
        return image.resize(size, Image.Resampling.HAMMING, box=box, reducing_gap=2.0)
    return image.resize(size, Image.Resampling.LANCZOS, box=box)


def crop_box(drawn: tuple[int, int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Left, upper, right and lower edge of the largest part of `drawn` that has the shape of `size`."""
    # Whole pixels: what is cropped and not scaled stays as sharp as it came.
    width = min(drawn[0], max(1, round(drawn[1] * size[0] / size[1])))
    height = min(drawn[1], max(1, round(drawn[0] * size[1] / size[0])))
    left, upper = (drawn[0] - width) // 2, (drawn[1] - height) // 2
    return left, upper, left + width, upper + height
