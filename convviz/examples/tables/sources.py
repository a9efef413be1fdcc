"""Where the examples come from."""

LECTURE = "須藤毅顕（統合教育機構）, lecture slides 「医療とAI・ビッグデータ応用 — CNN」"
LECTURE_MLP = "須藤毅顕（統合教育機構）, lecture slides 「医療とAI・ビッグデータ応用 — 4 MLP」"
TEXTBOOK = "Course textbook “Keras – AI” (in Japanese), "
KERAS_SLIDES = "結城洸太, slides on 「PythonとKerasによるディープラーニング」, 5.1 畳み込みニューラルネットワークの紹介"
GUIDE = "V. Dumoulin and F. Visin, “A guide to convolution arithmetic for deep learning” (2016), "
GUIDE_SHAPES = GUIDE + "the conv_arithmetic set; shapes are theirs, the numbers were chosen for convviz"
BEYOND = "Chosen for convviz: what the conv_arithmetic set of V. Dumoulin and F. Visin does not show"
