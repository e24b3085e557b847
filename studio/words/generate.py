"""The words of the Generate tab."""

WORDS = {
    # the grid
    "cells": ("The pictures, to choose one", "选择一张图"),
    "cell": ("sample {number}", "样本 {number}"),
    "cell_label": ("sample {number}, label {label}", "样本 {number}，标签 {label}"),
    "cell_deeds": ("With the chosen picture", "对选中的图"),
    "explore": ("Explore", "探索"),
    "pin_it": ("Pin", "收藏"),
    "pinned": ("pinned", "已收藏"),
    "use_as_key": ("Use as key frame", "用作关键帧"),
    "key_added": ("added to the key frames", "已加入关键帧"),
    "copy_settings": ("Copy settings", "复制设置"),
    # many pictures as files
    "many": ("Save many as files", "批量保存为文件"),
    "many_about": (
        "The server draws this seed's first pictures by these settings into one .zip: a PNG each, and metadata.jsonl, a table "
        "with the label, seed and number of each.",
        "由服务器按这些设置画出该种子的前若干张图，装进一个 .zip：每张一个 PNG，另附标签、种子和序号表 metadata.jsonl。",
    ),
    "many_num": ("Pictures", "张数"),
    "many_folders": ("a folder per label", "每个标签一个文件夹"),
    "many_save": ("Save .zip", "保存 .zip"),
    "many_stop": ("Stop", "停止"),
    "many_coming": ("{size} MB so far", "已收到 {size} MB"),
    "many_there": ("The file is complete.", "文件已完整。"),
    "many_stopped": ("Stopped; nothing was saved.", "已停止，没有保存任何文件。"),
    "many_failed": ("The file can't be made. {reason}", "无法生成文件。{reason}"),
    # the chosen picture
    "chosen": ("The chosen picture", "选中的图"),
    "alt_chosen": ("The chosen picture: {caption}", "选中的图：{caption}"),
    "chosen_caption": ("{run}, {moment}, {from}, ψ {truncation}", "{run}，{moment}，{from}，ψ {truncation}"),
    "from_seed": ("seed {seed}, sample {number}", "种子 {seed}，样本 {number}"),
    "from_moved": ("{from}, moved", "{from}，已移动"),
    "from_hand": ("moved by hand", "手动移动过"),
    "not_drawn": ("This picture can't be drawn. {reason}", "无法画出这张图。{reason}"),
    "not_kept": ("This picture can't be saved now. {reason}", "现在无法保存这张图。{reason}"),
    "new_lineage": (
        "A new latent: this run is of another lineage, where the one before means nothing.",
        "已换上新的潜变量：该训练记录属于另一谱系，之前的潜变量在其中没有意义。",
    ),
    "landing": ("None of these exist. Drag.", "这些图片都不存在，拖一下"),
    "undo": ("Undo", "撤销"),
    "reset_all": ("Reset all", "全部重置"),
    "walk": ("Random walk", "随机漫步"),
    # the sliders
    "axis_kinds": ("What the sliders move", "滑块移动什么"),
    "directions": ("Principal directions", "主方向"),
    "raw": ("Raw coordinates", "原始坐标"),
    "direction": ("Direction {number}", "方向 {number}"),
    "coordinate": ("z {number}", "z {number}"),
    "name_axis": ("Name of direction {number}", "方向 {number} 的名称"),
    "to_low": ("{axis} to −3", "{axis}：移到 −3"),
    "to_high": ("{axis} to 3", "{axis}：移到 3"),
    "reset_one": ("Reset {axis}", "重置{axis}"),
    "axes_before": ("Sliders before", "前一组滑块"),
    "axes_after": ("More sliders", "后一组滑块"),
    "axes_place": ("{first}–{last} of {all}", "{first}–{last} / {all}"),
    # the nearest training images
    "nearest": ("Nearest training images", "最相近的训练图片"),
    "nearest_drawn": ("drawn", "画出的"),
    "nearest_distance": ("{distance} away", "距离 {distance}"),
    "alt_nearest": (
        "Nearest training image number {number}, {distance} grey levels away",
        "第 {number} 近的训练图片，相距 {distance} 灰度级",
    ),
    "nearest_scale": (
        "Distances are root mean squares over all pixels, in grey levels of 255.",
        "距离是所有像素之差的均方根，单位为灰度级（共 255 级）。",
    ),
    "nearest_real": ("real pictures", "真实图片"),
    "nearest_real_label": ("real pictures of “{label}”", "标签为“{label}”的真实图片"),
    "nearest_copy": ("A copy: this is a training picture, pixel for pixel.", "这是复制品：与一张训练图片逐像素相同。"),
    "nearest_near": (
        "{distance} away, nearer to a training picture than {percent} of {what} that training never saw (typically {median}): "
        "perhaps memorised.",
        "相距 {distance}，比 {percent} 训练中没见过的{what}（通常相距 {median}）都更接近某张训练图片：可能是记住的。",
    ),
    "nearest_as_unseen": (
        "No copy: {distance} away, as {what} are that training never saw (typically {median}).",
        "不是复制品：相距 {distance}，与训练中没见过的{what}差不多（通常 {median}）。",
    ),
    "nearest_as_others": (
        "No copy: {distance} away, as {what} of the training set are from each other (typically {median}).",
        "不是复制品：相距 {distance}，与训练集中{what}彼此之间的距离差不多（通常 {median}）。",
    ),
    "nearest_far": (
        "No copy: {distance} away, farther than {percent} of {what} that training never saw (typically {median}). "
        "It may be an odd picture.",
        "不是复制品：相距 {distance}，比 {percent} 训练中没见过的{what}（通常 {median}）还远，这张图也许有些古怪。",
    ),
    "nearest_alone": (
        "{distance} away; there are no other real pictures to compare with.",
        "相距 {distance}；没有其他真实图片可供比较。",
    ),
    "nearest_away": (
        "The pictures that this run was trained on are not on this machine, so nothing can be said about copies.",
        "训练这个模型的图片不在本机上，因此无法判断是否复制。",
    ),
    "nearest_problem": ("The nearest images can't be found. {reason}", "找不到最相近的图片。{reason}"),
    # mixing
    "mix": ("Mix with a pinned picture: take its", "与收藏的图混合，取它的"),
    "mix_pins": ("Which pinned picture", "哪一张收藏的图"),
    "mix_label": ("label", "标签"),
    "mix_first": ("first half of z", "z 的前一半"),
    "mix_second": ("second half of z", "z 的后一半"),
    # the settings
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
}
