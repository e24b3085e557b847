"""Every visible word of the studio, in English and Simplified Chinese, in one table.

Python reads it for the labels of Gradio's components; the page gets the same table as JSON for everything that its own
scripts write, so that the language changes without a reload.
"""

LANGUAGES = ("en", "zh")

WORDS: dict[str, tuple[str, str]] = {
    # the head of the page
    "name": ("GAN Studio", "GAN 画室"),
    "tagline": (
        "Every picture here was drawn by a generator that learned against a discriminator.",
        "这里的每一张图都由生成器画出，它在与判别器的较量中学会了作画。",
    ),
    "run": ("Run", "训练记录"),
    "damaged_choice": ("{run} (damaged)", "{run}（已损坏）"),
    "other_language": ("中文", "English"),
    "to_dark": ("Dark", "深色"),
    "to_light": ("Light", "浅色"),
    # both tabs
    "generate": ("Generate", "生成"),
    "epochs": ("Epochs", "训练历程"),
    "snapshot": ("Snapshot", "快照"),
    "untrained": ("untrained", "未训练"),
    "epoch": ("epoch {epoch}", "第 {epoch} 轮"),
    "epoch_part": ("epoch {epoch}", "{epoch} 轮"),
    "seed": ("Seed", "种子"),
    "previous": ("Previous", "上一个"),
    "next": ("Next", "下一个"),
    "dice": ("Random", "随机"),
    "label": ("Label", "标签"),
    "every_label": ("every label, one row each", "所有标签，每行一个"),
    "mixed_labels": ("mixed", "混合"),
    "caption": ("{run}, {moment}, seed {seed}, ψ {truncation}", "{run}，{moment}，种子 {seed}，ψ {truncation}"),
    "caption_label": (", label {label}", "，标签 {label}"),
    "copy": ("Copy this caption", "复制这行说明"),
    "copied": ("copied", "已复制"),
    "save": ("Save PNG", "保存 PNG"),
    "alt_grid": ("{num} pictures drawn by the generator: {caption}", "生成器画出的 {num} 张图：{caption}"),
    "alt_rows": (
        "{num} pictures drawn by the generator, one row per label: {caption}",
        "生成器画出的 {num} 张图，每行一个标签：{caption}",
    ),
    # the Generate tab
    "num": ("How many", "数量"),
    "columns": ("Pictures per label", "每个标签的张数"),
    "truncation": ("Truncation ψ", "截断 ψ"),
    "help": ("What do seed and truncation do?", "种子和截断有什么作用？"),
    "help_seed": (
        "A generator turns a list of random numbers, the latent z, into a picture. "
        "The seed fixes those numbers: the same seed is the same picture on every machine.",
        "生成器把一串随机数（潜变量 z）变成一张图。种子决定这些随机数：同一个种子在任何机器上都得到同样的图。",
    ),
    "help_truncation": (
        "Truncation ψ multiplies z. At 1 the pictures are as trained; toward 0 the same pictures move to the average: "
        "cleaner, and more alike. Above 1 they grow stranger.",
        "截断 ψ 与 z 相乘。取 1 时与训练时相同；越接近 0，同样的图越靠近平均图像：更干净，也更相似。大于 1 则更奇特。",
    ),
    "help_rows": (
        "In a row the label stays and z changes; in a column z stays and the label changes.",
        "同一行标签相同、z 不同；同一列 z 相同、标签不同。",
    ),
    # the Epochs tab
    "mode": ("Show", "显示方式"),
    "strip": ("Film strip", "胶片"),
    "pair": ("Two side by side", "左右对比"),
    "left": ("Left", "左"),
    "right": ("Right", "右"),
    "heads": ("epoch", "轮次"),
    "span": ("{first} to {last}", "{first}至{last}"),
    "alt_strip": (
        "A film strip: each row is one latent, each column a snapshot: {caption}",
        "胶片：每行一个潜变量，每列一个快照：{caption}",
    ),
    "film": ("The training as a film", "训练过程影片"),
    "moment": ("Moment of the training", "训练时刻"),
    "play": ("Play", "播放"),
    "pause": ("Pause", "暂停"),
    "generator_loss": ("generator loss", "生成器损失"),
    "discriminator_loss": ("discriminator loss", "判别器损失"),
    "images_seen": ("images seen", "已看图像数"),
    "alt_curves": (
        "Loss curves of the generator and the discriminator over the images seen",
        "生成器与判别器的损失随已看图像数的变化曲线",
    ),
    "losses": (
        "A generator loss that does not fall is no failure: its opponent moves too. Look at the pictures.",
        "生成器的损失不下降并不代表失败：它的对手也在进步。请看图，而不只是看曲线。",
    ),
    "no_history": ("This run holds no history of its losses.", "此训练记录没有损失历史。"),
    # what went wrong
    "no_runs": ("There are no trained runs here yet.", "这里还没有训练好的模型。"),
    "no_runs_do": ("Train one, then open the run menu again:", "先训练一个，再打开“训练记录”菜单："),
    "begun": ("The run {run} has no snapshots yet.", "训练记录 {run} 还没有快照。"),
    "damaged": ("The run {run} is damaged.", "训练记录 {run} 已损坏。"),
    "damaged_partly": (
        "Part of the run {run} is damaged; the rest is shown.",
        "训练记录 {run} 的一部分已损坏；其余部分照常显示。",
    ),
    "damaged_moment": ("This snapshot is damaged; choose another.", "该快照已损坏；请选择另一个。"),
    "damage_config": ("Its config.json can't be read.", "无法读取它的 config.json。"),
    "damage_snapshot": ("A snapshot can't be read.", "有一个快照无法读取。"),
    "damage_history": ("Its history.jsonl can't be read.", "无法读取它的 history.jsonl。"),
    "gone": (
        "The run or snapshot is no longer there; open the run menu again.",
        "该训练记录或快照已不存在；请重新打开“训练记录”菜单。",
    ),
}


def language(wish: object) -> str:
    """The language of the studio that suits a browser's or a visitor's wish: zh for zh-anything, else English."""
    return "zh" if isinstance(wish, str) and wish.lower().startswith("zh") else "en"


def word(speech: str, key: str, **values: object) -> str:
    """The words of `key` in the language `speech`, with `values` filled in."""
    return WORDS[key][LANGUAGES.index(speech)].format(**values)


def table() -> dict[str, dict[str, str]]:
    """All words by language, as the page's scripts take them."""
    return {speech: {key: words[i] for key, words in WORDS.items()} for i, speech in enumerate(LANGUAGES)}
