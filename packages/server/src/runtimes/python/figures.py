"""Figures of matplotlib as pictures."""

import io

FORMATS = ("png", "retina", "jpeg", "svg")
format = "png"
# Those that the running cell has shown already, by their ids.
shown = set()


def forms(figure):
    """The figure as a picture, by its kind."""
    shown.add(id(figure))
    kind = "png" if format == "retina" else format
    buffer = io.BytesIO()
    figure.savefig(
        buffer,
        format=kind,
        bbox_inches="tight",
        dpi=figure.dpi * (2 if format == "retina" else 1),
    )
    if kind == "svg":
        return {"image/svg+xml": buffer.getvalue().decode("utf-8")}
    return {f"image/{kind}": buffer.getvalue()}
