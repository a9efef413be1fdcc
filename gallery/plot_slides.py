"""
On slides
=========

A deck has one slide a step, made of tables and text that can be edited. Pages, animations and single pictures are for
other ways of making slides.
"""

import convviz as cv

trace = cv.examples.lecture_6x6.trace()
trace.save("lecture.pptx")  # PowerPoint, LibreOffice, Keynote
trace.save("lecture.html", reveal=True)  # reveal.js: <iframe data-src="lecture.html">
trace.save("lecture.pdf", size="slide")  # LaTeX Beamer: \animategraphics{1}{lecture}{}{}
trace.save("lecture.webp", size=("8in", "4.5in"), transparent=True)
trace.figure(5, size="slide")
