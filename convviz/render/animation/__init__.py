"""The steps of a board as animations: GIF, WebP, animated PNG, MP4.

Only the cells that changed are drawn, and equal ones are copied. What lies over the grids (links, marks, captions) is
drawn on a copy of them, so that a frame is the same as a figure drawn from nothing. Frames are written one at a time and
never kept.
"""

from convviz.render.animation.apng import save_apng
from convviz.render.animation.gif import save_gif
from convviz.render.animation.mp4 import save_mp4
from convviz.render.animation.webp import save_webp
from convviz.render.screen import Screen, frames

__all__ = ["Screen", "frames", "save_apng", "save_gif", "save_mp4", "save_webp"]
