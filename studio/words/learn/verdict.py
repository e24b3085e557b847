"""The words of the chapter verdict."""

WORDS = {
    "verdict_lead": (
        "The discriminator D looks at one picture at a time and answers with one number, its logit: the higher, the more real "
        "it finds the picture. That number, and its slope, is all that the generator G ever learns from.",
        "判别器 D 每次看一张图，只回答一个数，即 logit：越大表示它认为这张图越真。"
        "生成器 G 所学到的一切，都来自这个数和它的梯度。",
    ),
    # the prediction
    "verdict_question": (
        "After training, D scores fresh pictures, real and generated ones. Who gets the higher scores?",
        "训练结束后，D 给一批新的真实图片和生成图片打分。谁的分数更高？",
    ),
    "verdict_choice_real": ("Every real picture scores above every generated one", "每张真实图片都高于每张生成图片"),
    "verdict_choice_overlap": ("Real ones on average, but the two crowds overlap", "平均而言真实图片更高，但两群有重叠"),
    "verdict_choice_fake": ("The generated ones: G was trained to score high", "生成图片更高：G 就是为得高分而训练的"),
    "verdict_choice_same": ("Neither: both score the same", "都一样，分不出高低"),
    "verdict_because": (
        "D learns to push real pictures up and generated ones down, G to push its own up again. How far the crowds overlap "
        "says how far G has come; in theory they become one in the end, in practice D keeps finding differences.",
        "D 学着把真实图片往上推、把生成图片往下压，G 又学着把自己的图片推上去。两群重叠多少，就说明 G 走了多远；"
        "理论上它们最终会合而为一，实际上 D 总能找到差别。",
    ),
    # the settings
    "verdict_moment": ("Snapshot of the generator", "生成器的快照"),
    "verdict_anew": ("Other pictures", "换一批图"),
    "verdict_truth": ("Show which are real", "显示哪些是真的"),
    # the logit histogram
    "verdict_wall": (
        "The pictures by D's logit, from generated to real; arrow keys walk along them",
        "按 D 的 logit 从“生成”到“真实”排列的图片，可用方向键逐张查看",
    ),
    "verdict_low": ("← generated, says D", "← D 说：生成的"),
    "verdict_high": ("real, says D →", "D 说：真的 →"),
    "verdict_real": ("real", "真实图片"),
    "verdict_fake": ("generated", "生成图片"),
    "verdict_line": ("D's line between the two", "D 的分界线"),
    "verdict_tile": ("picture {number} of {num}, logit {logit}", "第 {number} 张，共 {num} 张，logit {logit}"),
    "verdict_tile_real": (
        "picture {number} of {num}, real, logit {logit}",
        "第 {number} 张，共 {num} 张，真实图片，logit {logit}",
    ),
    "verdict_tile_fake": (
        "picture {number} of {num}, generated, logit {logit}",
        "第 {number} 张，共 {num} 张，生成图片，logit {logit}",
    ),
    "alt_verdict": (
        "Histograms of D's logit: {num} real pictures with the mean {real} above the axis, {num} generated ones with the mean "
        "{fake} below it",
        "D 的 logit 直方图：轴上方是 {num} 张真实图片，平均 {real}；轴下方是 {num} 张生成图片，平均 {fake}",
    ),
    "alt_verdict_alone": (
        "Histogram of D's logit: {num} generated pictures with the mean {fake}",
        "D 的 logit 直方图：{num} 张生成图片，平均 {fake}",
    ),
    # the summary
    "verdict_share": (
        "Of {num} pictures of each kind, D tells {right} right: it believes {real} of the real ones and catches {caught} of "
        "the generated ones. 50 % would be tossing a coin.",
        "两类图片各 {num} 张，D 判对了 {right}：真实图片中它相信 {real}，生成图片中它识破 {caught}。50 % 就等于抛硬币。",
    ),
    "verdict_held_out": (
        "The real ones are test pictures, which D never saw in training.",
        "这些真实图片来自测试集，D 在训练中从未见过。",
    ),
    "verdict_trained_on": (
        "The real ones are training pictures: this set has no others.",
        "这些真实图片就是训练图片，这个数据集没有别的图片。",
    ),
    "verdict_share_alone": (
        "Of {num} generated pictures, D catches {caught}.",
        "{num} 张生成图片中，D 识破了 {caught}。",
    ),
    "verdict_no_line": (
        "This run's loss only compares pictures: its logits have no zero, and without real pictures there is no line to draw.",
        "这次训练的损失函数只做比较：logit 没有零点，没有真实图片就画不出分界线。",
    ),
    "line_logistic": (
        "Its line is logit 0, where the sigmoid makes it a probability of one half.",
        "分界线在 logit 0，经 sigmoid 正好是概率一半。",
    ),
    "line_hinge": (
        "Its line is logit 0, in the middle of the hinge loss's margins −1 and +1.",
        "分界线在 logit 0，正是 hinge 损失两条间隔线 −1 与 +1 的中间。",
    ),
    "line_least_squares": (
        "Its line is 0.5, halfway between the targets 0 and 1 of the least-squares loss.",
        "分界线在 0.5，正是最小二乘损失两个目标 0 与 1 的中间。",
    ),
    "line_fixed": (
        "Its line is logit {boundary}, where this loss leaves D undecided.",
        "分界线在 logit {boundary}，在那里这个损失函数让 D 不偏向任何一方。",
    ),
    "line_none": (
        "This run's loss only compares pictures: its logits have no fixed zero. The line is where it tells these pictures "
        "apart best.",
        "这次训练的损失函数只做比较：logit 没有固定的零点。分界线画在最能区分这些图片的位置。",
    ),
    "verdict_lesson_last": (
        "Pull the snapshot back: the same latents, drawn by an earlier generator, before the same judge.",
        "把快照往回拉：同样的潜变量，由更早的生成器画出，再交给同一个判别器。",
    ),
    "verdict_lesson_early": (
        "D is always the last one of the training. An early generator's tricks are long known to it, and it is caught at once; "
        "the D of its own time was as young, and easier to fool.",
        "这里的 D 始终是训练结束时的那一个。早期生成器的把戏它早已见过，一眼就能识破；而当时的 D 同样稚嫩，好骗得多。",
    ),
    "verdict_away": (
        "The pictures that this run was trained on are not on this machine, so D judges the generated ones alone.",
        "训练这个模型的图片不在本机上，所以 D 只能评判生成的图片。",
    ),
    "verdict_coming": ("The real pictures are being read …", "正在读取真实图片 …"),
    "verdict_not_judged": ("D can't be asked. {reason}", "无法询问 D。{reason}"),
    # one picture
    "closer_forgery": ("The best forgery", "最成功的伪造"),
    "closer_doubted": ("The real one D doubts most", "D 最怀疑的真图"),
    "closer_is_real": ("A real picture.", "真实图片。"),
    "closer_is_fake": ("A generated picture.", "生成图片。"),
    "closer_untold": ("Real or generated?", "真的还是生成的？"),
    "closer_heat": ("The gradient: where a change moves D", "梯度：改动哪里最能影响 D"),
    "closer_logit": ("logit {logit}", "logit {logit}"),
    "closer_probable": ("logit {logit}: {percent} real, says D", "logit {logit}，D 认为 {percent} 是真的"),
    "closer_label": ("It was shown to D as a “{label}”.", "给 D 看时附带的标签是“{label}”。"),
    "closer_takes_real": ("D takes it for real.", "D 认为它是真的。"),
    "closer_takes_fake": ("D takes it for generated.", "D 认为它是生成的。"),
    "closer_real_right": ("It is real, and D believes it.", "它是真的，D 也相信。"),
    "closer_doubts": ("It is real, but D doubts it.", "它是真的，D 却不信。"),
    "closer_fooled": ("It is generated, and D is fooled.", "它是生成的，D 被骗了。"),
    "closer_caught": ("It is generated, and D has caught it.", "它是生成的，被 D 识破了。"),
    "closer_darker": ("darker is more real", "变暗更真"),
    "closer_brighter": ("brighter is more real", "变亮更真"),
    "closer_little": ("no matter", "无关紧要"),
    "closer_much": ("matters most", "最要紧"),
    "closer_legend_grey": (
        "Where the colour is strong, a change would move D's verdict most; G follows this very map. Each map has its own "
        "scale: here the strongest colour is a slope of {steepest} from mid-grey to white.",
        "颜色越鲜明，改动那里越能改变 D 的判断；G 正是照着这张图走的。"
        "每张图各有尺度：这里最鲜明的颜色表示从中灰到白，logit 的斜率为 {steepest}。",
    ),
    "closer_legend_colour": (
        "Where the colour is strong, a change would move D's verdict most: the absolute slopes of red, green and blue, added. "
        "Each map has its own scale: here the strongest colour is a slope of {steepest} from mid-grey to full colour.",
        "颜色越鲜明，改动那里越能改变 D 的判断：取红、绿、蓝三个通道斜率的绝对值之和。"
        "每张图各有尺度：这里最鲜明的颜色表示从中灰到最亮，斜率为 {steepest}。",
    ),
    "closer_legend_transparent": (
        "Where the colour is strong, a change would move D's verdict most: the absolute slopes of red, green, blue and alpha, "
        "added. The colour of what is transparent doesn't count. Each map has its own scale: here the strongest colour is a "
        "slope of {steepest} from half to full.",
        "颜色越鲜明，改动那里越能改变 D 的判断：取红、绿、蓝和透明度四个通道斜率的绝对值之和；全透明处的颜色不起作用。"
        "每张图各有尺度：这里最鲜明的颜色表示从一半到最大，斜率为 {steepest}。",
    ),
    # the game
    "guess_title": ("You against D", "你和 D 比一比"),
    "guess_lead": (
        "One picture at a time: is it real, or did the generator of the chosen snapshot draw it? D judges the same ones.",
        "一次一张图：它是真的，还是所选快照的生成器画的？D 判断的是同样的图。",
    ),
    "guess_real": ("Real", "真的"),
    "guess_fake": ("Generated", "生成的"),
    "guess_next": ("Next picture", "下一张"),
    "guess_deck": ("Another deck", "再来一轮"),
    "guess_keys": ("Keys: ← generated, → real, Enter goes on.", "按键：← 生成的，→ 真的，回车继续。"),
    "guess_count": ("Picture {number} of {num}", "第 {number} 张，共 {num} 张"),
    "guess_label": (", a “{label}”", "，标签“{label}”"),
    "guess_card": ("Picture {number}: real or generated?", "第 {number} 张：真的还是生成的？"),
    "guess_was_real": ("It is real.", "这是真的。"),
    "guess_was_fake": ("It is generated.", "这是生成的。"),
    "guess_both": ("You and D (logit {logit}) both knew.", "你和 D（logit {logit}）都判对了。"),
    "guess_you_alone": ("You knew; D (logit {logit}) did not.", "你判对了，D（logit {logit}）判错了。"),
    "guess_d_alone": ("D (logit {logit}) knew; you did not.", "D（logit {logit}）判对了，你判错了。"),
    "guess_neither": ("Neither you nor D (logit {logit}) knew.", "你和 D（logit {logit}）都判错了。"),
    "guess_summed": (
        "Of this deck you told {right} of {num} right, D {ds}.",
        "这一轮 {num} 张，你判对 {right} 张，D 判对 {ds} 张。",
    ),
    "guess_you": ("You", "你"),
    "guess_d": ("D", "D"),
    "guess_of": ("{right} of {of}, {percent}", "{of} 张中 {right} 张，{percent}"),
    "guess_reset": ("Start the score anew", "重新计分"),
    "guess_past": ("The pictures so far: you above, D below", "已判过的图：上为你，下为 D"),
    "guess_away": (
        "This game can't be played with this run: its real pictures are not on this machine. Choose the run mnist above.",
        "这个模型玩不了这个游戏：它的真实图片不在本机上。请在上方选择 mnist。",
    ),
}
