"""What the commands say, in English and Japanese."""

TEXTS = {
    "en": {
        "source": "source: {}",
        "note": "note: {}",
        "some": "{} of {} steps. --steps 20 prints 20 of them, --steps 5-9 these.",
        "range": "from {} to {}",
        "more": "… and {} more",
        "wrong": "The source prints {} at row {}, column {}; right is {}.",
        "published": "The source prints {}.",
        "examples": "Worked examples (convviz example NAME)",
        "calculations": "Calculations (convviz example NAME)",
        "kernels": "Kernels (convviz conv INPUT NAME)",
        "animations": "Other animations (convviz gallery OUT --only NAME)",
        "written": "wrote {} files into {} ({})",
        "written_one": "wrote {} file into {} ({})",
    },
    "ja": {
        "source": "出典: {}",
        "note": "注: {}",
        "some": "{1} ステップのうち {0} ステップ。--steps 20 で 20 ステップ、--steps 5-9 でその範囲を表示。",
        "range": "{} から {} まで",
        "more": "… 他 {}",
        "wrong": "出典では行 {1}、列 {2} が {0} だが、正しくは {3}。",
        "published": "出典の値は {}。",
        "examples": "例題 (convviz example NAME)",
        "calculations": "計算例 (convviz example NAME)",
        "kernels": "カーネル (convviz conv INPUT NAME)",
        "animations": "その他のアニメーション (convviz gallery OUT --only NAME)",
        "written": "{1} に {0} ファイルを書き込み ({2})",
        "written_one": "{1} に {0} ファイルを書き込み ({2})",
    },
}
