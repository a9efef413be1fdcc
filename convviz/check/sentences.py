"""What is wrong, said in a sentence: one for each kind of mistake, in English and Japanese."""

from convviz.stage.captions import captions
from convviz.steps.notation import show

__all__ = ["add_sentences", "sentence"]

ENGLISH = {
    "kernel_flipped": "The kernel was flipped (turned by 180°); here it is used as it is written.",
    "kernel_not_flipped": "The kernel was not flipped; here it has to be turned by 180° first.",
    "kernel_upside_down": "The kernel was used upside down (its rows in reverse order).",
    "kernel_mirrored": "The kernel was mirrored (its columns in reverse order).",
    "kernel_transposed": "The kernel was transposed (its rows used as columns).",
    "input_transposed": "The input was transposed (its rows used as columns).",
    "answer_transposed": "The answer is transposed: its rows are the columns of the right one.",
    "padding_left_out": "The padding was left out.",
    "padding_added": "Padding of {} was added; here there is none.",
    "padding_wrong": "The padding was taken as {} on every side.",
    "padding_first": "All padding was put at the top and left.",
    "padding_last": "All padding was put at the bottom and right.",
    "padding_swapped": "The padding was put on the wrong side: top and bottom, or left and right, are swapped.",
    "strides_ignored": "The strides were ignored: the window moved one cell at a time.",
    "strides_swapped": "The strides of rows and columns were swapped.",
    "strides_two": "The window moved two cells at a time; here it moves one.",
    "dilation_ignored": "The dilation was ignored: neighbouring cells were read.",
    "output_padding_ignored": "The output padding was ignored.",
    "bias_left_out": "The bias was left out.",
    "bias_twice": "The bias was added twice.",
    "channel_left_out": "Channel {} was left out of the sum.",
    "one_channel_only": "Only channel {} was used; all channels have to be summed.",
    "channels_not_summed": "The channels were not summed: there is one map for each.",
    "not_multiplied": "The cells of the window were added up without being multiplied by the kernel.",
    "kernel_normalised": "The kernel was normalised (divided by the sum of its weights).",
    "averaged": "The sum of the products was divided by the {} weights of the kernel.",
    "sign_lost": "The minus sign of the weight in row {}, column {} of the kernel was lost.",
    "sign_lost_channel": "The minus sign of the weight in row {}, column {}, channel {} of the kernel was lost.",
    "sign_lost_filter": "The minus sign of the weight in row {}, column {}, channel {} of filter {} was lost.",
    "signs_lost": "The minus signs of the kernel were lost.",
    "negative_zeroed": "Negative results were set to 0 (a ReLU, which is not part of this operation).",
    "not_transposed": "An ordinary convolution was computed, not a transposed one.",
    "row_late": "All windows were read one row too far down.",
    "row_early": "All windows were read one row too far up.",
    "column_late": "All windows were read one column too far right.",
    "column_early": "All windows were read one column too far left.",
    "maximum_taken": "The maximum of each window was taken, not the mean.",
    "mean_taken": "The mean of each window was taken, not the maximum.",
    "minimum_taken": "The minimum of each window was taken.",
    "sum_taken": "The sums were not divided by the number of cells.",
    "mean_rounded_down": "The means were rounded down to whole numbers.",
    "mean_rounded": "The means were rounded to whole numbers.",
    "padding_counted": "The cells of padding were counted in the mean.",
    "padding_not_counted": "The cells of padding were not counted in the mean.",
    "padding_zero": "Padding was taken as 0; in a maximum it is −∞.",
    "strides_one": "The window moved one cell at a time; here it moves by the strides.",
    "strides_pool": "The window moved by the pool size; here it moves by the strides.",
    "floor_taken": "The output size was rounded down; here it is rounded up.",
    "ceil_taken": "The output size was rounded up; here it is rounded down.",
    "pool_swapped": "The rows and columns of the pool size were swapped.",
    "channels_elsewhere": "The numbers are right, but the channels stand on another axis than in the right answer.",
    "rounded": "The numbers are right but rounded; check with decimals={} to accept that.",
    "product_left_out": "The product {}×{} = {} was left out.",
    "product_twice": "The product {}×{} = {} was counted twice.",
    "sign_of_product": "The product {}×{} = {} was taken with the wrong sign.",
    "zero_as_one": "In {}×{} the zero was taken as a one.",
    "added_not_multiplied": "In {}×{} the numbers were added, not multiplied.",
    "value_from_neighbour": "The value {} was read from a neighbouring cell, as {}.",
    "weight_from_neighbour": "The weight {} was read from a neighbouring cell of the kernel, as {}.",
    "bias_left_out_here": "The bias {} was left out.",
    "digits_swapped": "Two digits were swapped.",
    "addition": "A slip in the addition: it is off by {}.",
    "sign_of_result": "The sign of the result is wrong.",
    "second_largest": "The second largest value, {}, was taken.",
    "smallest": "The smallest value, {}, was taken.",
    "neighbouring_window": "The number belongs to the window beside it (row {}, column {}).",
    "cell_left_out": "The value {} was left out of the sum.",
    "cell_forgotten": "The value {} was forgotten: the sum of the others was divided by {}.",
    "cell_twice": "The value {} was counted twice.",
    "not_divided": "The sum was not divided.",
    "divided_by": "The sum was divided by {}, not by {}.",
}

JAPANESE = {
    "kernel_flipped": "カーネルを 180° 回転して計算しています。ここではそのままの向きで使います。",
    "kernel_not_flipped": "カーネルを反転していません。ここでは先に 180° 回転します。",
    "kernel_upside_down": "カーネルの上下が逆になっています。",
    "kernel_mirrored": "カーネルの左右が逆になっています。",
    "kernel_transposed": "カーネルの行と列が入れ替わっています。",
    "input_transposed": "入力の行と列が入れ替わっています。",
    "answer_transposed": "答えの行と列が入れ替わっています。",
    "padding_left_out": "パディングを忘れています。",
    "padding_added": "パディング {} を加えています。ここではパディングはありません。",
    "padding_wrong": "パディングを全ての辺で {} としています。",
    "padding_first": "パディングを全て上と左に置いています。",
    "padding_last": "パディングを全て下と右に置いています。",
    "padding_swapped": "パディングを置く側(上下または左右)が逆です。",
    "strides_ignored": "ストライドを無視して 1 つずつ動かしています。",
    "strides_swapped": "行と列のストライドが入れ替わっています。",
    "strides_two": "ウィンドウを 2 つずつ動かしています。ここでは 1 つずつです。",
    "dilation_ignored": "ダイレーションを無視して隣のセルを読んでいます。",
    "output_padding_ignored": "出力パディングを無視しています。",
    "bias_left_out": "バイアスを足していません。",
    "bias_twice": "バイアスを 2 回足しています。",
    "channel_left_out": "チャンネル {} を足していません。",
    "one_channel_only": "チャンネル {} だけを使っています。全てのチャンネルの和が必要です。",
    "channels_not_summed": "チャンネルの和を取らず、チャンネルごとの特徴マップになっています。",
    "not_multiplied": "カーネルを掛けずにウィンドウの値を足しています。",
    "kernel_normalised": "カーネルを重みの和で割っています。",
    "averaged": "積の和を重みの個数 {} で割っています。",
    "sign_lost": "カーネルの行 {}、列 {}の重みのマイナスを落としています。",
    "sign_lost_channel": "カーネルの行 {}、列 {}、チャンネル {} の重みのマイナスを落としています。",
    "sign_lost_filter": "行 {}、列 {}、チャンネル {}、フィルタ {} の重みのマイナスを落としています。",
    "signs_lost": "カーネルのマイナスを全て落としています。",
    "negative_zeroed": "負の値を 0 にしています(ReLU はこの演算に含まれません)。",
    "not_transposed": "転置畳み込みではなく、普通の畳み込みを計算しています。",
    "row_late": "全てのウィンドウが 1 行下にずれています。",
    "row_early": "全てのウィンドウが 1 行上にずれています。",
    "column_late": "全てのウィンドウが 1 列右にずれています。",
    "column_early": "全てのウィンドウが 1 列左にずれています。",
    "maximum_taken": "平均ではなく最大値を取っています。",
    "mean_taken": "最大値ではなく平均を取っています。",
    "minimum_taken": "最小値を取っています。",
    "sum_taken": "セルの個数で割っていません。",
    "mean_rounded_down": "平均を整数に切り捨てています。",
    "mean_rounded": "平均を整数に四捨五入しています。",
    "padding_counted": "パディングのセルを平均の個数に数えています。",
    "padding_not_counted": "パディングのセルを平均の個数に数えていません。",
    "padding_zero": "パディングを 0 としています。最大値では −∞ です。",
    "strides_one": "ウィンドウを 1 つずつ動かしています。ここではストライドの分だけ動かします。",
    "strides_pool": "ウィンドウをプールの大きさだけ動かしています。ここではストライドの分だけ動かします。",
    "floor_taken": "出力の大きさを切り捨てています。ここでは切り上げます。",
    "ceil_taken": "出力の大きさを切り上げています。ここでは切り捨てます。",
    "pool_swapped": "プールの行と列の大きさが入れ替わっています。",
    "channels_elsewhere": "値は正しいですが、チャンネルの軸の位置が違います。",
    "rounded": "値は正しいですが、丸めてあります。decimals={} とすれば正解になります。",
    "product_left_out": "積 {}×{} = {} を足していません。",
    "product_twice": "積 {}×{} = {} を 2 回足しています。",
    "sign_of_product": "積 {}×{} = {} の符号が逆です。",
    "zero_as_one": "{}×{} の 0 を 1 としています。",
    "added_not_multiplied": "{}×{} を掛けずに足しています。",
    "value_from_neighbour": "値 {} の代わりに隣のセルの {} を読んでいます。",
    "weight_from_neighbour": "重み {} の代わりにカーネルの隣のセルの {} を読んでいます。",
    "bias_left_out_here": "バイアス {} を足していません。",
    "digits_swapped": "2 つの数字が入れ替わっています。",
    "addition": "足し算の誤りです(ずれ: {})。",
    "sign_of_result": "結果の符号が逆です。",
    "second_largest": "2 番目に大きい値 {} を取っています。",
    "smallest": "最も小さい値 {} を取っています。",
    "neighbouring_window": "隣のウィンドウ(行 {}、列 {})の値です。",
    "cell_left_out": "値 {} を足していません。",
    "cell_forgotten": "値 {} を忘れ、残りの和を {} で割っています。",
    "cell_twice": "値 {} を 2 回足しています。",
    "not_divided": "和を割っていません。",
    "divided_by": "和を {} で割っています。正しくは {} です。",
}

SENTENCES = {"en": ENGLISH, "ja": JAPANESE}


def add_sentences(kind, en, ja):
    """Name a mistake of an operation of one's own.

    Parameters
    ----------
    kind : str
        A word that no other mistake has.
    en, ja : str
        The sentence in English and in Japanese, with ``{}`` for each of the details.

    Raises
    ------
    ValueError
        If the kind has other sentences already.
    """
    for lang, text in (("en", en), ("ja", ja)):
        if SENTENCES[lang].setdefault(kind, text) != text:
            raise ValueError(f"the mistake {kind!r} has a sentence already: {SENTENCES[lang][kind]}")


def sentence(kind, details, lang="en"):
    """The sentence for a kind of mistake; the kind itself if it has none.

    Parameters
    ----------
    kind : str
        As in `convviz.check.map_mistakes.MapMistake` and `convviz.check.cell_mistakes.CellMistake`.
    details : tuple of numbers
    lang : {"en", "ja"}

    Examples
    --------
    >>> sentence("product_twice", (2, -3, -6))
    'The product 2×(−3) = −6 was counted twice.'
    """
    captions(lang)  # raises for an unknown language
    text = SENTENCES[lang].get(kind)
    if text is None:
        return str(kind)
    shown = [show(detail).text for detail in details]
    if "×" in text:
        shown[:2] = [f"({part})" if part[0] == "−" or "/" in part else part for part in shown[:2]]
    return text.format(*shown)
