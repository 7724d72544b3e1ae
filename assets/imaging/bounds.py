"""What the picture step counts on and its children keep to."""

# Above this many pixels colours and transparency are written apart: libwebp takes up to 37 bytes a pixel for both.
LARGE_PIXELS = 16_777_216
