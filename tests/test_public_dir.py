"""``dir()`` of public objects lists what their users may use, and nothing else; of networks see tests/nn."""

import pytest

import convviz as cv

IMAGE = [[0, 2, 3], [4, 2, 1], [2, 2, 1]]
CONVOLUTION, POOLING = cv.Convolution([[1, 2], [0, 1]]), cv.MaxPooling(2, strides=1)

OPERATION = "changed check geometry kind names output_shape settings sibling trace padding_value "
WINDOWS = "strides padding dilation_rate "
TRACE = "at captions count dtype figure geometry index index_of operation output result save scene shape source text view "
STEP = (
    "batch bias channel channels chosen columns counted formula holds index kind kinds position products result rows running "
)
STEP += "shares sources sums terms values weights"
LISTED = {
    "convolution": (CONVOLUTION, OPERATION + WINDOWS + "kernel bias kernel_size groups flip_kernel padding_mode"),
    "transposed": (
        cv.TransposedConvolution([[1]]),
        OPERATION + WINDOWS + "kernel bias kernel_size groups output_padding",
    ),
    "max pooling": (POOLING, OPERATION + WINDOWS + "pool_size ceil_mode with_argmax"),
    "average pooling": (cv.AveragePooling(2), OPERATION + WINDOWS + "pool_size ceil_mode count_include_pad"),
    "trace": (CONVOLUTION.trace(IMAGE), TRACE),
    "step": (CONVOLUTION.trace(IMAGE)[0], STEP),
    "comparison": (cv.compare(POOLING, CONVOLUTION, IMAGE), "figure left right save scene shape steps_at text"),
    "report": (
        CONVOLUTION.check(IMAGE, [[1, 2], [3, 4]]),
        "answer cells explanations filled lang layouts line_shape right shape_hint to_dict trace wrong",
    ),
    "exercise": (
        cv.exercise("convolution", seed=1),
        "answer check difficulty image kind operation quiz seed text trace worksheet",
    ),
}


@pytest.mark.parametrize(("thing", "names"), LISTED.values(), ids=list(LISTED))
def test_dir_lists_what_users_may_use(thing, names):
    assert [name for name in dir(thing) if not name.startswith("_")] == sorted(names.split())


@pytest.mark.parametrize(("thing", "names"), LISTED.values(), ids=list(LISTED))
def test_what_is_listed_is_there(thing, names):
    for name in names.split():
        getattr(thing, name)
