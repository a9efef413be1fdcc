"""The judge is judged: answers worked out by hand, spelled as the sums a person would write, and published ones."""

import ast
import math
from fractions import Fraction
from itertools import product
from pathlib import Path

import pytest
import reference

LECTURE = [
    [0, 2, 3, 1, 2, 3],
    [4, 2, 1, 2, 3, 0],
    [2, 2, 1, 3, 2, 1],
    [1, 1, 2, 3, 1, 2],
    [1, 4, 2, 2, 3, 1],
    [2, 0, 2, 1, 4, 0],
]
LECTURE_KERNEL = [[1, 2, 2], [0, 0, 1], [2, 1, 1]]
TEXTBOOK = [[2, 1, 2, 1], [1, 2, 3, 2], [2, 3, 1, 3], [2, 0, 1, 1]]
TEXTBOOK_KERNEL = [[1, 3, 2], [1, 2, 0], [2, 3, 1]]
GUIDE = [[3, 3, 2, 1, 0], [0, 0, 1, 3, 1], [3, 1, 2, 2, 3], [2, 0, 0, 2, 2], [2, 0, 0, 0, 1]]
GUIDE_KERNEL = [[0, 1, 2], [2, 2, 0], [0, 1, 2]]
NAN, INFINITY = float("nan"), float("inf")


def image(plane):
    """A batch of one picture with one channel."""
    return [[[[value] for value in row] for row in plane]]


def weights(plane):
    """A kernel of one channel and one filter."""
    return [[[[value]] for value in row] for row in plane]


def plane(answer):
    """The first channel of the first picture."""
    return [[cell[0] for cell in row] for row in answer[0]]


def convolve(picture, kernel, **options):
    return plane(reference.convolve(image(picture), weights(kernel), **options))


def transposed(picture, kernel, **options):
    return plane(reference.transposed(image(picture), weights(kernel), **options))


def max_pool(picture, *arguments, **options):
    values, places = reference.max_pool(image(picture), *arguments, **options)
    return plane(values), plane(places)


def avg_pool(picture, *arguments, **options):
    return plane(reference.avg_pool(image(picture), *arguments, **options))


# Worked examples


def test_lecture_first_step_is_the_sum_on_the_slide():
    first = 0 * 1 + 2 * 2 + 3 * 2 + 4 * 0 + 2 * 0 + 1 * 1 + 2 * 2 + 2 * 1 + 1 * 1
    assert first == 18
    assert convolve(LECTURE, LECTURE_KERNEL)[0][0] == first


def test_lecture_valid():
    right = [[18, 20, 19, 20], [16, 18, 21, 18], [18, 25, 21, 19], [15, 16, 22, 16]]
    assert convolve(LECTURE, LECTURE_KERNEL) == right


def test_lecture_same():
    right = [
        [8, 14, 8, 9, 10, 6],
        [10, 18, 20, 19, 20, 13],
        [16, 16, 18, 21, 18, 7],
        [14, 18, 25, 21, 19, 11],
        [10, 15, 16, 22, 16, 13],
        [10, 15, 13, 16, 10, 5],
    ]
    assert convolve(LECTURE, LECTURE_KERNEL, padding="same") == right
    assert convolve(LECTURE, LECTURE_KERNEL, padding=1) == right


def test_lecture_corner_with_strides():
    corner = [row[:5] for row in LECTURE[:5]]
    assert convolve(corner, LECTURE_KERNEL)[0] == [18, 20, 19]
    assert convolve(corner, LECTURE_KERNEL, strides=2) == [[18, 19], [18, 21]]


def test_lecture_max_pooling():
    picture = [[3, 4, 5, 6], [1, 2, 3, 4], [-1, 3, 0, 3], [2, 2, 5, 2]]
    assert max_pool(picture, 2) == ([[4, 6], [3, 5]], [[1, 3], [9, 14]])


def test_textbook():
    assert convolve(TEXTBOOK, TEXTBOOK_KERNEL) == [[28, 29], [26, 24]]
    padded = [[9, 15, 20, 16], [19, 28, 29, 23], [17, 26, 24, 21], [16, 15, 14, 13]]
    assert convolve(TEXTBOOK, TEXTBOOK_KERNEL, padding=1) == padded
    assert max_pool(TEXTBOOK, 2)[0] == [[2, 3], [3, 3]]


def test_guide_numbers():
    assert convolve(GUIDE, GUIDE_KERNEL) == [[12, 12, 17], [10, 17, 19], [9, 6, 14]]
    assert convolve(GUIDE, GUIDE_KERNEL, padding=1, strides=2) == [[6, 17, 3], [8, 17, 13], [6, 4, 4]]
    exact = [[Fraction(value) for value in row] for row in GUIDE]
    times_nine = [[mean * 9 for mean in row] for row in avg_pool(exact, 3, 1)]
    assert times_nine == [[15, 15, 15], [9, 11, 16], [10, 7, 12]]
    assert max_pool(GUIDE, 3, 1)[0] == [[3, 3, 3], [3, 3, 3], [3, 2, 3]]


@pytest.mark.parametrize(
    "i, k, s, p, d, o",
    [
        (4, 3, 1, 0, 1, 2),
        (5, 4, 1, 2, 1, 6),
        (5, 3, 1, 1, 1, 5),
        (5, 3, 1, 2, 1, 7),
        (5, 3, 2, 0, 1, 2),
        (5, 3, 2, 1, 1, 3),
        (6, 3, 2, 1, 1, 3),
        (7, 3, 1, 0, 2, 3),
    ],
)
def test_guide_sizes(i, k, s, p, d, o):
    assert reference.output_size(i, k, s, d, p) == o


@pytest.mark.parametrize(
    "i, k, s, p, stretched, direct_padding, extra, o",
    [
        (2, 3, 1, 0, 2, 2, 0, 4),
        (6, 4, 1, 2, 6, 1, 0, 5),
        (5, 3, 1, 1, 5, 1, 0, 5),
        (7, 3, 1, 2, 7, 0, 0, 5),
        (2, 3, 2, 0, 3, 2, 0, 5),
        (3, 3, 2, 1, 5, 1, 0, 5),
        (3, 3, 2, 1, 5, 1, 1, 6),
    ],
)
def test_guide_transposed_is_a_direct_convolution_with_the_rotated_kernel(i, k, s, p, stretched, direct_padding, extra, o):
    picture = [[7 * row * row + 3 * column + 1 for column in range(i)] for row in range(i)]
    kernel = [[5 * row + column * column + 1 for column in range(k)] for row in range(k)]
    stamped = transposed(picture, kernel, strides=s, padding=p, output_padding=extra)
    assert len(stamped) == len(stamped[0]) == reference.transposed_size(i, k, s, 1, p, extra) == o

    stuffed = [[0] * stretched for _ in range(stretched)]
    for row in range(i):
        for column in range(i):
            stuffed[row * s][column * s] = picture[row][column]
    around = (direct_padding, direct_padding + extra)
    assert stamped == convolve(stuffed, kernel, padding=(around, around), flip_kernel=True)


# Sums by hand

SMALL = [[1, 2, 3], [4, 5, 6], [7, 8, 9]]
SQUARE = [[10, 20], [30, 40]]


def test_flip_kernel_rotates_by_half_a_turn():
    assert convolve(SMALL, SQUARE)[0][0] == 1 * 10 + 2 * 20 + 4 * 30 + 5 * 40
    assert convolve(SMALL, SQUARE, flip_kernel=True)[0][0] == 1 * 40 + 2 * 30 + 4 * 20 + 5 * 10


def test_strides_differ_by_axis():
    assert convolve(SMALL, [[1]], strides=(2, 1)) == [[1, 2, 3], [7, 8, 9]]
    assert convolve(SMALL, [[1]], strides=(1, 2)) == [[1, 3], [4, 6], [7, 9]]


def test_dilation_leaves_cells_out():
    assert convolve(SMALL, SQUARE, dilation_rate=2) == [[1 * 10 + 3 * 20 + 7 * 30 + 9 * 40]]
    assert convolve(SMALL, SQUARE, dilation_rate=(2, 1))[0] == [
        1 * 10 + 2 * 20 + 7 * 30 + 8 * 40,
        2 * 10 + 3 * 20 + 8 * 30 + 9 * 40,
    ]


def test_padding_of_each_side():
    answer = convolve(SMALL, SQUARE, padding=((1, 0), (0, 2)))
    assert (len(answer), len(answer[0])) == (1 + 3 + 0 - 1, 0 + 3 + 2 - 1)
    assert answer[0] == [1 * 30 + 2 * 40, 2 * 30 + 3 * 40, 3 * 30, 0]
    assert answer[1][2] == 3 * 10 + 6 * 30


def test_padding_by_rows_and_columns():
    assert convolve(SMALL, SQUARE, padding=(1, 0)) == convolve(SMALL, SQUARE, padding=((1, 1), (0, 0)))


def test_full_padding_meets_every_cell_with_every_weight():
    answer = convolve(SMALL, SQUARE, padding="full")
    assert (len(answer), len(answer[0])) == (3 + 2 - 1, 3 + 2 - 1)
    assert (answer[0][0], answer[0][3], answer[3][0], answer[3][3]) == (1 * 40, 3 * 30, 7 * 20, 9 * 10)


def test_same_padding_puts_the_odd_cell_at_the_end():
    assert reference.pad_amounts(3, 2, 1, 1, "same") == (0, 1)
    assert reference.pad_amounts(6, 3, 2, 1, "same") == (0, 1)
    assert reference.pad_amounts(5, 3, 2, 1, "same") == (1, 1)
    assert reference.pad_amounts(7, 1, 3, 1, "same") == (0, 0)
    assert reference.pad_amounts(8, 3, 1, 3, "same") == (3, 3)
    assert convolve(SMALL, SQUARE, padding="same")[2] == [7 * 10 + 8 * 20, 8 * 10 + 9 * 20, 9 * 10]


def test_channels_are_added_and_the_bias_counts_once():
    picture = [[[[1, 2], [3, 4]]]]  # one row of two cells with two channels
    kernel = [[[[5, 6, 7], [8, 9, 10]]]]  # 1 x 1, two channels, three filters
    assert reference.convolve(picture, kernel, bias=[100, 200, 300])[0][0] == [
        [1 * 5 + 2 * 8 + 100, 1 * 6 + 2 * 9 + 200, 1 * 7 + 2 * 10 + 300],
        [3 * 5 + 4 * 8 + 100, 3 * 6 + 4 * 9 + 200, 3 * 7 + 4 * 10 + 300],
    ]


def test_groups_keep_apart():
    picture = [[[[1, 2, 3, 4]]]]
    kernel = [[[[5, 6, 7, 8], [9, 10, 11, 12]]]]  # two channels a group, four filters: two a group
    assert reference.convolve(picture, kernel, groups=2)[0][0][0] == [
        1 * 5 + 2 * 9,
        1 * 6 + 2 * 10,
        3 * 7 + 4 * 11,
        3 * 8 + 4 * 12,
    ]
    depthwise = [[[[5, 6, 7, 8]]]]
    assert reference.convolve(picture, depthwise, groups=4)[0][0][0] == [1 * 5, 2 * 6, 3 * 7, 4 * 8]


def test_transposed_stamps_add_where_they_overlap():
    assert transposed([[1, 2]], [[3, 4, 5]]) == [[1 * 3, 1 * 4 + 2 * 3, 1 * 5 + 2 * 4, 2 * 5]]
    assert transposed([[1, 2]], [[3, 4, 5]], strides=2) == [[1 * 3, 1 * 4, 1 * 5 + 2 * 3, 2 * 4, 2 * 5]]
    assert transposed([[1, 2]], [[3, 4]], strides=(1, 3)) == [[1 * 3, 1 * 4, 0, 2 * 3, 2 * 4]]
    assert transposed([[1, 2]], [[3, 4]], dilation_rate=(1, 2)) == [[1 * 3, 2 * 3, 1 * 4, 2 * 4]]


def test_transposed_padding_crops_and_output_padding_adds():
    whole = [1 * 3, 1 * 4 + 2 * 3, 1 * 5 + 2 * 4, 2 * 5]
    assert transposed([[1, 2]], [[3, 4, 5]], padding=(0, 1)) == [whole[1:3]]
    assert transposed([[1, 2]], [[3, 4, 5]], padding=((0, 0), (1, 0))) == [whole[1:]]
    assert transposed([[1, 2]], [[3, 4, 5]], strides=(1, 2), padding=(0, 1), output_padding=(0, 1)) == [
        [1 * 4, 1 * 5 + 2 * 3, 2 * 4, 2 * 5]
    ]
    assert transposed([[1, 2, 6]], [[3, 4, 5]], padding="full") == [[1 * 5 + 2 * 4 + 6 * 3]]


def test_transposed_same_multiplies_the_size():
    assert transposed([[1, 2]], [[3, 4, 5]], strides=(1, 2), padding="same") == [[1 * 3, 1 * 4, 1 * 5 + 2 * 3, 2 * 4]]
    stamp = [[3, 4, 5, 6]]  # one of the two surplus cells goes at the left
    assert transposed([[1, 2]], stamp, strides=(1, 2), padding="same") == [[1 * 4, 1 * 5 + 2 * 3, 1 * 6 + 2 * 4, 2 * 5]]
    assert plane(reference.transposed(image([[1, 2]]), weights([[3]]), [9], strides=(1, 3), padding="same")) == [
        [1 * 3 + 9, 9, 9, 2 * 3 + 9, 9, 9]
    ]


def test_transposed_groups_and_bias():
    picture = [[[[1, 2, 3, 4]]]]
    kernel = [[[[5, 6, 7, 8], [9, 10, 11, 12], [13, 14, 15, 16]]]]  # three filters a group, four channels: two a group
    assert reference.transposed(picture, kernel, [100, 200, 300, 400, 500, 600], groups=2)[0][0][0] == [
        1 * 5 + 2 * 6 + 100,
        1 * 9 + 2 * 10 + 200,
        1 * 13 + 2 * 14 + 300,
        3 * 7 + 4 * 8 + 400,
        3 * 11 + 4 * 12 + 500,
        3 * 15 + 4 * 16 + 600,
    ]


def test_max_pooling_never_reads_padding():
    assert max_pool([[-5, -3], [-2, -4]], 2, 1, padding=1) == (
        [[-5, -3, -3], [-2, -2, -3], [-2, -2, -4]],
        [[0, 1, 1], [2, 2, 1], [2, 2, 3]],
    )
    assert max_pool([[-INFINITY, -INFINITY]], (1, 2), padding=((0, 0), (1, 1)))[1] == [[0, 1]]


def test_max_pooling_takes_the_first_of_equals_in_row_order():
    assert max_pool([[1, 7], [7, 7]], 2) == ([[7]], [[1]])
    assert max_pool([[0.0, -0.0]], (1, 2))[1] == [[0]]
    assert max_pool([[-0.0, 0.0]], (1, 2))[1] == [[0]]


def test_max_pooling_gives_the_first_nan():
    values, places = max_pool([[INFINITY, NAN], [NAN, 1.0]], 2)
    assert math.isnan(values[0][0]) and places == [[1]]


def test_max_pooling_window_without_a_real_cell_is_an_error():
    with pytest.raises(ValueError, match="holds no cell"):
        max_pool([[1, 2]], (1, 2), padding=((0, 0), (2, 0)))


def test_max_pooling_dilated():
    assert max_pool(LECTURE, 2, 1, dilation_rate=4) == (
        [[max(0, 2, 1, 3), max(2, 3, 4, 1)], [max(4, 3, 2, 4), max(2, 0, 0, 0)]],
        [[5 - 1 + 24, 25], [6, 7]],
    )


def test_ceil_mode_keeps_the_last_cells():
    row = [[1, 2, 3, 4, 5]]
    assert max_pool(row, (1, 2)) == ([[2, 4]], [[1, 3]])
    assert max_pool(row, (1, 2), ceil_mode=True) == ([[2, 4, 5]], [[1, 3, 4]])
    # 5 + 1 + 1 cells, windows of 2 from 0, 3 and 6; the one at 6 would start in the padding after the image
    assert reference.output_size(5, 2, 3, 1, (1, 1), ceil_mode=True) == 2
    assert reference.output_size(2, 3, 2, 1, 0, ceil_mode=True) == 1


def test_average_pooling_counts():
    row = [[6, 12, 30]]
    assert avg_pool(row, (1, 2), padding=((0, 0), (1, 1)), strides=1) == [[6 / 1, 18 / 2, 42 / 2, 30 / 1]]
    assert avg_pool(row, (1, 2), padding=((0, 0), (1, 1)), strides=1, count_include_pad=True) == [
        [6 / 2, 18 / 2, 42 / 2, 30 / 2]
    ]
    # in ceil mode the last window is (30, a padding cell, a cell beyond the padding)
    ceiling = {"pool_size": (1, 3), "strides": (1, 3), "padding": ((0, 0), (1, 1)), "ceil_mode": True}
    assert avg_pool(row, **ceiling) == [[18 / 2, 30 / 1]]
    assert avg_pool(row, **ceiling, count_include_pad=True) == [[18 / 3, 30 / 2]]


def test_average_pooling_keeps_fractions():
    answer = avg_pool([[Fraction(1, 3), Fraction(1, 2)]], (1, 2))
    assert answer == [[(Fraction(1, 3) + Fraction(1, 2)) / 2]] and isinstance(answer[0][0], Fraction)


def test_global_pooling():
    picture = [[[[1, 5], [2, 9]], [[3, -1], [6, 0]]]]
    assert reference.global_max_pool(picture) == [[6, 9]]
    assert reference.global_avg_pool(picture) == [[(1 + 2 + 3 + 6) / 4, (5 + 9 - 1 + 0) / 4]]
    assert math.isnan(reference.global_max_pool([[[[INFINITY]], [[NAN]], [[3.0]]]])[0][0])


def test_every_kind_of_number():
    third = Fraction(1, 3)
    assert convolve([[third, 2]], [[3, third]]) == [[third * 3 + 2 * third]]
    assert convolve([[10**30, 1]], [[10**30, 1]]) == [[10**60 + 1]]
    assert convolve([[0.5, 0.25]], [[2.0, 4.0]]) == [[0.5 * 2.0 + 0.25 * 4.0]]
    assert transposed([[third]], [[10**30]]) == [[third * 10**30]]


def geometries():
    """(size, window, stride, dilation, (before, after)) over small numbers."""
    return product(range(1, 9), range(1, 5), range(1, 4), range(1, 4), [(0, 0), (1, 0), (0, 2), (2, 1)])


def test_the_number_of_windows_is_found_by_sliding():
    for size, window, stride, dilation, (before, after) in geometries():
        cells = range(-before, size + after)
        ends = [start + (window - 1) * dilation for start in range(-before, size + after, stride)]
        check_size(sum(end in cells for end in ends), size, window, stride, dilation, (before, after), False)


def test_the_number_of_windows_in_ceil_mode_is_found_by_sliding():
    for size, window, stride, dilation, (before, after) in geometries():
        way = (window - 1) * dilation
        if max(before, after) > way or size + before + after - way - 1 <= -stride:
            continue  # some windows would hold padding only, or the first one hangs over by a whole stride
        count, start = 1, stride - before
        while start < size and start - stride + way < size + after - 1:  # it begins on the image, and cells are left
            count, start = count + 1, start + stride
        check_size(count, size, window, stride, dilation, (before, after), True)


def check_size(expected, size, window, stride, dilation, padding, ceil_mode):
    if expected:
        assert reference.output_size(size, window, stride, dilation, padding, ceil_mode) == expected
    else:
        with pytest.raises(ValueError, match="does not fit"):
            reference.output_size(size, window, stride, dilation, padding, ceil_mode)


def test_transposed_sizes_undo_direct_ones():
    for size in range(1, 12):
        for window in range(1, 5):
            for stride in range(1, 4):
                for padding in range(window):
                    if size + 2 * padding < window:
                        continue
                    output = reference.output_size(size, window, stride, 1, padding)
                    left_over = (size + 2 * padding - window) % stride
                    assert reference.transposed_size(output, window, stride, 1, padding, left_over) == size


def test_output_padding_must_be_small():
    assert reference.transposed_size(2, 2, 1, 3, 0, 2) == 1 * (2 - 1) + 4 + 2
    with pytest.raises(ValueError, match="output_padding"):
        reference.transposed_size(2, 2, 2, 1, 0, 2)


def test_the_judge_imports_nothing():
    tree = ast.parse(Path(reference.__file__).read_text(encoding="utf-8"))
    assert not [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]


@pytest.mark.parametrize(
    ("mode", "written"),
    [
        ("reflect", "1 2 3 4 3 2 | 1 2 3 4 | 3 2 1 2 3"),
        ("symmetric", "3 4 4 3 2 1 | 1 2 3 4 | 4 3 2 1 1"),
        ("replicate", "1 1 1 1 1 1 | 1 2 3 4 | 4 4 4 4 4"),
        ("circular", "3 4 1 2 3 4 | 1 2 3 4 | 1 2 3 4 1"),
        ("reflect", "2 1 2 | 1 2 | 1 2 1"),
        ("symmetric", "2 2 1 | 1 2 | 2 1 1 2"),
        ("reflect", "1 1 | 1 | 1 1"),
        ("symmetric", "1 1 | 1 | 1 1"),
        ("circular", "1 1 | 1 | 1 1"),
    ],
)
def test_borders_written_out_by_hand(mode, written):
    before, row, after = (part.split() for part in written.split("|"))
    positions = range(-len(before), len(row) + len(after))
    assert [str(reference.folded(position, len(row), mode) + 1) for position in positions] == [*before, *row, *after]
