"""Words of the directions of one's own in Generate: "more like these, less like those"."""

WORDS = {
    "own": ("Your own direction: more like these", "自定方向：更像这些"),
    "own_about": (
        "Mark pictures of the grid, here or of other seeds. The slider goes from the mean latent of those to be less like to "
        "the mean latent of those to be more like, a step of length 1.",
        "在网格中标记图片，也可换种子继续标记。滑块从“不要像这些”的潜变量均值指向“更像这些”的均值，步长为 1。",
    ),
    "own_list": ("Your directions", "你的方向"),
    "own_kinds": ("A click on a picture marks it as", "点击图片时标记为"),
    "own_more": ("+ more like these", "+ 更像这些"),
    "own_less": ("− less like those", "− 不要像这些"),
    "own_marked_more": ("{cell}, marked: more like this", "{cell}，已标记：更像它"),
    "own_marked_less": ("{cell}, marked: less like this", "{cell}，已标记：不要像它"),
    "own_name": ("Name", "名称"),
    "own_direction": ("Your direction {number}", "自定方向 {number}"),
    "own_marks": ("Marked: {more} more, {less} less. Both are needed.", "已标记：更像 {more} 个，不像 {less} 个；两类都要有。"),
    "own_same": ("The marked pictures have the same mean; mark others.", "两类标记的均值相同，请另选图片。"),
    "own_move": ("Move along it", "沿此方向移动"),
    "own_another": ("Another", "再建一个"),
    "own_remove": ("Delete", "删除"),
    "own_save": ("Save as a file", "保存为文件"),
    "own_command": (
        "To keep it with the run, and publish it: python -m ganlib.directions checkpoints/{run} --add {file}",
        "与训练记录一起保存并发布：python -m ganlib.directions checkpoints/{run} --add {file}",
    ),
    "marked_about": ("{more} more, {less} less", "更像 {more} 个，不像 {less} 个"),
    "marked_order": (
        "{more} more, {less} less; {right} of {all} pairs in order when left out",
        "更像 {more} 个，不像 {less} 个；留出时 {all} 对中 {right} 对顺序正确",
    ),
    "marked_also": ("{marks}; moves {others}", "{marks}；改变：{others}"),
}
