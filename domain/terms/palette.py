"""The colours of segments: one each, the same in every picture and every client."""

# Okabe and Ito's eight (2008), told apart by every kind of colour vision, without
# their black; then darker and lighter kin, apart in lightness as well as in hue.
SEGMENT_COLORS: tuple[str, ...] = (
    "#0072b2",
    "#e69f00",
    "#009e73",
    "#cc79a7",
    "#56b4e9",
    "#d55e00",
    "#f0e442",
    "#5b3a8c",
    "#8c510a",
    "#80cdc1",
    "#01665e",
    "#f4a6c0",
    "#7f7f7f",
    "#a6d854",
    "#7a0177",
)

UNASSIGNED_COLOR = "#b0b0b0"
