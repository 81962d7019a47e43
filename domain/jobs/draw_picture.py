"""Draws a picture of a run."""

from domain.pictures.drawing import draw
from domain.storage import artifacts
from domain.storage.files import Storage
from domain.terms.jobs import Bench
from domain.terms.pictures import PictureOrder


def run(bench: Bench) -> None:
    """Draw what the order asks for, and publish it whole."""
    storage = Storage.open(bench.storage_url)
    order = artifacts.load(storage, f"{bench.folder}/order.json", PictureOrder)
    figures = artifacts.load_figures(storage, order.figures_key)
    storage.write_bytes(order.picture_key, draw(order, figures))
