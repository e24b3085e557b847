"""The words of the chapter game."""

WORDS: dict[str, tuple[str, str]] = {
    "game_intro": (
        "Training a GAN is a game: one number goes down for the one player and up for the other. The simplest such game has "
        "one number for each: x wants xy to be small (the generator, vermilion), y wants it to be large (the discriminator, "
        "indigo). Each follows its own gradient: x ← x − η·y, y ← y + η·x. They are at rest only in the middle, at (0, 0).",
        "训练 GAN 是一场博弈：同一个数，一方要它变小，另一方要它变大。最简单的这种博弈里每方只有一个数：x 想让 xy 变小（生成"
        "器，朱红色），y 想让它变大（判别器，靛蓝色）。双方各沿自己的梯度走：x ← x − η·y，y ← y + η·x。只有在正中间 (0, 0) 它"
        "们才会停下。",
    ),
    "game_question": (
        "They start at (1, 1) and take turns with steps of size 1, y first. What will happen?",
        "它们从 (1, 1) 出发，以步长 1 轮流走，y 先走。会发生什么？",
    ),
    "game_guess_meet": ("They meet in the middle", "它们在中间相遇"),
    "game_guess_away": ("They run away, farther and farther", "它们越跑越远"),
    "game_guess_round": ("They go round for ever", "它们永远绕圈"),
    "game_because": (
        "After six steps they are back at (1, 1), and it begins anew: y = 1 2 1 -1 -2 -1 1, x = 1 -1 -2 -1 1 2 1. Each "
        "answers the other's last move, and neither comes closer to the middle.",
        "六步之后它们又回到 (1, 1)，一切重来：y = 1 2 1 -1 -2 -1 1，x = 1 -1 -2 -1 1 2 1。每一方都在回应对方的上一步，谁也没"
        "有离中间更近。",
    ),
    "game_touch": (
        "Click or drag in the plane to start elsewhere. The ring is the start, the dot where they are.",
        "在平面上点击或拖动可换起点。圆圈是起点，圆点是现在的位置。",
    ),
    "alt_plane": (
        "The plane of x and y with the path of both players: after {steps} steps they are at x = {x}, y = {y}",
        "x 与 y 的平面和双方走过的路径：{steps} 步之后位于 x = {x}，y = {y}",
    ),
    "game_table": ("The last steps", "最近几步"),
    "game_step": ("step", "步"),
    # the settings
    "game_rule": ("How they move", "走法"),
    "rule_simultaneous": ("simultaneous: both at once", "同时更新（simultaneous）"),
    "rule_alternating": ("alternating: y first, then x", "交替更新，y 先（alternating）"),
    "rule_extragradient": ("extragradient: looking ahead", "外梯度：先探一步（extragradient）"),
    "rule_optimistic": ("optimistic: minus the last gradient", "乐观更新：减去上次梯度（optimistic）"),
    "game_size": ("Step size η", "步长 η"),
    "game_play": ("Play", "播放"),
    "game_pause": ("Pause", "暂停"),
    "game_one": ("One step", "走一步"),
    "game_six": ("Six steps", "走六步"),
    "game_anew": ("Start again", "重新开始"),
    "game_start_x": ("Start at x", "起点 x"),
    "game_start_y": ("Start at y", "起点 y"),
    # the outcome and its reason
    "says_simultaneous": (
        "Both look where the other stands now. Their step is at right angles to the line to the middle, so every step leads "
        "outwards, by a factor of √(1 + η²) (Mescheder et al. 2018, arXiv:1801.04406).",
        "双方都只看对方此刻的位置。这一步与指向中心的连线垂直，所以每步都往外走，距离乘以 √(1 + η²)（Mescheder 等 2018，"
        "arXiv:1801.04406）。",
    ),
    "says_alternating": (
        "y moves, and x answers where y is now. That keeps x² + y² + η·x·y = {kept}: they stay on this ellipse (Mescheder et "
        "al. 2018, arXiv:1801.04406). This is how GANs are usually trained.",
        "y 先走，x 再按 y 的新位置回应。这样 x² + y² + η·x·y = {kept} 保持不变：它们一直在这个椭圆上（Mescheder 等 2018，"
        "arXiv:1801.04406）。GAN 通常就是这样训练的。",
    ),
    "says_extragradient": (
        "Both try a step, look at the gradient there, go back and take that one instead (Korpelevich 1976): it already "
        "points a little inwards. With η = 1 the two effects cancel.",
        "双方先试走一步，看那里的梯度，再退回来按它走（Korpelevich 1976）：它已经略微指向中心。η = 1 时两种作用恰好抵消。",
    ),
    "says_optimistic": (
        "Both take twice the new gradient less the last one, which foresees where the other is going (Daskalakis et al. 2018,"
        " arXiv:1711.00141). It helps as long as η is below 1/√3 ≈ 0.577.",
        "双方取新梯度的两倍减去上一次的梯度，等于预见对方的去向（Daskalakis 等 2018，arXiv:1711.00141）。只要 η 小于 1/√3 ≈ "
        "0.577 就有效。",
    ),
    "game_out": (
        "Here, with η = {size}, the distance from the middle is multiplied by {factor} a step in the long run: they run away.",
        "此处 η = {size}，长远看每步与中心的距离乘以 {factor}：它们越跑越远。",
    ),
    "game_in": (
        "Here, with η = {size}, the distance from the middle is multiplied by {factor} a step in the long run: they come to "
        "rest.",
        "此处 η = {size}，长远看每步与中心的距离乘以 {factor}：它们会停下来。",
    ),
    "game_round": (
        "Here, with η = {size}, the distance neither grows nor shrinks in the long run: they go round for ever.",
        "此处 η = {size}，长远看距离既不增也不减：它们永远绕圈。",
    ),
}
