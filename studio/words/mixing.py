"""Words of mixing layers in Generate: stages of the generator that take the style of one latent or of another."""

WORDS = {
    "mixing": ("Mix layers of two pictures", "混合两张图的各层"),
    "mixing_about": (
        "The latent becomes a style that every stage of the generator takes. Let some stages take that of a second picture: "
        "the coarse ones decide on shape and pose, the fine ones on stroke and colour (Karras et al. 2019).",
        "潜变量先变成一种“风格”，供生成器的每一级使用。让其中几级改用第二张图的风格：粗的几级决定形状和姿态，"
        "细的几级决定笔触和颜色（Karras 等，2019）。",
    ),
    "mixing_none": (
        "This run's generator takes its latent once, in its first layer. Runs of the recipe style can mix, such as "
        "mnist-style.",
        "这条训练记录的生成器只在第一层使用一次潜变量。用配方 style 训练的记录可以混合，例如 mnist-style。",
    ),
    "mixing_first": ("the chosen one", "选中的图"),
    "mixing_second": ("the second", "第二张图"),
    "mixing_mixed": ("mixed", "混合结果"),
    "mixing_choose": ("The second picture", "第二张图"),
    "mixing_another": ("Another by chance", "随机另换一张"),
    "mixing_from_second": ("From the second:", "取自第二张："),
    "mixing_coarse": ("coarse", "粗"),
    "mixing_middle": ("middle", "中"),
    "mixing_fine": ("fine", "细"),
    "mixing_all": ("all", "全部"),
    "mixing_nothing": ("nothing", "不取"),
    "mixing_stage": ("Stage {number}, {size}", "第 {number} 级，{size}"),
    "mixing_share": ("{share} from the second", "{share} 取自第二张"),
    "mixing_grid": ("Mixtures of more pictures", "更多图的混合"),
    "mixing_grid_how": (
        "The same with more pictures: what is from the second comes from the column's first picture, the rest from the row's. "
        "Choose one to take both.",
        "用更多的图来看：取自第二张的部分来自该列最上面的图，其余来自该行最左边的图。点选一张，即可选用它的两张来源图。",
    ),
    "mixing_of_column": ("Source of column {column}", "第 {column} 列的来源"),
    "mixing_of_row": ("Source of row {row}", "第 {row} 行的来源"),
    "mixing_cell": ("Row {row} mixed with column {column}", "第 {row} 行与第 {column} 列的混合"),
    "mixing_others": ("Other pictures", "换一批图"),
}
