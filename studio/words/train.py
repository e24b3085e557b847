"""The words of the Train tab, except those of uploads."""

WORDS = {
    "train": ("Train", "训练"),
    # the visitor's own trainings
    "train_jobs": ("Your trainings", "你的训练"),
    "train_new": ("New training", "新训练"),
    "train_is_waiting": ("{title} (waiting)", "{title}（排队中）"),
    "train_is_running": ("{title} (running)", "{title}（训练中）"),
    "train_is_paused": ("{title} (paused)", "{title}（已暂停）"),
    "train_is_finished": ("{title} (done)", "{title}（已完成）"),
    "train_is_failed": ("{title} (failed)", "{title}（失败）"),
    # the example
    "train_example": ("An example: {run} learns {what}", "示例：让 {run} 学画 {what}"),
    "train_example_only": ("An example: {run} learns to draw only {what}", "示例：让 {run} 只画 {what}"),
    "train_example_parent": ("where it began", "训练的起点"),
    "train_half": ("Half-way", "中途"),
    "train_end": ("At the end", "结束时"),
    "train_example_classes": (
        "It saw {images} images, from {pictures} pictures of {dataset} with the label {what}, in {time}, on {hardware}. "
        "The same latents everywhere.",
        "用 {dataset} 中标签为 {what} 的 {pictures} 张图，共看了 {images} 张次，用时 {time}，硬件：{hardware}。"
        "各处均为相同的潜变量 z。",
    ),
    "train_example_set": (
        "It saw {images} images, from the {pictures} pictures of {dataset}, in {time}, on {hardware}. "
        "The same latents everywhere.",
        "用 {dataset} 的 {pictures} 张图，共看了 {images} 张次，用时 {time}，硬件：{hardware}。各处均为相同的潜变量 z。",
    ),
    "train_repeat": ("Repeat this", "重做一遍"),
    "train_repeat_says": ("No upload needed; you can watch.", "无需上传，可全程观看。"),
    # the form
    "train_from": ("Start from", "从哪里开始"),
    "train_start": ("Run", "训练记录"),
    "train_scratch": ("from scratch", "从零开始"),
    "train_recipe": ("Recipe", "配方"),
    "train_suited": ("{name} (suits the pictures)", "{name}（适合这些图片）"),
    "train_draws": ("What it draws now", "它现在画的图"),
    "train_on": ("Learn from", "用什么训练"),
    "train_kind": ("Pictures", "图片"),
    "train_built_in": ("a built-in set", "内置数据集"),
    "train_upload": ("your own pictures", "你自己的图片"),
    "train_set": ("Set", "数据集"),
    "train_classes": ("Only these labels (none chosen: all)", "只用这些标签（不选即全部）"),
    "train_sees": ("Some of the {num} pictures that it will learn from", "它将学习的 {num} 张图中的一部分"),
    "train_long": ("How long", "训练多久"),
    "train_until": ("Train for", "训练量"),
    "train_unit": ("Unit", "单位"),
    "train_unit_minutes": ("minutes", "分钟"),
    "train_unit_images": ("images", "张图像"),
    "train_more": ("Learning rates, batch size, snapshots, seed", "学习率、批大小、快照与种子"),
    "train_more_says": (
        "Left empty, each is as the run or the recipe has it, which is a good choice.",
        "留空则沿用该训练记录或配方的值，通常就很合适。",
    ),
    "train_g_lr": ("Learning rate of the generator", "生成器的学习率"),
    "train_d_lr": ("Learning rate of the discriminator", "判别器的学习率"),
    "train_batch_size": ("Batch size", "批大小"),
    "train_snapshot_every": ("Epochs from snapshot to snapshot", "每隔多少轮存一个快照"),
    "train_grid_every": ("Steps from picture to picture", "每隔多少步画一张图"),
    "train_begin_it": ("Begin", "开始"),
    "train_go": ("Start training", "开始训练"),
    "train_measure": ("Estimate", "估算"),
    "train_measuring": ("Trying a few steps on this machine …", "正在本机试跑几步……"),
    "train_starting": ("Starting …", "正在启动……"),
    "train_unmeasured": (
        "It will run on {hardware}. “Estimate” tries a few steps and says what to expect.",
        "将在 {hardware} 上运行。“估算”会试跑几步，告诉你大致情况。",
    ),
    "train_sees_images": (
        "About {speed} images a second here: it will see {images} images, and need {memory} of memory.",
        "本机约每秒 {speed} 张：共会看到 {images} 张次，需要约 {memory} 内存。",
    ),
    "train_takes_time": (
        "About {speed} images a second here: it will take {time}, and need {memory} of memory.",
        "本机约每秒 {speed} 张：需要 {time}，约 {memory} 内存。",
    ),
    "train_busy": ("Another training ran meanwhile; alone it is faster.", "测量时有另一个训练在运行；单独运行会更快。"),
    "train_private": (
        "One training runs at a time; others wait. Yours goes on when you close the page, for {minutes} minutes at most. "
        "Only you, and whoever you give its private link, can see it; it is deleted {hours} hours after it ends.",
        "同一时间只运行一个训练，其余排队。关闭页面后你的训练仍会继续，最长 {minutes} 分钟。"
        "只有你和拿到私密链接的人能看到它；结束 {hours} 小时后删除。",
    ),
    # numbers and times
    "train_seconds": ("{num} s", "{num} 秒"),
    "train_minutes": ("{num} min", "{num} 分钟"),
    "train_hours": ("{hours} h {num} min", "{hours} 小时 {num} 分钟"),
    "train_megabytes": ("{num} MB", "{num} MB"),
    "train_left": ("{time} left", "剩余 {time}"),
    "train_title_waiting": ("Waiting, place {place}", "排队中，第 {place} 位"),
    "train_title_running": ("{share} %, {left}", "{share}%，{left}"),
    "train_title_unknown": ("{share} %", "{share}%"),
    "train_title_stopping": ("Saving", "正在保存"),
    "train_title_paused": ("Paused at {share} %", "已暂停于 {share}%"),
    "train_title_finished": ("Training done", "训练完成"),
    "train_title_failed": ("Training failed", "训练失败"),
    # the displayed training
    "train_progress": ("How far the training is", "训练进度"),
    "train_waiting": ("Waiting, place {place} in the queue", "排队中，第 {place} 位"),
    "train_preparing": ("Preparing", "准备中"),
    "train_running": ("Training", "训练中"),
    "train_stopping": ("Saving what it has learned so far", "正在保存已学到的内容"),
    "train_paused": ("Paused", "已暂停"),
    "train_interrupted": ("Interrupted; what was learned so far is saved", "已中断；到目前为止的成果已保存"),
    "train_finished": ("Done in {time}", "已完成，用时 {time}"),
    "train_stopped": ("Stopped after {time}", "已停止，用时 {time}"),
    "train_failed": ("Failed", "失败"),
    "train_of": ("{images} of {total} images", "{images} / {total} 张图像"),
    "train_seen": ("{images} images", "{images} 张图像"),
    "train_rate": ("{speed} images a second", "每秒 {speed} 张"),
    "train_pause": ("Pause", "暂停"),
    "train_resume": ("Continue", "继续"),
    "train_stop": ("Stop", "停止"),
    "train_share": ("Copy private link", "复制私密链接"),
    "train_share_copied": (
        "Copied. Whoever has it can watch, and do nothing else.",
        "已复制。拿到链接的人只能观看，不能操作。",
    ),
    "train_looking": (
        "You have a private link to somebody's training: you can watch it and look at what it draws.",
        "这是他人训练的私密链接：你可以观看，也可以查看它画的图。",
    ),
    "train_gone": ("This training can't be shown. {reason}", "无法显示此训练。{reason}"),
    # its pictures
    "train_parent": ("Parent: {run}", "父模型：{run}"),
    "train_begin": ("At the start", "开始时"),
    "train_first_says": ("before training", "训练前"),
    "train_now": ("Now", "现在"),
    "train_after": ("after {images} images", "{images} 张图像之后"),
    "train_real": ("Real pictures", "真实图片"),
    "train_yours": ("Your pictures", "你的图片"),
    "train_real_says": ("what it learns from", "它学习的对象"),
    "train_real_coming": ("They are being read.", "正在读取。"),
    "train_real_gone": ("They were deleted when the training ended.", "训练结束时已删除。"),
    "train_real_hidden": ("Only their owner can see them.", "只有上传者本人可见。"),
    "train_not_begun": ("It has not begun.", "尚未开始。"),
    "train_no_picture": ("The first picture comes in a moment.", "第一张图马上就到。"),
    "train_no_picture_left": ("It left no picture.", "没有留下图片。"),
    "train_grid_says": ("All latents of its picture after {images} images", "{images} 张图像之后，全部潜变量 z 的图"),
    "train_on_real": ("D(real), mean logit", "D(真实图)，logit 均值"),
    "train_on_fake": ("D(generated), mean logit", "D(生成图)，logit 均值"),
    "train_alt_outputs": (
        "What the discriminator says of real and of generated pictures, over the images seen",
        "判别器对真实图与生成图的输出随已看图像数的变化曲线",
    ),
    "train_same": ("The same from the command line", "用命令行做同样的事"),
    "train_copy_command": ("Copy the command", "复制命令"),
    # health and remedies
    "health_learning": ("It is learning.", "它正在学习。"),
    "health_winning": ("The discriminator is winning.", "判别器占了上风。"),
    "health_collapsing": ("The generator is collapsing.", "生成器正在发生模式崩溃。"),
    "health_memorising": ("The generator is memorising.", "生成器在死记训练图片。"),
    "health_diverging": ("The training is diverging.", "训练正在发散。"),
    "health_artefacts": ("Its pictures have artefacts.", "生成的图有瑕疵。"),
    "health_early": ("It is too early to say how it goes.", "现在判断进展如何还太早。"),
    "health_few_lines": (
        "{lines} of the {needed} readings that this takes are there.",
        "需要 {needed} 次读数，目前有 {lines} 次。",
    ),
    "health_balanced": (
        "The discriminator's loss is {loss} % of that of mere guessing: neither player has run away from the other.",
        "判别器的损失是纯猜测时的 {loss}%：双方都没有把对方甩开。",
    ),
    "health_in_motion": ("Nothing in its numbers says otherwise.", "各项数值没有异常。"),
    "health_loss_runs_away": (
        "The discriminator's loss is {loss} times that of mere guessing: worse than saying nothing.",
        "判别器的损失是纯猜测时的 {loss} 倍：还不如不作判断。",
    ),
    "health_logits_run_away": (
        "The discriminator's mean logits of real and of generated pictures lie {logit} apart, beyond all use.",
        "判别器对真实图与生成图的 logit 均值相差 {logit}，已大得失去意义。",
    ),
    "health_all_alike": (
        "Two generated pictures differ by only {diversity} % of what two real ones do: it draws ever the same.",
        "两张生成图的差别只有两张真实图之间的 {diversity}%：它总在画同样的东西。",
    ),
    "health_repeated": (
        "The double of a generated picture lies at {apart} % of the distance that real ones keep: it repeats itself.",
        "生成图与其最像的另一张之间，距离只有真实图之间的 {apart}%：它在重复自己。",
    ),
    "health_copied": (
        "Its pictures lie at {nearest} % of the distance from the training pictures that these keep from each other: "
        "they are near copies.",
        "生成图到训练图片的距离，只有训练图片彼此间距离的 {nearest}%：几乎就是照抄。",
    ),
    "health_told_apart": (
        "Its loss is {loss} % of that of mere guessing: it tells real from generated so surely that the generator learns "
        "little.",
        "它的损失是纯猜测时的 {loss}%：真假分得太准，生成器几乎学不到什么。",
    ),
    "health_washed": (
        "{wash} % of them have an overall colour that only 1 % of the real pictures have: a wash of colour lies over them.",
        "其中 {wash}% 的整体色调，在真实图片中只有 1% 才有：像是蒙上了一层颜色。",
    ),
    "health_clipped": (
        "Of their values {clipped} % more than of real pictures' are 0 or 255: the colours are overdriven.",
        "取值为 0 或 255 的比例比真实图片高出 {clipped}%：颜色过饱和。",
    ),
    "health_patterned": (
        "A fine periodic pattern of {pattern} grey levels lies over them, which real pictures don't have.",
        "图上有一层强度为 {pattern} 个灰度级的细密周期花纹，真实图片中没有。",
    ),
    "health_lower_rate": ("Go on with half the learning rates", "学习率减半，继续"),
    "health_more_augmentation": ("Go on with more augmentation", "增强数据增广，继续"),
    "health_rollback": ("Back to the last good state, at half the learning rates", "退回上一个良好的状态，学习率减半"),
    "health_went_back": (
        "It went back to its last good state, after {images} images, and goes on with half the learning rates.",
        "已退回上一个良好的状态（{images} 张图片之后），以一半的学习率继续。",
    ),
    "health_began_again": (
        "It went back to its beginning, and goes on with half the learning rates.",
        "已退回起点，以一半的学习率继续。",
    ),
    # why a training failed
    "failed_killed": (
        "Its process was ended from outside, perhaps for want of memory. What was saved can be used and continued.",
        "训练进程被外部终止，可能是内存不足。已保存的内容仍可使用，也可继续训练。",
    ),
    "failed_disk_full": (
        "The server's disk is full. What was saved before can be used.",
        "服务器磁盘已满。此前保存的内容仍可使用。",
    ),
    "failed_disk_limit": (
        "The room for trainings on this server is used up. What was saved before can be used.",
        "本服务器留给训练的空间已用完。此前保存的内容仍可使用。",
    ),
    "failed_out_of_memory": (
        "It needed more memory than there is. Choose a smaller batch size, or a smaller run to start from.",
        "所需内存超出可用内存。请选更小的批大小，或从更小的训练记录开始。",
    ),
    "failed_diverged": (
        "Its numbers grew beyond all bounds. Go back to the last good state, or begin anew with lower learning rates.",
        "训练数值发散了。可退回最后的良好状态，或以更低的学习率重新开始。",
    ),
    "failed_stuck": ("It took far longer than its time, and was ended.", "它远远超出了规定时间，已被终止。"),
    "failed_no_gpu": (
        "This Space lent no GPU. What was trained before is kept; continue later.",
        "此 Space 没有分配到 GPU。已训练的内容均已保留，请稍后继续。",
    ),
    "failed_refused": ("The trainer refused what was asked for:", "训练程序拒绝了这一请求："),
    "failed_crashed": (
        "The trainer ended with an error that nobody foresaw. What was saved can be used.",
        "训练程序因意外错误结束。已保存的内容仍可使用。",
    ),
    # actions on the run
    "train_look": ("Look at it", "看看结果"),
    "train_beside": ("{tab}, beside {run}", "{tab}，与 {run} 对比"),
    "train_keep": ("Take it along", "保存结果"),
    "train_zip": ("Download .zip", "下载 .zip"),
    "train_packing": ("Packing …", "正在打包……"),
    "train_saved": (
        "Saved as {name}. `python app.py --checkpoints` opens its folder.",
        "已保存为 {name}。解压后可用 `python app.py --checkpoints` 打开。",
    ),
    "train_delete": ("Delete", "删除"),
    "train_sure": ("Delete it for good?", "确定永久删除吗？"),
    "train_yes": ("Delete", "删除"),
    "train_no": ("Keep", "保留"),
    "train_lasts": (
        "It is deleted {hours} hours after it ended: download it to keep it.",
        "结束 {hours} 小时后会被删除：想留下请下载。",
    ),
    "train_lasts_space": (
        "A Space's disk does not last: a restart deletes this run, and {hours} hours do so in any case. "
        "Download or publish it to keep it.",
        "Space 的磁盘不会长期保存：重启会删除此训练记录，{hours} 小时后也会删除。想留下请下载或发布。",
    ),
}
