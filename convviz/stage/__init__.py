"""From steps to scenes: plain data that says which cells, texts and links a picture consists of.

In a reader's order: `scene` is what comes out, `protocol` what renderers get. `view` decides what is shown of a trace,
with `selection` for its steps. `forward` makes the board of an operation from it: `layout` places the `grids` (and
`pictures`, `boxes`) with `titles` and `remarks`, and `frames` says what each step changes. `backward` and `side_by_side` make
the boards of pooling backward and of two operations. `captions` has the texts in each language, `theme` the colours.
"""
