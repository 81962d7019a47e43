"""The colours of segments: one each, the same in every picture and every client."""

# Found by a search over sRGB for the largest smallest difference between any two, as
# people with full colour vision, protanopia, deuteranopia and tritanopia see them
# (Machado, Oliveira and Fernandes 2009, severity 1). CIEDE2000 between the two most
# alike: 13.7 among the first eight, 12.4 among all fifteen, in the worst of the four.
# Contrast (WCAG 2.2) to the light page #ffffff and to the dark page #0f1318: the first
# eight have 3:1 or more to both. More colours do not fit into that band of lightness
# without looking alike, so the last seven have 3:1 to one page and 1.5:1 or more to
# the other: pictures draw an outline around these there.
SEGMENT_COLORS: tuple[str, ...] = (
    "#6883ff",
    "#ee6c01",
    "#15736f",
    "#a47ba6",
    "#c31368",
    "#902ece",
    "#876332",
    "#2fa86c",
    "#fdb5cf",
    "#004300",
    "#532e37",
    "#42c2ff",
    "#e3d700",
    "#c6d9ae",
    "#032e91",
)

# 11.9 from the nearest of these, by the same measure.
UNASSIGNED_COLOR = "#949494"
