"""What the controls of an explorer are called, in English and Japanese."""

__all__ = ["LABELS"]

ENGLISH = {
    "operation": "operation", "example": "worked example", "input": "input", "kernel": "kernel", "settings": "settings",
    "convolution": "convolution", "transposed_convolution": "transposed convolution", "max_pooling": "max pooling",
    "average_pooling": "average pooling", "global_max_pooling": "global max pooling",
    "global_average_pooling": "global average pooling",
    "given": "your input", "drawn": "a grid to edit", "photograph_grey": "a photograph, grey",
    "photograph": "a photograph, in colour", "upload": "your own picture", "custom": "numbers of your own",
    "kernel_size": "kernel size", "pool_size": "pool size", "strides": "strides", "dilation_rate": "dilation",
    "output_padding": "output padding", "size": "size", "channels": "channels", "groups": "groups", "filters": "filters",
    "padding": "padding", "amounts": "cells of padding", "bias": "bias", "named": "kernel by name", "view": "seen from",
    "valid": "valid", "same": "same", "full": "full", "by_amounts": "so many cells",
    "gather": "the feature map", "scatter": "the input",
    "flip_kernel": "flip the kernel", "ceil_mode": "ceil mode", "count_include_pad": "count the padding",
    "predict": "predict: hide results until clicked", "rows": "{} rows", "columns": "{} columns",
    "top": "padding top", "bottom": "padding bottom", "left": "padding left", "right": "padding right",
    "side_top": "top", "side_bottom": "bottom", "side_left": "left", "side_right": "right",
    "shown_filter": "shown filter", "shown_channel": "shown channel", "cell": "{}, row {}, column {}",
    "picture": "a picture of {} × {} pixels", "bias_hint": "one number for each filter, or nothing",
    "file": "choose a file, up to 9 MB", "why": "Not offered:", "kept": "The last output stays.",
    "controls": "The controls of convviz: run this cell to use them.",
    "code": "{} in code", "output_size": "Output size", "none": "—",
}  # fmt: skip
JAPANESE = {
    "operation": "演算", "example": "例題", "input": "入力", "kernel": "カーネル", "settings": "設定",
    "convolution": "畳み込み", "transposed_convolution": "転置畳み込み", "max_pooling": "最大値プーリング",
    "average_pooling": "平均値プーリング", "global_max_pooling": "全体の最大値プーリング",
    "global_average_pooling": "全体の平均値プーリング",
    "given": "渡された入力", "drawn": "編集できる表", "photograph_grey": "写真(白黒)", "photograph": "写真(カラー)",
    "upload": "自分の画像", "custom": "自分の数", "kernel_size": "カーネルの大きさ", "pool_size": "プールの大きさ",
    "strides": "ストライド", "dilation_rate": "ダイレーション", "output_padding": "出力パディング", "size": "大きさ",
    "channels": "チャンネル数", "groups": "グループ", "filters": "フィルタ数", "padding": "パディング",
    "amounts": "パディングのセル数", "bias": "バイアス", "named": "名前のあるカーネル", "view": "見方",
    "valid": "valid", "same": "same", "full": "full", "by_amounts": "セル数で", "gather": "特徴マップから", "scatter": "入力から",
    "flip_kernel": "カーネルを反転", "ceil_mode": "切り上げ", "count_include_pad": "パディングも数える",
    "predict": "予想: クリックするまで結果を隠す", "rows": "{}の行数", "columns": "{}の列数",
    "side_top": "上", "side_bottom": "下", "side_left": "左", "side_right": "右",
    "top": "上のパディング", "bottom": "下のパディング", "left": "左のパディング", "right": "右のパディング",
    "shown_filter": "表示フィルタ", "shown_channel": "表示チャンネル", "cell": "{}、行 {}、列 {}",
    "picture": "{} × {} 画素の画像", "bias_hint": "フィルタごとに 1 つの数、または空欄",
    "file": "ファイルを選ぶ(9 MB まで)", "why": "選べない値:", "kept": "前の出力が残っています。",
    "controls": "convviz の操作部: このセルを実行すると使えます。",
    "code": "{} のコード", "output_size": "出力の大きさ", "none": "—",
}  # fmt: skip

LABELS = {"en": ENGLISH, "ja": JAPANESE}
