"""The words of races: several trainings side by side in the Train tab."""

WORDS = {
    # the form
    "race": ("Race", "竞赛"),
    "race_on": ("Train several side by side", "同时训练几个，并排比较"),
    "race_says": (
        "The same pictures, networks and seed: only the loss or the setting chosen here differs. They take turns, so each "
        "trains equally long.",
        "图片、网络和种子都相同，只有这里选的损失函数或设置不同。它们轮流训练，时间均等。",
    ),
    "race_lane": ("Training {number}", "第 {number} 个训练"),
    "race_lane_value": ("Value for training {number}", "第 {number} 个训练的数值"),
    "race_losses": ("Loss", "损失函数"),
    "race_settings": ("A setting", "某项设置"),
    "race_betas": ("Averages of Adam", "Adam 的滑动平均"),
    "race_add": ("Add a training", "再加一个训练"),
    "race_remove": ("Leave out training {number}", "去掉第 {number} 个训练"),
    "race_go": ("Start the race", "开始竞赛"),
    "race_takes": (
        "{num} trainings of {time} each, one after the other in short turns: {all} in all, on {hardware}.",
        "{num} 个训练，每个 {time}，轮流进行：共 {all}，硬件：{hardware}。",
    ),
    "race_takes_images": (
        "{num} trainings of {images} images each, one after the other in short turns, on {hardware}.",
        "{num} 个训练，每个看 {images} 张图像，轮流进行，硬件：{hardware}。",
    ),
    # what a training of a race has of its own
    "race_wasserstein": ("Wasserstein, no penalty", "Wasserstein（无惩罚）"),
    "race_wgan_gp": ("WGAN-GP: Wasserstein, gradient penalty 10", "WGAN-GP：Wasserstein，梯度惩罚 10"),
    "race_r1": ("R1 penalty {value}", "R1 惩罚 {value}"),
    "race_r2": ("R2 penalty {value}", "R2 惩罚 {value}"),
    "race_gradient_penalty": ("gradient penalty {value}", "梯度惩罚 {value}"),
    "race_g_lr": ("generator's learning rate {value}", "生成器学习率 {value}"),
    "race_d_lr": ("discriminator's learning rate {value}", "判别器学习率 {value}"),
    "race_beta": ("Adam's betas {value}", "Adam 的 β：{value}"),
    # the displayed race
    "race_facts": ("after {images} images in {time}", "{time}，{images} 张图像之后"),
    "race_none": ("Its first picture comes in a moment.", "第一张图马上就到。"),
    "race_diversity": ("How different its pictures are, 1 = as real ones", "生成图之间的差异，1 = 与真实图相同"),
    "race_g_loss": ("Generator's loss", "生成器损失"),
    "race_d_loss": ("Discriminator's loss", "判别器损失"),
    "race_alt": ("{what}, of each training over its seconds of training", "{what}：各训练随训练时间（秒）的变化曲线"),
    "race_curves_says": (
        "Over the seconds that each has trained. Of losses with different formulas only the course can be compared, not the "
        "height; what lies beyond ±10 is drawn at the edge.",
        "横轴是各自训练的秒数。公式不同的损失只能比较走势，不能比较高低；超出 ±10 的部分画在边缘。",
    ),
    "race_failed": ("It ended before the others: {reason}", "它提前结束了：{reason}"),
}
