"""Makes the fonts of the PDF exporter from published webfont packages.

    npm pack @fontsource/source-serif-4 @fontsource/jetbrains-mono \
             @fontsource/noto-sans-math @fontsource/noto-sans-symbols-2
    (unpack each archive into a directory of its name, without the version)
    pip install fonttools brotli
    python build_fonts.py DIRECTORY_OF_THE_PACKAGES

The packages split each face by alphabet for browsers; a PDF wants one file, so the
alphabets are merged again. "Source" is a reserved font name (OFL 1.1, section 3), so
the merged serif is called "Carrel Serif".
"""

import os
import sys
import tempfile

from fontTools.merge import Merger, Options
from fontTools.subset import Options as SubsetOptions
from fontTools.subset import Subsetter
from fontTools.ttLib import TTFont

PACKAGES = sys.argv[1]
OUT = os.path.dirname(os.path.abspath(__file__))
SERIF_ALPHABETS = ["latin", "latin-ext", "greek", "cyrillic", "cyrillic-ext", "vietnamese"]
MONO_ALPHABETS = ["latin", "latin-ext", "greek", "cyrillic"]
# Arrows, mathematics, technical signs, shapes, dingbats: what office documents use.
SYMBOL_RANGES = [
    (0x2070, 0x209F), (0x2100, 0x214F), (0x2150, 0x218F), (0x2190, 0x21FF), (0x2200, 0x22FF),
    (0x2300, 0x23FF), (0x2460, 0x24FF), (0x25A0, 0x25FF), (0x2600, 0x26FF), (0x2700, 0x27BF),
    (0x27C0, 0x27FF), (0x2900, 0x297F), (0x2B00, 0x2BFF),
]


def merge(parts, family, style, weight, italic, out):
    scratch = tempfile.mkdtemp()
    paths = []
    for number, part in enumerate(parts):
        font = TTFont(part)
        font.flavor = None
        for table in ("DSIG", "STAT", "BASE", "MATH"):
            if table in font:
                del font[table]
        path = os.path.join(scratch, f"{number}.ttf")
        font.save(path)
        paths.append(path)
    font = Merger(Options(drop_tables=["vmtx", "vhea", "gasp", "prep"])).merge(paths)
    name = font["name"]
    copyright_line = name.getDebugName(0)
    postscript = f"{family.replace(' ', '')}-{style.replace(' ', '')}"
    name.names = []
    for identifier, text in {
        0: copyright_line, 1: family, 2: style, 3: postscript, 4: f"{family} {style}",
        5: "Version 1.0", 6: postscript, 13: "SIL Open Font License 1.1",
        14: "https://openfontlicense.org",
    }.items():
        name.setName(text, identifier, 3, 1, 0x409)
    font["OS/2"].usWeightClass = weight
    font["OS/2"].fsSelection = (0x01 if italic else 0) | (0x20 if weight >= 600 else 0) or 0x40
    font["head"].macStyle = (0x02 if italic else 0) | (0x01 if weight >= 600 else 0)
    font.save(os.path.join(OUT, out))


def faces(package, alphabets, weight, slope):
    return [
        os.path.join(PACKAGES, package, "package/files", f"{package.removeprefix('fontsource-')}-{a}-{weight}-{slope}.woff2")
        for a in alphabets
    ]


for style, weight, slope in (
    ("Regular", 400, "normal"), ("Italic", 400, "italic"),
    ("Bold", 600, "normal"), ("Bold Italic", 600, "italic"),
):
    merge(faces("fontsource-source-serif-4", SERIF_ALPHABETS, weight, slope), "Carrel Serif", style,
          700 if weight == 600 else 400, slope == "italic", f"CarrelSerif-{style.replace(' ', '')}.ttf")

for style, weight, slope in (("Regular", 400, "normal"), ("Italic", 400, "italic"), ("Bold", 700, "normal")):
    merge(faces("fontsource-jetbrains-mono", MONO_ALPHABETS, weight, slope), "Carrel Mono", style,
          weight, slope == "italic", f"CarrelMono-{style}.ttf")


def subset(package, file, taken):
    font = TTFont(os.path.join(PACKAGES, package, "package/files", file))
    wanted = {c for c in font.getBestCmap() if any(a <= c <= b for a, b in SYMBOL_RANGES)} - taken
    options = SubsetOptions(layout_features=[], notdef_outline=True, hinting=False, name_IDs=["*"])
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)
    path = os.path.join(tempfile.mkdtemp(), file.replace(".woff2", ".ttf"))
    font.flavor = None
    font.save(path)
    return path, wanted


maths, taken = subset("fontsource-noto-sans-math", "noto-sans-math-latin-400-normal.woff2", set())
signs, _ = subset("fontsource-noto-sans-symbols-2", "noto-sans-symbols-2-symbols-400-normal.woff2", taken)
merge([maths, signs], "Carrel Symbols", "Regular", 400, False, "CarrelSymbols-Regular.ttf")
