"""The words of the chapter on children of latents."""

WORDS = {
    "evolution_lead": (
        "Nobody has to say what makes a picture good: choose, and let chance propose (interactive evolution: Sims 1991; of "
        "a GAN’s latents: Bontrager et al. 2018). What is mutated and crossed is z, a list of numbers. A child’s z should be "
        "as likely as any that the generator was trained with, or it would draw worse; each line here keeps that.",
        "谁也不必说清怎样的图才算好：由人挑选，由偶然提议（交互式进化：Sims 1991；用于 GAN 的潜变量：Bontrager 等 2018）。"
        "变异和杂交的是 z，一串数。后代的 z 应当与训练时见过的一样常见，否则会画得更差；下面的每一行都做到了这一点。",
    ),
    "evolution_mutants": (
        "A mutant. z plus noise would be longer than any z of the training: variances add up. So z shrinks as noise comes in: "
        "far² and 1 − far² add up to 1, and the variance stays. At far = 1 nothing of the parent is left. A uniform z is "
        "moved, and reflected at −1 and 1.",
        "变异。z 直接加上噪声会比训练时的 z 都长，因为方差相加。所以噪声进来时 z 要缩小：far² 与 1 − far² 之和为 1，方差不变。"
        "far = 1 时，父母的痕迹全无。均匀分布的 z 则移动后在 −1 和 1 处反射。",
    ),
    "evolution_coordinates": (
        "A crossing of single numbers: each from one of the parents, by a coin. The numbers of z are independent, so that any "
        "choice of them is a z that could have been drawn.",
        "逐个数杂交：每个数掷硬币取自父母之一。z 的各个数相互独立，所以无论怎样选取，得到的 z 都可能被随机抽到。",
    ),
    "evolution_directions": (
        "A crossing of principal directions, those of the sliders: the place along each comes from one parent, what is left of "
        "z from another. What a direction moves is inherited as a whole, as a slant or a colour.",
        "按主方向杂交，也就是滑块的方向：沿每个方向的位置取自父母之一，z 的其余部分取自另一个。"
        "一个方向所改变的东西（例如倾斜或颜色）会整个遗传下来。",
    ),
    "evolution_arc": (
        "A crossing on the arc of a great circle from one parent to the other. The straight line would pass nearer to zero "
        "than any z of the training; the arc keeps the length.",
        "在从一个父母到另一个的大圆弧上杂交。直线会比训练时的任何 z 都更靠近零；弧线保持长度。",
    ),
    "evolution_labels": (
        "A label is a whole number to the generator, so a child has that of one parent: there is no label between two.",
        "标签对生成器来说是一个整数，所以后代取父母之一的标签：两个标签之间没有别的标签。",
    ),
    "evolution_try": ("Breed pictures in Generate", "到“生成”中培育图片"),
}
