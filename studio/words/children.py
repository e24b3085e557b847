"""The words of "Children", in Generate."""

WORDS = {
    "children": ("Children", "后代"),
    "children_about": (
        "Sixteen children of the chosen picture. Click the one that you like: it becomes the chosen picture, and the next "
        "generation grows from it. Mark pins of the shelf as further parents to cross them.",
        "选中图片的十六个后代。点击喜欢的一张：它会成为选中的图，下一代由它产生。把架上收藏的图也标记为父母，就能杂交。",
    ),
    "children_parents": ("Parents", "父母"),
    "children_hint": ("Pin pictures to cross them with this one.", "收藏几张图，就能与这一张杂交。"),
    "children_far": ("How far mutants are", "变异的幅度"),
    "children_ways": ("Children have from each parent", "后代怎样继承父母"),
    "children_coordinates": ("single numbers of z", "z 的单个数"),
    "children_directions": ("principal directions", "主方向"),
    "children_arc": ("a place on the arc", "弧线上的位置"),
    "children_label": ("Label", "标签"),
    "children_by_chance": ("a parent’s, by chance", "随机取父母之一的标签"),
    "children_grid": ("The children, to choose one", "选择一个后代"),
    "children_child": ("child {number}", "后代 {number}"),
    "children_others": ("Sixteen others", "换十六个"),
    "children_says_mutants": ("Generation {generation}, mutants of one parent", "第 {generation} 代，单亲变异"),
    "children_says_crossings": ("Generation {generation}, crossings of {num} parents", "第 {generation} 代，{num} 个父母杂交"),
    "children_family": ("Family tree", "家谱"),
    "children_node": ("picture {number}, generation {generation}, {how}", "图 {number}，第 {generation} 代，{how}"),
    "children_bred_none": ("an ancestor", "祖先"),
    "children_bred_hand": ("moved by hand", "手动移动过"),
    "children_bred_mutants": ("a mutant", "变异而来"),
    "children_bred_coordinates": ("a crossing of numbers of z", "由 z 的数杂交"),
    "children_bred_directions": ("a crossing of principal directions", "由主方向杂交"),
    "children_bred_arc": ("a crossing on the arc", "在弧线上杂交"),
    "children_keep": ("Save the family", "保存家谱"),
    "children_film": ("Save {kind} of the line", "保存这一支的 {kind}"),
    "children_anew": ("Start over", "重新开始"),
    "children_caption": (
        "{run}, {moment}, a family of {num}, ψ {truncation}",
        "{run}，{moment}，家谱共 {num} 张，ψ {truncation}",
    ),
}
