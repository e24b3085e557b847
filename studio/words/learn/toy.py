"""The words of the chapter toy."""

WORDS: dict[str, tuple[str, str]] = {
    "toy_intro": (
        "The smallest GAN there is: its pictures are points on a line. The generator turns random numbers z into points, the "
        "discriminator says for each place on the line how real a point there looks. Both are small networks, and they are "
        "training here, in your browser.",
        "这是最小的 GAN：它的“图片”只是一条直线上的点。生成器把随机数 z 变成点；判别器对直线上的每个位置给出判断：这里的点有"
        "多像真的。两者都是小型神经网络，此刻就在你的浏览器里训练。",
    ),
    "toy_question": (
        "What will the discriminator's curve do when the generator has become perfect?",
        "当生成器变得完美时，判别器的曲线会怎样？",
    ),
    "toy_guess_half": ("It says 0.5 everywhere", "处处都是 0.5"),
    "toy_guess_one": ("It says 1 wherever there are real data", "凡有真实数据处都是 1"),
    "toy_guess_jumps": ("It jumps about and never rests", "跳来跳去，永不停歇"),
    "toy_because": (
        "The best discriminator is D* = p_data / (p_data + p_g). If p_g = p_data that is 0.5 wherever there are points. The "
        "dotted line is D*, the dashed one the trained D: watch both come to 0.5, with small waves that stay.",
        "最优判别器是 D* = p_data / (p_data + p_g)。当 p_g = p_data 时，凡有点的地方它都等于 0.5。点线是 D*，虚线是训练出的 D："
        "看它们一起趋近 0.5，只留下小小的起伏。",
    ),
    # the drawing
    "alt_toy": (
        "Plot over a line from -4 to 4: the density of real data, the density of generated points, the discriminator D and "
        "the best discriminator D*; ticks are single points",
        "从 -4 到 4 的直线上的曲线：真实数据的密度、生成点的密度、判别器 D 与最优判别器 D*；短竖线是单个的点",
    ),
    "alt_toy_losses": ("Both players' losses over the last 400 steps", "最近 400 步中两个玩家的损失"),
    "toy_data": ("real data, p_data", "真实数据 p_data"),
    "toy_generated": ("generated points, p_g", "生成的点 p_g"),
    "toy_opinion": ("discriminator D", "判别器 D"),
    "toy_optimum": ("the best one, D*", "最优判别器 D*"),
    "toy_g_loss": ("generator's loss", "生成器的损失"),
    "toy_d_loss": ("discriminator's loss", "判别器的损失"),
    "toy_covers_both": (
        "Step {steps}: both groups of real points are found ({left} and {right} of the generated points).",
        "第 {steps} 步：真实数据的两群点都找到了（各占生成点的 {left} 和 {right}）。",
    ),
    "toy_covers_not": (
        "Step {steps}: {left} of the generated points lie in the left group of real points, {right} in the right one.",
        "第 {steps} 步：生成点有 {left} 落在左边那群真实数据里，{right} 落在右边那群里。",
    ),
    "toy_covers_one": (
        "Step {steps}: {left} of the generated points lie among the real ones; they are spread by {spread}, the real ones "
        "by {real} (standard deviation).",
        "第 {steps} 步：生成点有 {left} 落在真实数据的范围里；它们的标准差是 {spread}，真实点的是 {real}。",
    ),
    "toy_gap": (
        "Where there are points, D is {gap} away from D* on average.",
        "在有点的地方，D 与 D* 平均相差 {gap}。",
    ),
    # what the curve of D means
    "note_sigmoid": (
        "D is the sigmoid of the logit: the probability that a point is real. The generator maximises log D of its points.",
        "D 是 logit 的 sigmoid：一个点为真的概率。生成器要最大化自己的点的 log D。",
    ),
    "note_saturating": (
        "D is the sigmoid of the logit. The generator minimises log(1 − D): where D is sure that a point is generated, that "
        "is flat, and the generator learns nothing. Adam hides this by rescaling small gradients, so here it may not rescale "
        "the tiniest ones.",
        "D 是 logit 的 sigmoid。生成器要最小化 log(1 − D)：凡是 D 确信为假的地方，它几乎是平的，生成器什么也学不到。Adam 会放"
        "大很小的梯度而掩盖这一点，所以这里不让它放大最小的那些。",
    ),
    "note_least_squares": (
        "Least squares: D's raw output, trained towards 1 on real points and 0 on generated ones. Its best curve is D* too.",
        "最小二乘：画的是 D 的原始输出，训练目标是真实点为 1、生成点为 0。它的最优曲线同样是 D*。",
    ),
    "note_hinge": (
        "Hinge: D's output is drawn as (D + 1) / 2. Its best curve is a step, not D*: 1 where real points are denser, 0 "
        "where generated ones are.",
        "合页损失：画的是 (D + 1) / 2。它的最优曲线不是 D*，而是阶跃：真实点更密处为 1，生成点更密处为 0。",
    ),
    "note_wasserstein": (
        "Wasserstein: a critic, not a probability; drawn as 0.5 plus an eighth of its height above its mean. A gradient "
        "penalty (one-sided, Petzka et al. 2018) keeps its slope below 1. It doesn't aim at D*.",
        "Wasserstein：D 是评论者（critic），不是概率；画的是 0.5 加上它高出均值部分的八分之一。梯度惩罚（单边，Petzka 等 2018）"
        "使斜率不超过 1。它的目标不是 D*。",
    ),
    "note_relativistic": (
        "Relativistic: only differences of logits count, between a real and a generated point. Drawn is the sigmoid of the "
        "logit less its mean.",
        "相对论式：只有真实点与生成点之间的 logit 之差才算数。画的是 logit 减去均值后的 sigmoid。",
    ),
    # what can be chosen
    "toy_play": ("Train", "训练"),
    "toy_pause": ("Pause", "暂停"),
    "toy_one": ("One step", "走一步"),
    "toy_many": ("100 steps", "走 100 步"),
    "toy_starve": ("See a strong D starve a saturating G", "看强判别器怎样饿死饱和损失的生成器"),
    "toy_anew": ("Start anew", "重新开始"),
    "toy_loss": ("Loss", "损失函数"),
    "loss_non_saturating": ("non-saturating", "非饱和"),
    "loss_saturating": ("saturating", "饱和"),
    "loss_least_squares": ("least squares", "最小二乘"),
    "loss_hinge": ("hinge", "合页（hinge）"),
    "loss_wasserstein": ("Wasserstein, gradient penalty", "Wasserstein（梯度惩罚）"),
    "loss_relativistic": ("relativistic", "相对论式"),
    "toy_race": (
        "The same losses on real pictures, side by side: Train, “Train several side by side”.",
        "想看同样的损失函数在真实图片上并排比较：到“训练”页，勾选“同时训练几个，并排比较”。",
    ),
    "toy_opponent": ("Discriminator", "判别器"),
    "opponent_usual": ("as usual: 2 steps for each of G", "平常：G 每一步，D 两步"),
    "opponent_strong": ("strong: 8 steps for each of G", "强：G 每一步，D 八步"),
    "opponent_weak": ("weak: hardly learns any more", "弱：几乎不再学习"),
    "opponent_alone": ("trains alone, G stands still", "独自训练，G 不动"),
    "toy_real": ("Real data", "真实数据"),
    "data_two": ("two Gaussians", "两个高斯"),
    "data_one": ("one Gaussian", "一个高斯"),
    "toy_start": ("The generator begins", "生成器起点"),
    "start_middle": ("in the middle", "在中间"),
    "start_far": ("far off", "在远处"),
    "start_wide": ("spread wide", "铺得很开"),
    "toy_pace": ("Pace", "速度"),
    "pace_slow": ("4 steps a second", "每秒 4 步"),
    "pace_walk": ("20 steps a second", "每秒 20 步"),
    "pace_run": ("60 steps a second", "每秒 60 步"),
    "pace_fast": ("240 steps a second", "每秒 240 步"),
    "toy_seed": ("Seed", "种子"),
    # hints of the presets
    "watch_held": (
        "Watch: the generator stands still, so the vermilion density never changes. Only D trains, and yet G's loss climbs.",
        "看：生成器静止不动，朱红色的密度从不改变。只有 D 在训练，而 G 的损失却在上升。",
    ),
    "watch_weak": (
        "Watch: D has learned a little and now hardly moves. G's loss falls, D's loss stays high, and the generated points "
        "collapse onto the one place that this D likes best.",
        "看：D 只学了一点，之后几乎不动。G 的损失下降，D 的损失居高不下，生成的点全都塌缩到这个 D 最喜欢的那一处。",
    ),
    "watch_even": (
        "Watch the distance to D* below the curves: at step 0 D says about 0.5 and is far from D*; at the end it says about "
        "0.5 again and is close to D*, because p_g has become p_data.",
        "看曲线下方 D 与 D* 的差距：第 0 步时 D 大约是 0.5，离 D* 很远；到最后它又大约是 0.5，却紧挨着 D*，因为 p_g 已经变成"
        "了 p_data。",
    ),
    "watch_starved": (
        "Watch: the strong D is sure of itself, and log(1 − D) is flat: the generator hardly moves. Then choose the "
        "non-saturating loss.",
        "看：强大的 D 十分自信，log(1 − D) 几乎是平的：生成器几乎不动。然后改选非饱和损失再看看。",
    ),
}
