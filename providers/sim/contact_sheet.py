"""All operations on one sheet, a row each: what goes in, and what comes out."""

from PIL import Image, ImageDraw, ImageFont

from providers.sim.examples import Example, Shown, examples

TILE = (300, 200)
_GAP, _MARGIN, _LABEL, _COLUMNS = 36, 44, 250, 4
_WORDS_HEIGHT, _ROW_GAP, _HEAD_HEIGHT = 30, 26, 92
_CORNER = 10
_PAPER, _INK, _QUIET, _RULE = (250, 250, 248), (24, 28, 38), (112, 118, 130), (226, 227, 224)
_CHECKS = ((255, 255, 255), (224, 226, 230))
_CHECK_SIDE = 10
# Shapes are drawn so many times larger and reduced: their edges come out smooth.
_SMOOTH = 4


def contact_sheet() -> Image.Image:
    """The whole sheet in RGB."""
    rows = list(examples())
    row_height = TILE[1] + _WORDS_HEIGHT + _ROW_GAP
    width = 2 * _MARGIN + _LABEL + _COLUMNS * TILE[0] + (_COLUMNS - 1) * _GAP
    sheet = Image.new("RGB", (width, _HEAD_HEIGHT + len(rows) * row_height + _MARGIN), _PAPER)
    pencil = ImageDraw.Draw(sheet)
    pencil.text((_MARGIN, _MARGIN), "What the engine does with pictures", fill=_INK, font=_font(30))
    credit = "drawn by its simulator"
    pencil.text((width - _MARGIN, _MARGIN + 10), credit, fill=_QUIET, font=_font(17), anchor="ra")
    for number, row in enumerate(rows):
        _draw_row(sheet, row, _HEAD_HEIGHT + number * row_height)
    return sheet


def _draw_row(sheet: Image.Image, row: Example, top: int) -> None:
    pencil = ImageDraw.Draw(sheet)
    pencil.line((_MARGIN, top, sheet.width - _MARGIN, top), fill=_RULE, width=1)
    top += _ROW_GAP
    pencil.text((_MARGIN, top + 4), row.operation, fill=_INK, font=_font(22))
    pencil.multiline_text((_MARGIN, top + 40), row.takes, fill=_QUIET, font=_font(16), spacing=6)
    left = _MARGIN + _LABEL
    for shown in row.given:
        left = _draw_tile(sheet, shown, left, top) + _GAP
    if row.given:
        _draw_arrow(sheet, left - _GAP // 2, top + TILE[1] // 2)
    for shown in row.results:
        left = _draw_tile(sheet, shown, left, top) + _GAP


def _draw_tile(sheet: Image.Image, shown: Shown, left: int, top: int) -> int:
    """Draw one picture and its words; returns where its right edge is."""
    width = shown.columns * TILE[0] + (shown.columns - 1) * _GAP
    picture = shown.image.resize((width, TILE[1]), Image.Resampling.LANCZOS)
    if picture.mode == "RGBA":
        checks = _checks(picture.size)
        checks.paste(picture, (0, 0), picture)
        picture = checks
    shape = Image.new("L", (width * _SMOOTH, TILE[1] * _SMOOTH), 0)
    ImageDraw.Draw(shape).rounded_rectangle((0, 0, shape.width - 1, shape.height - 1), _CORNER * _SMOOTH, fill=255)
    sheet.paste(picture, (left, top), shape.resize(picture.size, Image.Resampling.BOX))
    words_at = (left + 2, top + TILE[1] + 8)
    ImageDraw.Draw(sheet).text(words_at, shown.words, fill=_QUIET, font=_font(15))
    return left + width


def _draw_arrow(sheet: Image.Image, x: int, y: int) -> None:
    side = 24
    large = Image.new("L", (side * _SMOOTH, side * _SMOOTH), 0)
    pencil = ImageDraw.Draw(large)
    points = [(8 * _SMOOTH, 5 * _SMOOTH), (16 * _SMOOTH, 12 * _SMOOTH), (8 * _SMOOTH, 19 * _SMOOTH)]
    pencil.line(points, fill=255, width=2 * _SMOOTH, joint="curve")
    sheet.paste(_QUIET, (x - side // 2, y - side // 2), large.resize((side, side), Image.Resampling.BOX))


def _checks(size: tuple[int, int]) -> Image.Image:
    board = Image.new("RGB", size, _CHECKS[0])
    pencil = ImageDraw.Draw(board)
    for y in range(0, size[1], _CHECK_SIDE):
        for x in range(y % (2 * _CHECK_SIDE), size[0], 2 * _CHECK_SIDE):
            pencil.rectangle((x, y, x + _CHECK_SIDE - 1, y + _CHECK_SIDE - 1), fill=_CHECKS[1])
    return board


def _font(size: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size)
