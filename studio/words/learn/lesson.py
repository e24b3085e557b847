"""The words of the chapter on objectives and networks."""

WORDS = {
    "lesson_lead": (
        "A recipe says what two networks look like, what each of them tries to make small, and how they take turns. "
        "All that stands here is read from the program that trains: no copy that could be out of date.",
        "一份配方规定了两个网络的结构、各自要最小化的目标，以及它们如何轮流更新。这里的内容全部直接读自训练程序本身，不会过时。",
    ),
    "lesson_recipe": ("Recipe", "配方"),
    "lesson_of_run": ("as {run} was trained", "训练记录 {run} 所用的配方"),
    "lesson_about": (": {about}", "：{about}"),
    "lesson_sizes": (
        "Shown for pictures of {width} × {height} pixels, {colours}, {labels}.",
        "以 {width} × {height} 像素的{colours}图像为例，{labels}。",
    ),
    "lesson_sizes_run": (
        "Shown as {run} was trained: pictures of {width} × {height} pixels, {colours}, {labels}.",
        "按训练记录 {run} 的设置显示：{width} × {height} 像素的{colours}图像，{labels}。",
    ),
    "lesson_grey": ("grey", "灰度"),
    "lesson_colour": ("in colour", "彩色"),
    "lesson_transparent": ("in colour with transparency", "带透明度的彩色"),
    "lesson_classes": ("with {classes} labels", "有 {classes} 个标签"),
    "lesson_no_classes": ("without labels", "不使用标签"),
    # the objective
    "lesson_objective": ("The objective of each player", "双方的目标函数"),
    "lesson_objective_how": (
        "D(x) is the discriminator's score of a picture x, before any sigmoid (a logit); σ is the sigmoid, which makes a "
        "probability of it. 𝔼 is the mean over a batch. Point at a formula, a curve or a piece of code, or tap it: "
        "what belongs together lights up.",
        "D(x) 是判别器给图像 x 打的分，尚未经过 sigmoid（即 logit）；σ 是 sigmoid，把分数变成概率。𝔼 表示对一个批次取平均。"
        "把指针移到公式、曲线或代码上，或者点一下：属于同一项的部分会一起亮起。",
    ),
    "lesson_objective_d": ("The discriminator makes the sum of these small", "判别器最小化以下各项之和"),
    "lesson_objective_g": ("The generator makes this small", "生成器最小化这一项"),
    "lesson_objective_g_sum": ("The generator makes the sum of these small", "生成器最小化以下各项之和"),
    "lesson_by_features": (" (by the heads on features, F)", "（由特征头 F 打分）"),
    "lesson_term_real_high": ("Real pictures should score high", "真实图像应得高分"),
    "lesson_term_fake_low": ("Generated pictures should score low", "生成图像应得低分"),
    "lesson_term_fake_not_low": ("My pictures should not score low", "我的图像不应得低分"),
    "lesson_term_fake_high": ("My pictures should score high", "我的图像应得高分"),
    "lesson_term_real_one": ("Real pictures should score exactly 1", "真实图像的分数应正好是 1"),
    "lesson_term_fake_zero": ("Generated pictures should score exactly 0", "生成图像的分数应正好是 0"),
    "lesson_term_fake_one": ("My pictures should score exactly 1", "我的图像的分数应正好是 1"),
    "lesson_term_real_above_one": ("Real pictures should score above 1", "真实图像的分数应高于 1"),
    "lesson_term_fake_below_minus_one": ("Generated pictures should score below −1", "生成图像的分数应低于 −1"),
    "lesson_term_fake_down": ("Generated pictures should score as low as can be", "生成图像的分数应尽量低"),
    "lesson_term_real_up": ("Real pictures should score as high as can be", "真实图像的分数应尽量高"),
    "lesson_term_fake_up": ("My pictures should score as high as can be", "我的图像的分数应尽量高"),
    "lesson_term_real_above_fake": ("A real picture should score above a generated one", "真实图像的分数应高于生成图像"),
    "lesson_term_fake_above_real": ("My picture should score above a real one", "我的图像的分数应高于真实图像"),
    "lesson_term_flat_at_real": ("The score should be flat around real pictures (R1)", "分数在真实图像附近应当平坦（R1 惩罚）"),
    "lesson_term_flat_at_fake": (
        "The score should be flat around generated pictures (R2)",
        "分数在生成图像附近应当平坦（R2 惩罚）",
    ),
    "lesson_term_slope_one": (
        "Between real and generated pictures the score should have slope 1 (gradient penalty)",
        "在真实图像与生成图像之间，分数的斜率应为 1（梯度惩罚）",
    ),
    "lesson_term_labels_apart": (
        "A real picture should score higher with its own label y than with another, y′: the loss above, with both",
        "真实图像配自己的标签 y 时，分数应高于配其他标签 y′ 时：用上面的损失比较两者",
    ),
    "lesson_term_on_real": ("What the scores of real pictures cost", "真实图像的得分带来的代价"),
    "lesson_term_on_fake": ("What the scores of generated pictures cost", "生成图像的得分带来的代价"),
    "lesson_term_on_difference": (
        "What the difference between the scores of a real and a generated picture costs",
        "真实图像与生成图像的得分之差带来的代价",
    ),
    "lesson_term_every": (
        "Computed at one batch in {every}, and then {every} times as strong: γ = {weight} on average.",
        "每 {every} 个批次计算一次，届时强度乘以 {every}，平均下来 γ = {weight}。",
    ),
    "lesson_alt_curves_d": ("What the discriminator pays for each score. {terms}", "判别器为每个分数付出的代价。{terms}"),
    "lesson_alt_curves_g": ("What the generator pays for each score. {terms}", "生成器为每个分数付出的代价。{terms}"),
    "lesson_axes": (
        "Upwards: what one picture adds to the objective. To the right: {reads}.",
        "纵轴：一张图像给目标函数增加多少。横轴：{reads}。",
    ),
    "lesson_axis": ("for {term} {what}", "{term} 是 {what}"),
    "lesson_axis_none": (
        "{terms}: no curve, since what counts is how steeply the score changes, not the score itself.",
        "{terms} 没有曲线：它看的是分数变化得多陡，而不是分数本身。",
    ),
    "lesson_axis_labels": (
        "{term}: the same as the loss above, of the scores of x with y and with y′.",
        "{term} 与上面的损失相同，只是比较 x 配 y 与配 y′ 的分数。",
    ),
    "lesson_passage_computed": ("computes it", "在这里计算"),
    "lesson_passage_used": ("uses it in the training", "训练时在这里用到"),
    # the training step
    "lesson_step": ("The training step", "一个训练步骤"),
    "lesson_step_how": (
        "For every batch of real pictures the players move in this order.",
        "每取一个批次的真实图像，双方按以下顺序更新。",
    ),
    "lesson_move_d": ("{place}. The discriminator moves, {often}", "{place}. 判别器更新，{often}"),
    "lesson_move_g": ("{place}. The generator moves, {often}", "{place}. 生成器更新，{often}"),
    "lesson_move_every": ("at every batch", "每个批次一次"),
    "lesson_move_some": ("at one batch in {every}", "每 {every} 个批次一次"),
    "lesson_alt_move_d": (
        "Latents z go through the generator G to generated pictures. These and real pictures go through the discriminator D. "
        "Its scores make {terms}, and D is changed to make that smaller.",
        "潜变量 z 经过生成器 G 变成生成图像；生成图像与真实图像一起送入判别器 D。由分数得到 {terms}，再改变 D 使它变小。",
    ),
    "lesson_alt_move_g": (
        "Latents z go through the generator G to generated pictures, and these through the discriminator D, which is held "
        "still. Its scores make {terms}, and G is changed to make that smaller.",
        "潜变量 z 经过生成器 G 变成生成图像，再送入保持不变的判别器 D。由分数得到 {terms}，再改变 G 使它变小。",
    ),
    "lesson_latents": ("latents z", "潜变量 z"),
    "lesson_latents_normal": ("{dim} normal numbers", "{dim} 个正态随机数"),
    "lesson_latents_uniform": ("{dim} uniform numbers", "{dim} 个均匀随机数"),
    "lesson_latents_new": ("{dim} new numbers", "重新抽取 {dim} 个数"),
    "lesson_latents_same": ("the same {dim} as in 1", "同第 1 步的 {dim} 个数"),
    "lesson_real": ("real pictures x", "真实图像 x"),
    "lesson_batch_of": ("a batch of {num}", "一批 {num} 张"),
    "lesson_generated": ("generated G(z)", "生成图像 G(z)"),
    "lesson_held_still": ("held still", "保持不变"),
    "lesson_average": ("moving average", "滑动平均"),
    "lesson_average_shown": ("shown, saved", "用于展示和保存"),
    "lesson_slope_real": ("slope at x", "x 处的斜率"),
    "lesson_slope_fake": ("slope at G(z)", "G(z) 处的斜率"),
    "lesson_slope_between": ("slope between", "两者之间的斜率"),
    "lesson_wrong_label": ("x with y and y′", "x 配 y 与 y′"),
    "lesson_step_in": ("one batch in {every}", "每 {every} 批一次"),
    "lesson_changes_d": ("made smaller by changing D", "改变 D，使其变小"),
    "lesson_changes_g": ("made smaller by changing G", "改变 G，使其变小"),
    "lesson_note_normal": (
        "Each number of z is drawn from the normal distribution with mean 0 and deviation 1.",
        "z 的每个数都抽自均值为 0、标准差为 1 的正态分布。",
    ),
    "lesson_note_uniform": ("Each number of z is drawn evenly from −1 to 1.", "z 的每个数都在 −1 到 1 之间均匀抽取。"),
    "lesson_note_flip": ("Half of the real pictures, by chance, are mirrored.", "真实图像有一半的机会被左右翻转。"),
    "lesson_note_augment": (
        "D sees all pictures, real and generated, through random changes: {names}.",
        "D 看到的所有图像，无论真实还是生成，都先经过随机变化：{names}。",
    ),
    "lesson_note_g_every": (
        "The discriminator moves {every} times for each move of the generator, so that its scores are worth following.",
        "判别器每更新 {every} 次，生成器才更新一次，这样判别器的分数才值得跟随。",
    ),
    "lesson_note_d_every": (
        "The generator moves {every} times for each move of the discriminator.",
        "生成器每更新 {every} 次，判别器才更新一次。",
    ),
    "lesson_note_weight": ("The discriminator's loss is multiplied by {weight}.", "判别器的损失乘以 {weight}。"),
    "lesson_note_average": (
        "After every batch a copy of the generator moves a little towards it: the moving average, in which a change counts "
        "half after {images} pictures. It draws more steadily than the generator itself, so it is what is shown and saved.",
        "每个批次之后，生成器的一份副本都会向它靠近一点，这就是滑动平均：经过 {images} 张图像，一次变化的影响减半。"
        "它画得比生成器本身更稳定，所以展示和保存的都是它。",
    ),
    "lesson_note_no_average": (
        "There is no moving average: the generator itself is shown and saved.",
        "没有滑动平均：展示和保存的就是生成器本身。",
    ),
    "lesson_note_features": (
        "A second discriminator F judges the pictures, at {size} pixels, by what the network {network} sees in them at its "
        "stages {stages}. That network is never trained here; small heads on its maps are. Each F term is the mean over the "
        "heads, and counts {weight} times for the generator.",
        "第二个判别器 F 看的是缩放到 {size} 像素的图像在网络 {network} 第 {stages} 级里的特征图。该网络在这里从不训练，"
        "训练的是特征图上的小型“头”。每个 F 项是各个头的平均，对生成器按 {weight} 倍计入。",
    ),
    "lesson_note_features_augment": (
        "F sees all pictures through random changes of its own: {names}.",
        "F 看到的所有图像也先经过它自己的随机变化：{names}。",
    ),
    "lesson_note_schedule": (
        "Over the first {images} pictures, along half a cosine, {what} goes from {start} to {end}.",
        "在最初的 {images} 张图像里，{what}沿半个余弦从 {start} 变到 {end}。",
    ),
    "lesson_scheduled_lr": ("what both learning rates are multiplied by", "两个学习率所乘的系数"),
    "lesson_scheduled_gamma": ("what γ is multiplied by", "γ 所乘的系数"),
    "lesson_scheduled_mismatch": ("what the weight of wrong labels is multiplied by", "错误标签一项的权重所乘的系数"),
    "lesson_scheduled_beta2": ("Adam's β₂", "Adam 的 β₂"),
    "lesson_scheduled_augment": ("the probability of each random change", "每种随机变化的概率"),
    "lesson_scheduled_ema_half_life": ("the half-life of the moving average, in pictures,", "滑动平均的半衰期（以图像数计）"),
    "lesson_scheduled_features": ("what the weight of the heads on features is multiplied by", "特征头的权重所乘的系数"),
    "lesson_scheduled_feature_size": (
        "the size at which the frozen network sees pictures, in pixels,",
        "冻结网络所见图像的边长（像素）",
    ),
    # the networks
    "lesson_networks": ("The networks, layer by layer", "逐层看网络"),
    "lesson_networks_how": (
        "Sizes are channels × height × width, for one picture. A layer's size along the edge follows from what came in and "
        "what the layer is told: in a convolution ⌊(size + 2·padding − kernel)/stride⌋ + 1, in a transposed convolution "
        "(size − 1)·stride − 2·padding + kernel.",
        "尺寸写作 通道 × 高 × 宽，针对一张图像。每层输出的边长由输入的边长和该层的设置决定："
        "卷积是 ⌊(边长 + 2·填充 − 核)/步幅⌋ + 1，转置卷积是 (边长 − 1)·步幅 − 2·填充 + 核。",
    ),
    "lesson_generator_total": ("Generator G, {total} parameters", "生成器 G，{total} 个参数"),
    "lesson_discriminator_total": ("Discriminator D, {total} parameters", "判别器 D，{total} 个参数"),
    "lesson_head_layer": ("Layer", "层"),
    "lesson_head_shape": ("What comes out", "输出尺寸"),
    "lesson_head_parameters": ("Parameters", "参数"),
    "lesson_head_formula": ("Why that size", "边长怎么来的"),
    "lesson_input_z": ("latent z", "潜变量 z"),
    "lesson_input_image": ("picture", "图像"),
    "lesson_total": ("all together", "合计"),
    "lesson_comma": (", ", "，"),
    "lesson_layer_Linear": ("fully connected", "全连接"),
    "lesson_layer_Conv2d": ("convolution", "卷积"),
    "lesson_layer_ConvTranspose2d": ("transposed convolution", "转置卷积"),
    "lesson_layer_BatchNorm1d": ("batch norm", "批归一化"),
    "lesson_layer_BatchNorm2d": ("batch norm", "批归一化"),
    "lesson_layer_ReLU": ("ReLU", "ReLU"),
    "lesson_layer_LeakyReLU": ("LeakyReLU", "LeakyReLU"),
    "lesson_layer_Tanh": ("tanh, to the range −1 to 1", "tanh，压到 −1 与 1 之间"),
    "lesson_layer_MaxPool2d": ("max pooling", "最大池化"),
    "lesson_layer_Upsample": ("upsampling, each pixel repeated", "上采样，重复每个像素"),
    "lesson_layer_UpsamplingBilinear2d": ("upsampling, bilinear", "上采样，双线性插值"),
    "lesson_layer_Flatten": ("laid out as one row", "展平成一行"),
    "lesson_layer_Unflatten": ("folded into a picture's shape", "折回图像的形状"),
    "lesson_layer_Dropout": ("dropout, of single numbers", "dropout，随机去掉单个数"),
    "lesson_layer_Dropout2d": ("dropout, of whole channels", "dropout，随机去掉整个通道"),
    "lesson_layer_Constant": ("learned constant", "学到的常量"),
    "lesson_layer_Modulated": ("convolution, modulated by the style", "卷积，由风格调制"),
    "lesson_layer_Embedding": ("embedding of the label", "标签嵌入"),
    "lesson_layer_Concat": ("the label joins", "接上标签"),
    "lesson_layer_Add": ("sum of two paths", "两条路径相加"),
    "lesson_told_kernel": ("kernel {value} × {value}", "核 {value} × {value}"),
    "lesson_told_stride": ("stride {value}", "步幅 {value}"),
    "lesson_told_padding": ("padding {value}", "填充 {value}"),
    "lesson_told_groups": ("in {value} groups", "分 {value} 组"),
    "lesson_told_slope": ("slope {value}", "斜率 {value}"),
    "lesson_told_share": ("share {value}", "比例 {value}"),
    "lesson_told_eps": ("ε = {value}", "ε = {value}"),
    "lesson_told_no_bias": ("no bias", "无偏置"),
    "lesson_told_spectral": ("spectral norm", "谱归一化"),
    # the recipes
    "lesson_recipe_digits": (
        "a small DCGAN with labels, for digits; its generator is larger and learns faster than its discriminator",
        "面向数字的小型带标签 DCGAN；生成器比判别器更大，也学得更快",
    ),
    "lesson_recipe_pictures": (
        "a DCGAN for small pictures in colour, against a leaner discriminator without batch norm, with a light R1 penalty",
        "面向彩色小图的 DCGAN；判别器较小、不用批归一化，加少量 R1 惩罚",
    ),
    "lesson_recipe_faces": (
        "a generator of resized convolutions; beside the discriminator on pixels, heads on a frozen network (2021)",
        "采用缩放卷积的生成器；除像素判别器外，还有冻结网络特征上的判别头（2021）",
    ),
    "lesson_recipe_resnet": (
        "small residual networks without normalisation and a light R1 penalty, after R3GAN (2024)",
        "不用归一化的小型残差网络，加少量 R1 惩罚，仿照 R3GAN（2024）",
    ),
    "lesson_recipe_style": (
        "a small StyleGAN2 (2020): the latent becomes a style that modulates every stage, so that stages can be mixed",
        "小型 StyleGAN2（2020）：潜变量先变成“风格”，再调制每一级，因此各级可以混合",
    ),
    "lesson_recipe_dcgan": (
        "the DCGAN (2015) that everyone knows, with a moving average",
        "人人皆知的 DCGAN（2015），外加滑动平均",
    ),
    "lesson_recipe_wgan_gp": (
        "a DCGAN in the Wasserstein game with a gradient penalty (2017); five moves of D for one of G",
        "采用 Wasserstein 目标和梯度惩罚（2017）的 DCGAN；D 更新五次，G 更新一次",
    ),
    "lesson_recipe_sngan": (
        "a DCGAN with spectral norm and the hinge loss (2018); five moves of D for one of G",
        "采用谱归一化和 hinge 损失（2018）的 DCGAN；D 更新五次，G 更新一次",
    ),
    "lesson_recipe_mlp": (
        "two small fully connected networks, the first GAN of a course",
        "两个小型全连接网络，课程里的第一个 GAN",
    ),
    "lesson_recipe_mlp_lsgan": (
        "the same two fully connected networks with the least-squares loss (2017)",
        "同样的两个全连接网络，改用最小二乘损失（2017）",
    ),
    "lesson_recipe_infogan_dc": (
        "the convolutional GAN of the same course, on InfoGAN's networks (2016)",
        "同一课程的卷积 GAN，采用 InfoGAN 的网络（2016）",
    ),
    "lesson_recipe_deep_mlp": (
        "deep fully connected networks, six hidden layers in G and five in D, fourteen million parameters each",
        "深层全连接网络，G 有六个隐藏层，D 有五个，各有一千四百万个参数",
    ),
    "lesson_recipe_dcgan_upsample": (
        "a DCGAN that upsamples and then convolves, which draws no checkerboards; dropout in D",
        "先上采样再卷积的 DCGAN，不会画出棋盘格；D 中使用 dropout",
    ),
    "lesson_recipe_dcgan_linear": (
        "a wide DCGAN that begins with a fully connected layer, with biases everywhere",
        "以全连接层开头的宽 DCGAN，每层都有偏置",
    ),
    "lesson_recipe_dcgan_96": (
        "a DCGAN for anime faces of 96 pixels; five moves of D for one of G, batches of 256",
        "面向 96 像素动漫头像的 DCGAN；D 更新五次，G 更新一次，每批 256 张",
    ),
    # recipes of runs whose weights other programs saved
    "lesson_recipe_pytorch_dcgan": (
        "the DCGAN of PyTorch's tutorial and examples, as its own program trains it",
        "PyTorch 教程与示例中的 DCGAN，训练方式与原程序相同",
    ),
    "lesson_recipe_pytorch_gan_gan": (
        "PyTorch-GAN's first GAN, fully connected, as its own program trains it",
        "PyTorch-GAN 的第一个 GAN，全连接，训练方式与原程序相同",
    ),
    "lesson_recipe_pytorch_gan_wgan_gp": (
        "PyTorch-GAN's WGAN-GP, fully connected, as its own program trains it",
        "PyTorch-GAN 的 WGAN-GP，全连接，训练方式与原程序相同",
    ),
    "lesson_recipe_pytorch_gan_cgan": (
        "PyTorch-GAN's conditional GAN, fully connected, with the least-squares loss, as its own program trains it",
        "PyTorch-GAN 的条件 GAN，全连接，最小二乘损失，训练方式与原程序相同",
    ),
    "lesson_recipe_pytorch_gan_dcgan": (
        "PyTorch-GAN's DCGAN, which upsamples and then convolves, as its own program trains it",
        "PyTorch-GAN 的 DCGAN，先上采样再卷积，训练方式与原程序相同",
    ),
    "lesson_recipe_bubbliiiing_dcgan": (
        "bubbliiiing's DCGAN, which begins with a fully connected layer, as its own program trains it",
        "bubbliiiing 的 DCGAN，以全连接层开头，训练方式与原程序相同",
    ),
    "lesson_recipe_cs231n_gan": (
        "the fully connected GAN of CS231n's assignment, as its own program trains it",
        "CS231n 作业中的全连接 GAN，训练方式与原程序相同",
    ),
    "lesson_recipe_cs231n_lsgan": (
        "the fully connected GAN of CS231n's assignment with the least-squares loss, as its own program trains it",
        "CS231n 作业中采用最小二乘损失的全连接 GAN，训练方式与原程序相同",
    ),
    "lesson_recipe_cs231n_dcgan": (
        "the convolutional GAN of CS231n's assignment, as its own program trains it",
        "CS231n 作业中的卷积 GAN，训练方式与原程序相同",
    ),
}
