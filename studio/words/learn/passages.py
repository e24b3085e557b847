"""The words of the chapters on lines of code: children, directions with names, units, mixed layers, blends of weights."""

WORDS = {
    # children
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
    "evolution_remark": (
        "A label is a whole number to the generator, so a child has that of one parent: there is no label between two.",
        "标签对生成器来说是一个整数，所以后代取父母之一的标签：两个标签之间没有别的标签。",
    ),
    "evolution_try": ("Breed pictures in Generate", "到“生成”中培育图片"),
    # directions with names
    "regression_lead": (
        "A slider called “thickness” needs the direction of z that thickens. So what can be measured of a picture is measured "
        "on thousands of samples, strokes as in Morpho-MNIST (Castro et al. 2019), and explained by z. InterFaceGAN (Shen et "
        "al. 2020) found such directions for faces, by planes that separate two classes; where the attribute is a number, a "
        "regression finds them.",
        "名为“笔画粗细”的滑块，需要 z 中使笔画变粗的那个方向。为此，在数千个样本上测量图片中可测的量（笔画的量法同 "
        "Morpho-MNIST：Castro 等 2019），再用 z 来解释它们。InterFaceGAN（Shen 等 2020）为人脸找到过这样的方向，"
        "用的是分开两类的平面；属性是数值时，用回归来找。",
    ),
    "regression_fit": (
        "The fit: least squares of each attribute on z, after the mean of each label is taken out. For a normal z this is the "
        "attribute’s mean gradient, whatever the generator (Stein 1981). R² is the share of the variance that is explained on "
        "fresh samples, which the fit has not seen; below 0.3 no slider is offered.",
        "拟合：先减去每个标签的均值，再用最小二乘以 z 解释每个属性。z 服从正态分布时，无论生成器如何，结果都是该属性的平均梯度"
        "（Stein 1981）。R² 是在拟合时没见过的新样本上所解释的方差比例；低于 0.3 就不提供滑块。",
    ),
    "regression_keep": (
        "Keeping others: what a gradient shares with those of the kept attributes is projected out, so that a step leaves them "
        "at their place, to first order. The rest is brought to length 1. If hardly anything is left, the attribute can’t be "
        "moved without the others.",
        "保持其他属性：从梯度中减去它在要保持的那些属性的梯度上的投影，于是走一步时，它们在一阶近似下不变。"
        "余下的部分缩放到长度 1；如果几乎不剩什么，就无法只改变这个属性而不牵动其他。",
    ),
    "regression_also": (
        "What else it moves: the scalar product of the step and an attribute’s gradient says by how many standard deviations "
        "that attribute changes, to first order. Each slider names the largest.",
        "还改变了什么：这一步与某个属性的梯度的内积，就是该属性在一阶近似下改变了多少个标准差。每个滑块会列出最大的几个。",
    ),
    "regression_own": (
        "One’s own, from a few marked samples: the step from the mean of those to be less like to the mean of those to be more "
        "like. For latents that are white noise this is Fisher’s discriminant (1936). How far the marks agree is told by "
        "leaving out one of each kind in turn: do the two stand in order along the direction of the others? Chance is right "
        "half the time.",
        "自定方向，来自少量标记的样本：从“不要像这些”的均值指向“更像这些”的均值。潜变量为白噪声时，这就是 Fisher 判别（1936）。"
        "标记是否一致，用留出法来看：两类各留出一个，它们在其余样本定出的方向上顺序是否正确？随机猜测有一半正确。",
    ),
    "regression_remark": (
        "To first order means nearby. Far along a slider the attributes no longer follow a straight line in z, and what was "
        "kept begins to move, too.",
        "一阶近似只在附近成立。滑块拉得很远时，属性与 z 不再成线性关系，原本保持不变的也会开始变化。",
    ),
    "regression_try": ("Move sliders by name in Generate", "到“生成”中按名称拖动滑块"),
    # units
    "dissection_lead": (
        "What does one channel of the generator draw? Take it away, and see what is missing (GAN Dissection: Bau et al. 2019). "
        "Other changes at the same place are known as network bending (Broad et al. 2020).",
        "生成器的一个通道画什么？把它拿掉，看看少了什么（GAN Dissection：Bau 等 2019）。"
        "在同一处作其他改动，称为网络弯曲（network bending：Broad 等 2020）。",
    ),
    "dissection_scale": (
        "A switch. The units of a stage, its channels, are multiplied on their way into the next layer: by 0 a unit is off, by "
        "2 doubled, by 1 as it was. With a factor for each place of its map, a unit is switched only where you have painted.",
        "开关。一层的单元就是它的通道，在进入下一层之前各乘一个系数：0 为关，2 为加倍，1 则不变。"
        "如果特征图上每个位置各有一个系数，就能只在你涂过的地方开关这个单元。",
    ),
    "dissection_measure": (
        "The ranking. The units are turned off one after the other, and the same latents are drawn again. The mean change of a "
        "pixel in grey levels ranks the units; where the picture changes is the unit’s heat map.",
        "排序。逐个关掉单元，用同样的潜变量重画。像素的平均变化（灰度级）决定单元的排名；变化发生在哪里，就是该单元的热图。",
    ),
    "dissection_remark": (
        "Bau et al. let a segmentation network say what a unit draws, a tree or a door. Here you ask by painting: the units "
        "that act there come first.",
        "Bau 等用分割网络来说明一个单元画的是什么，例如树或门。这里由你来问：涂一块区域，在那里起作用最大的单元排在最前。",
    ),
    "dissection_try": ("Switch units in Generate", "到“生成”中开关单元"),
    # mixed layers
    "mixing_lead": (
        "Most generators here take z once, in their first layer, and all that follows comes from there. A StyleGAN (Karras et "
        "al. 2019, 2020) turns z into a style w and gives it to every stage, and nothing says that all must get the same one.",
        "这里的大多数生成器只在第一层用一次 z，之后的一切都由此而来。StyleGAN（Karras 等 2019，2020）把 z 变成风格 w，"
        "再交给每一级；而并没有规定各级必须用同一个 w。",
    ),
    "mixing_style": (
        "The style: two fully connected layers of z, and of the label, if there is one. The picture itself begins with a "
        "learned constant, the same for every z.",
        "风格：z（有标签时连同标签）经过两个全连接层得到 w。图像本身则从一个学到的常量开始，对每个 z 都相同。",
    ),
    "mixing_modulate": (
        "The modulation. w scales the channels that a convolution takes: which of them count is up to the style. Dividing by "
        "what that makes of a signal’s deviation keeps one stage’s scales from reaching the next, so that stages can be mixed.",
        "调制。w 对卷积的各个输入通道乘以系数：哪些通道起作用，由风格决定。再除以由此引起的信号标准差的变化，"
        "一级的缩放就不会影响下一级，各级因此可以混合。",
    ),
    "mixing_mix": (
        "The mix: each stage takes a style between those of two latents, by its own amount. At 0 everywhere the picture is the "
        "first’s, at 1 everywhere the second’s; the label goes along with its style.",
        "混合：每一级按各自的份额，取两个潜变量的风格之间的一个。处处为 0 就是第一张图，处处为 1 就是第二张；"
        "标签随风格一起混合。",
    ),
    "mixing_remark": (
        "The stages before those that are mixed draw exactly what they drew, so what changes is what the mixed ones decide on. "
        "StyleGAN was trained on mixtures as well; here they are pictures that no training asked for, and some fall apart.",
        "在被混合的那几级之前，画出的东西完全不变，所以改变的正是被混合的几级所决定的内容。StyleGAN 训练时也用混合；"
        "这里的混合图从未在训练中出现过，有些会画坏。",
    ),
    "mixing_try": ("Mix layers in Generate", "到“生成”中混合各层"),
    # blends of weights
    "blending_lead": (
        "A run and one fine-tuned from it started from the same weights, and are still so near that weights between the two "
        "draw pictures as well (Pinkney & Adler 2020). Between runs that began apart this seldom works: a channel of one has "
        "no counterpart at the same place in the other.",
        "一次训练与在它基础上微调的训练，起点权重相同，至今仍很接近，所以介于两者之间的权重也能画图（Pinkney & Adler 2020）。"
        "各自从头开始的两次训练之间就很少行得通：一方的某个通道，在另一方的同一位置上没有对应的通道。",
    ),
    "blending_mix": (
        "The mix: every number is (1 − share) · first + share · second, and exactly one of the two at shares 0 and 1. Batch "
        "norm’s counters are whole numbers and are not mixed.",
        "混合：每个数都是 (1 − 份额) · 前者 + 份额 · 后者；份额为 0 或 1 时恰好是其中之一。"
        "批归一化的计数器是整数，不参与混合。",
    ),
    "blending_layers": (
        "Layer by layer: all tensors of a layer have its share. Early layers place the shapes, late ones draw strokes, edges "
        "and colours, so that one run’s layout can be drawn in the manner of the other.",
        "逐层混合：一层的所有张量共用该层的份额。前面的层安排形状，后面的层画笔画、边缘和颜色，"
        "因此可以用一次训练的画法画出另一次训练的布局。",
    ),
    "blending_statistics": (
        "The statistics. Batch norm subtracts a mean and divides by a deviation that were measured for other weights; those of "
        "the blend are no mixture of the two. So they are measured anew: the plain average over batches of the blend’s own "
        "samples.",
        "统计量。批归一化减去的均值和除以的标准差，是为别的权重测得的；混合后的统计量并不是两者的混合。"
        "因此重新测量：对混合后自己的样本，逐批取普通平均。",
    ),
    "blending_remark": (
        "In the browser the weights are inputs of the graph, and a second graph measures the statistics, so the pictures "
        "follow the slider.",
        "在浏览器中，权重是计算图的输入，统计量由第二个计算图测量，所以图片能跟着滑块变化。",
    ),
    "blending_try": ("Blend runs in Interpolate", "到“插值”中混合训练"),
}
