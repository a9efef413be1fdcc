"""Captions in English and Japanese."""

import re

from convviz._support.read_only import ReadOnlyDict
from convviz._support.values import brief, choice
from convviz.stage.own_words import WORDS, check_known, check_usable, filled_in

__all__ = ["LANGUAGES", "captions", "checked_names", "pair_text"]

ENGLISH = {
    "title": "",
    "backward": "{}, backward",
    "kernel_size": "{} kernel",
    "pool_size": "{} pool",
    "strides": "strides {}",
    "padding": "padding {}",
    "border_reflect": "reflected border",
    "border_symmetric": "symmetric border",
    "border_replicate": "replicated border",
    "border_circular": "circular border",
    "padding_reflect": "the padding mirrors the <input> about its edge cells",
    "padding_symmetric": "the padding mirrors the <input>, edge cells included",
    "padding_replicate": "the padding repeats the nearest cell of the <input>",
    "padding_circular": "the padding repeats the <input> from its opposite edge",
    "dilation_rate": "dilation {}",
    "output_padding": "output padding {}",
    "groups": "{} groups",
    "depthwise": "depthwise",
    "ceil_mode": "ceil mode",
    "floor_mode": "floor mode",
    "input": "<input> {}",
    "input_channel": "<input> {}, channel {}",
    "stretched": "<input> {}, zeros between",
    "stretched_channel": "<input> {}, zeros between, channel {}",
    "kernel": "<kernel> {}",
    "flipped": "<kernel>, flipped",
    "rotated": "<kernel>, turned 180°",
    "products": "products",
    "window": "window",
    "stamp": "cell × <kernel>",
    "stamping": "<kernel>",
    "front_channel": "in front: channel {}",
    "front_filter": "in front: filter {}",
    "filter_size": "filter {}: {}",
    "depth_all": "a filter is as deep as the <input>: {}×{} = {} products add up to one cell",
    "depth_all_bias": "a filter is as deep as the <input>: {}×{} = {} products and the bias add up to one cell",
    "depth_some": "a filter reads {} of {} channels",
    "depth_one": "a filter reads {} of {} channels, and is one layer deep",
    "pooled_apart": "each channel is pooled by itself",
    "sums": "sums",
    "bias": "bias",
    "total": "total",
    "sign_maximum": "max",
    "sign_average": "mean",
    "channel": "ch {}",
    "others": "{} more",
    "more": "… and {} more channels",
    "output": "<output> {}",
    "output_channel": "<output> {}, filter {}",
    "output_pooled": "<output> {}, channel {}",
    "step": "step {} of {}",
    "place": "row {}, column {} of the <output>",
    "source": "row {}, column {} of the <input>",
    "filter": "filter {}",
    "of_channel": "channel {}",
    "image": "image {}",
    "running": "running sum",
    "size": "output size",
    "axes": "rows {}, columns {}",
    "rounded": "cells show rounded numbers",
    "unreached": "no window reads {}",
    "hatched": " (hatched)",
    "unreached_row": "{} row",
    "unreached_rows": "{} rows",
    "unreached_column": "{} column",
    "unreached_columns": "{} columns",
    "and": " and ",
    "span": "{} to {}",
    "grey": "grey from {} (black) to {} (white)",
    "grey_or_more": "grey from {} and less (black) to {} and more (white)",
    "signs": "<output> from {} (blue) over 0 (white) to {} (red)",
    "signs_or_more": "<output> from {} and less (blue) over 0 (white) to {} and more (red)",
    "signs_of_each": "each <output> from blue (negative) over 0 (white) to red (positive)",
    "tints": "blue: below 0 · red: above 0; the farther from 0, the stronger; each kind of grid has its own scale",
    "strongest": "weights farthest from 0: {}",
    "weight_at": "{} at row {}, column {}",
    "clause": "; ",
    "greys": "each <output> in grey from its smallest number (black) to its largest (white)",
    "stamped": "{} is added to the <output> where the <kernel> lands",
    "input_gradient": "gradient of the <input> {}",
    "output_gradient": "gradient of the <output> {}",
    "routed": "{} goes to the maximum, {}",
    "routed_to": "{} goes to row {}, column {}, where the maximum {} is",
    "shared": "every cell of the window gets {}",
    "no_gradient": "a cell that is handed nothing has the gradient 0",
    "spoken": "Step {} of {}, {}: {}",
    "act_slide": "the window moves",
    "act_take": "the next cell",
    "act_multiply": "numbers × weights",
    "act_compare": "numbers are compared",
    "act_add": "products are added up",
    "act_add_numbers": "numbers are added up",
    "act_write": "the result is written",
    "act_stamp": "added to the <output>",
    "act_find": "the maximum is found",
    "act_window": "the window is found",
    "act_hand": "added to the gradient of the <input>",
    "comma": ", ",
    "picked": "{} of {} steps are shown",
    "some_filters": "filters {} of {} are shown",
    "some_channels": "channels {} of {} are shown",
    "finished": "the <output> is shown as it is in the end",
    "both": "Two operations side by side",
    "left": "First",
    "right": "Second",
    "waits": "{} (no new window)",
    "flip_kernel": "kernel flipped",
    "count_include_pad": "padding counted",
    "reduced": "pictures show means of {0}×{0} pixels; all are computed",
}

JAPANESE = {
    "title": "",
    "backward": "{}の逆伝播",
    "kernel_size": "カーネル {}",
    "pool_size": "プール {}",
    "strides": "ストライド {}",
    "padding": "パディング {}",
    "border_reflect": "反射境界",
    "border_symmetric": "対称境界",
    "border_replicate": "複製境界",
    "border_circular": "周期境界",
    "padding_reflect": "パディングは<input>を端のセルで折り返した値(端のセルは繰り返さない)",
    "padding_symmetric": "パディングは<input>を端のセルも含めて折り返した値",
    "padding_replicate": "パディングは<input>の最も近いセルの値",
    "padding_circular": "パディングは<input>の反対側の端から続く値",
    "dilation_rate": "ダイレーション {}",
    "output_padding": "出力パディング {}",
    "groups": "{} グループ",
    "depthwise": "深さ方向",
    "ceil_mode": "切り上げ",
    "floor_mode": "切り捨て",
    "input": "<input> {}",
    "input_channel": "<input> {} チャンネル {}",
    "stretched": "<input> {}(間に 0)",
    "stretched_channel": "<input> {}(間に 0)チャンネル {}",
    "kernel": "<kernel> {}",
    "flipped": "<kernel>(反転)",
    "rotated": "<kernel>(180°回転)",
    "products": "積",
    "window": "ウィンドウ",
    "stamp": "値 × <kernel>",
    "stamping": "<kernel>",
    "front_channel": "手前:チャンネル {}",
    "front_filter": "手前:フィルタ {}",
    "filter_size": "フィルタ {}:{}",
    "depth_all": "フィルタの深さは<input>と同じ:{}×{} = {} 個の積の和が 1 つのセル",
    "depth_all_bias": "フィルタの深さは<input>と同じ:{}×{} = {} 個の積とバイアスの和が 1 つのセル",
    "depth_some": "フィルタは {1} チャンネルのうち {0} つを読む",
    "depth_one": "フィルタは {1} チャンネルのうち {0} つを読み、深さは 1 層",
    "pooled_apart": "チャンネルごとにプーリングする",
    "sums": "和",
    "bias": "バイアス",
    "total": "合計",
    "sign_maximum": "最大",
    "sign_average": "平均",
    "channel": "ch {}",
    "others": "他 {}",
    "more": "… 他 {} チャンネル",
    "output": "<output> {}",
    "output_channel": "<output> {} フィルタ {}",
    "output_pooled": "<output> {} チャンネル {}",
    "step": "ステップ {} / {}",
    "place": "<output>の行 {}、列 {}",
    "source": "<input>の行 {}、列 {}",
    "filter": "フィルタ {}",
    "of_channel": "チャンネル {}",
    "image": "画像 {}",
    "running": "途中の和",
    "size": "出力の大きさ",
    "axes": "行 {}、列 {}",
    "rounded": "セルの数は四捨五入した値",
    "unreached": "どのウィンドウも読まない: {}",
    "hatched": "(斜線)",
    "unreached_row": "{} 行",
    "unreached_rows": "{} 行",
    "unreached_column": "{} 列",
    "unreached_columns": "{} 列",
    "and": "と",
    "span": "{}–{}",
    "grey": "濃淡は {}(黒)から {}(白)",
    "grey_or_more": "濃淡は {} 以下(黒)から {} 以上(白)",
    "signs": "<output>は {}(青)から 0(白)を経て {}(赤)まで",
    "signs_or_more": "<output>は {} 以下(青)から 0(白)を経て {} 以上(赤)まで",
    "signs_of_each": "各<output>は青(負)から 0(白)を経て赤(正)まで",
    "tints": "青:負 · 赤:正。0 から離れるほど濃い(尺度はグリッドの種類ごと)",
    "strongest": "0 から最も遠い重み:{}",
    "weight_at": "{}(行 {}、列 {})",
    "clause": "。",
    "greys": "濃淡は<output>ごとに最小値(黒)から最大値(白)",
    "stamped": "{} を、<kernel>が重なる<output>のセルに加える",
    "input_gradient": "<input>の勾配 {}",
    "output_gradient": "<output>の勾配 {}",
    "routed": "{} は最大値 {} へ",
    "routed_to": "{} は行 {}、列 {} の最大値 {} へ",
    "shared": "ウィンドウの各セルへ {}",
    "no_gradient": "何も渡されないセルの勾配は 0",
    "spoken": "ステップ {} / {}、{}: {}",
    "act_slide": "ウィンドウを動かす",
    "act_take": "次のセル",
    "act_multiply": "値 × 重み",
    "act_compare": "値を比べる",
    "act_add": "積を足す",
    "act_add_numbers": "値を足す",
    "act_write": "結果を書く",
    "act_stamp": "<output>に加える",
    "act_find": "最大値を見つける",
    "act_window": "ウィンドウを見つける",
    "act_hand": "<input>の勾配に加える",
    "comma": "、",
    "picked": "{} ステップを表示(全 {} ステップ)",
    "some_filters": "フィルタ {} を表示(全 {})",
    "some_channels": "チャンネル {} を表示(全 {})",
    "finished": "<output>は最後の状態",
    "both": "2 つの演算を並べて",
    "left": "1 つ目",
    "right": "2 つ目",
    "waits": "{}(新しいウィンドウなし)",
    "flip_kernel": "カーネル反転",
    "count_include_pad": "パディングも数える",
    "reduced": "画像は {0}×{0} 画素の平均を表示(計算は全画素)",
}

LANGUAGES = {"en": ENGLISH, "ja": JAPANESE}

#: The usual names of the grids of a trace, for <input> and the like in captions.
NAMES = {
    "en": {"input": "input", "kernel": "kernel", "output": "feature map"},
    "ja": {"input": "入力", "kernel": "カーネル", "output": "特徴マップ"},
}


def captions(lang, names=None):
    """The captions of a language, in a dict that cannot be changed.

    Parameters
    ----------
    lang : {"en", "ja"}
    names : dict, optional
        Other words for the grids of a trace, as `checked_names` gives them.

    Examples
    --------
    >>> captions("ja")["kernel"].format("3×3")
    'カーネル 3×3'
    >>> captions("en", {"kernel": {"en": "gradient"}})["kernel"].format("3×3")
    'gradient 3×3'
    """
    choice(lang, "lang", LANGUAGES)
    if not names:
        return CAPTIONS[lang]
    return named(lang, {part: word[lang] for part, word in names.items() if lang in word})


def named(lang, names):
    """The captions of a language with `names` for some of the grids, and the usual words for the others."""
    called = NAMES[lang] | names

    def filled(text):
        def name(found):
            word = called[found[1]]
            # only texts with a {} are formatted, and only formatting removes the second brace
            return word.replace("{", "{{").replace("}", "}}") if "{" in text else word

        return re.sub("<(input|kernel|output)>", name, text)

    texts = {key: filled(text) for key, text in LANGUAGES[lang].items()}
    texts |= {
        "step_line": f"{texts['step']} · {{}}",
        "formula_line": "{}",
        "running_line": f"{texts['running']}{{1}}: {{0}}",
        "size_line": f"{texts['size']}: {{}}",
        "remarks_line": "",
    }
    texts |= {name: filled_in(key, names[key]) for key in WORDS if key in names for name in WORDS[key].captions}
    return ReadOnlyDict(texts)


CAPTIONS = {lang: named(lang, {}) for lang in LANGUAGES}


def checked_names(names, parts):
    """Names for the grids of a trace, after a look that they can be used: by grid, then by language.

    Parameters
    ----------
    names : dict or None
        For "input", "kernel" or "output", or another caption of `convviz.stage.own_words.WORDS`, a text for all languages, or
        a dict that has one for each of some languages.
    parts : sequence of str
        The grids that there are.

    Examples
    --------
    >>> checked_names({"output": {"ja": "勾配"}, "input": "error"}, ("input", "output"))
    {'output': {'ja': '勾配'}, 'input': {'en': 'error', 'ja': 'error'}}
    """
    if names is not None and not isinstance(names, dict):
        raise TypeError(f"captions is {brief(names)}; expected a dict such as {{'output': 'gradient'}}")
    found = {}
    for part, name in (names or {}).items():
        check_known(part, parts)
        found[part] = dict(name) if isinstance(name, dict) else dict.fromkeys(LANGUAGES, name)
        for lang, word in found[part].items():
            captions(lang)  # raises for an unknown language
            check_usable(part, word)
    return found


def pair_text(pair):
    """A setting of both axes as text: one number if they are equal.

    Examples
    --------
    >>> pair_text((2, 2)), pair_text((1, 2))
    ('2', '(1, 2)')
    """
    return str(pair[0]) if pair[0] == pair[1] else f"({pair[0]}, {pair[1]})"
