"""The words of the chapter myths."""

WORDS: dict[str, tuple[str, str]] = {
    "myths_intro": (
        "Sentences that students write in their reports, and what becomes of them when they are tried.",
        "学生实验报告里常写的句子，以及试一试之后会怎样。",
    ),
    # G's loss is not a distance
    "myth_distance": (
        "“The generator's loss is the difference between real and generated pictures.”",
        "“生成器的损失就是真实图片与生成图片之间的差别。”",
    ),
    "myth_distance_question": (
        "The generator is held still: its pictures don't change. Only the discriminator trains on. What does the generator's "
        "loss do?",
        "生成器保持不动：它的图片不变。只有判别器继续训练。生成器的损失会怎样？",
    ),
    "myth_distance_same": ("It stays the same, as the pictures do", "不变，因为图片没变"),
    "myth_distance_rises": ("It rises", "上升"),
    "myth_distance_falls": ("It falls", "下降"),
    "myth_distance_because": (
        "G's loss is D's opinion of the generated pictures; no real picture is compared with them. As D gets better at "
        "telling them apart, the loss of the very same pictures rises. So losses of two runs, or of two moments of one run, "
        "can't be compared: each was measured by another D.",
        "G 的损失是 D 对生成图片的看法；其中没有拿真实图片与它们比较。D 越会分辨，同样的图片损失就越高。所以两次训练之间、甚"
        "至同一次训练的两个时刻之间，损失都不能直接比较：每次都是另一个 D 量出来的。",
    ),
    # a loss that doesn't fall
    "myth_flat": (
        "“The generator's loss does not fall, so nothing is being learned.”",
        "“生成器的损失不下降，所以什么也没学到。”",
    ),
    "myth_flat_question": (
        "While the pictures get better, epoch after epoch: what does the generator's loss do?",
        "图片一轮比一轮好的时候，生成器的损失会怎样？",
    ),
    "myth_flat_falls": ("It falls as the pictures get better", "图片越好，损失越低"),
    "myth_flat_wanders": ("It wanders about and need not fall", "起起伏伏，不一定下降"),
    "myth_flat_zero": ("It goes to zero", "趋于零"),
    "myth_flat_because": (
        "Both players get better at once, so neither has to win. A flat or rising G loss means that D keeps up, which is "
        "what the generator needs to learn from. Look at the pictures of fixed latents over the epochs, or at a measure such "
        "as FID.",
        "两个玩家同时变强，谁也不必赢。G 的损失持平甚至上升，只说明 D 跟得上，而生成器正是要向这样的 D 学习。应当看同一批潜变"
        "量 z 在各轮的图片，或看 FID 这样的指标。",
    ),
    # a falling loss beside a weak D
    "myth_falling": (
        "“The generator's loss falls and the discriminator's loss stays high: training goes well.”",
        "“生成器的损失在下降，判别器的损失一直很高：训练得很好。”",
    ),
    "myth_falling_question": (
        "A discriminator has learned a little and then hardly learns any more. The generator's loss falls towards zero. "
        "Where are the generated points then?",
        "一个判别器只学了一点，之后几乎不再学习。生成器的损失降向零。这时生成的点在哪里？",
    ),
    "myth_falling_spread": ("Spread like the real data", "像真实数据那样分布"),
    "myth_falling_one": ("Almost all in one place", "几乎都在同一处"),
    "myth_falling_anywhere": ("Anywhere", "随便哪里"),
    "myth_falling_because": (
        "The generator goes where D's answer is highest, and all of its points go there: the pictures collapse. A high D "
        "loss that doesn't move says that D is deceived and doesn't answer. A falling G loss only says that the opponent is "
        "weak, not that the pictures are good.",
        "生成器会去 D 打分最高的地方，而且所有的点都去那里：图片塌缩了。D 的损失居高不动，说明 D 被骗了却不还手。G 的损失下降"
        "只说明对手弱，不说明图片好。",
    ),
    # D at 0.5
    "myth_half": (
        "“The discriminator says 0.5 for everything, so it has learned nothing.”",
        "“判别器对什么都说 0.5，所以它什么也没学到。”",
    ),
    "myth_half_question": (
        "A discriminator says 0.5 everywhere. What do you know?",
        "一个判别器处处都说 0.5。由此能知道什么？",
    ),
    "myth_half_nothing": ("It has learned nothing", "它什么也没学到"),
    "myth_half_perfect": ("The generator is perfect", "生成器已经完美"),
    "myth_half_either": ("Either may be true: the number alone can't tell", "两者都有可能：单凭这个数分不出来"),
    "myth_half_because": (
        "An untrained D says about 0.5, because it knows nothing; a fully trained D says 0.5 too when p_g = p_data, because "
        "nothing is left to tell apart. What differs is the distance to D*, and with it the pictures. At that point D's loss "
        "is 2 ln 2 = 1.386 and G's ln 2 = 0.693: the players are even, but the two losses are not equal.",
        "没训练过的 D 大约说 0.5，因为它什么都不知道；充分训练的 D 在 p_g = p_data 时也说 0.5，因为已经没有什么可分辨。区别在"
        "于与 D* 的差距，也就是图片的好坏。此时 D 的损失是 2 ln 2 = 1.386，G 的损失是 ln 2 = 0.693：双方势均力敌，两个损失却"
        "并不相等。",
    ),
    "myth_try": ("Show me in the GAN on a line", "在直线上的 GAN 里看"),
    "myth_epochs": ("Show me in the Epochs tab", "到“训练历程”页看"),
}
