"""Makes the fonts of the card, server/static/fonts, from Debian's package fonts-noto-core; needs fonttools.

Each is one file of several scripts without features: the card shapes its text itself, so every letter has its code
point. ``apt-get install fonts-noto-core`` (20201225-1), then run this; the licence stands beside the fonts.
"""

from pathlib import Path
from tempfile import TemporaryDirectory

from fontTools.merge import Merger
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

NOTO = Path("/usr/share/fonts/truetype/noto")
FONTS = Path(__file__).parents[1] / "server" / "static" / "fonts"
LATIN = (
    *(range(0x20, 0x250), range(0x250, 0x2B0), range(0x2B0, 0x370), range(0x370, 0x400), range(0x400, 0x530)),
    *(range(0x1E00, 0x2000), range(0x2010, 0x2028), range(0x202F, 0x205F), range(0x2070, 0x20D0)),
    *(range(0x2100, 0x2150), range(0x2190, 0x2200), range(0x2200, 0x2266)),
)
ARMENIAN = (range(0x530, 0x590), range(0xFB13, 0xFB18))
GEORGIAN = (range(0x10A0, 0x1100), range(0x1C90, 0x1CC0))
ARABIC = (
    *(range(0x600, 0x700), range(0x750, 0x780), range(0xFB50, 0xFBC2), range(0xFBD3, 0xFC00)),
    *(range(0xFDFC, 0xFDFD), range(0xFE70, 0xFEFF)),
)
MADE = {
    "title": {
        "NotoSerif-Bold": LATIN,
        "NotoSerifArmenian-Bold": ARMENIAN,
        "NotoSerifGeorgian-Bold": GEORGIAN,
        "NotoNaskhArabic-Bold": ARABIC,
    },
    "words": {
        "NotoSans-Regular": LATIN,
        "NotoSansArmenian-Regular": ARMENIAN,
        "NotoSansGeorgian-Regular": GEORGIAN,
        "NotoSansArabic-Regular": ARABIC,
    },
}


def part(source: Path, ranges: tuple[range, ...], target: Path) -> str:
    """Write the letters of a font that lie in these ranges."""
    options = Options(hinting=False, layout_features=[], glyph_names=False, notdef_outline=True, name_IDs=[])
    options.drop_tables += ["GSUB", "GPOS", "GDEF", "kern", "STAT", "DSIG"]
    with TTFont(source) as font:
        subsetter = Subsetter(options)
        subsetter.populate(unicodes=[code for codes in ranges for code in codes])
        subsetter.subset(font)
        font.save(target)
    return str(target)


def main() -> None:
    """Write both fonts."""
    for name, sources in MADE.items():
        with TemporaryDirectory() as folder:
            parts = [part(NOTO / f"{one}.ttf", codes, Path(folder) / one) for one, codes in sources.items()]
            font = Merger().merge(parts)
            family = f"Undersigned {name.title()}"
            for number, words in ((1, family), (2, "Regular"), (4, family), (6, family.replace(" ", "-"))):
                font["name"].setName(words, number, 3, 1, 0x409)
            font["name"].setName("Copyright 2015-2020 Google LLC; parts of Noto", 0, 3, 1, 0x409)
            font["name"].setName("SIL Open Font License, Version 1.1", 13, 3, 1, 0x409)
            font["head"].modified = font["head"].created = 0
            font.recalcTimestamp = False
            font.save(FONTS / f"{name}.ttf")


if __name__ == "__main__":
    main()
