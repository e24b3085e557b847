"""The words of the chapter report, and of the report itself."""

WORDS: dict[str, tuple[str, str]] = {
    # the chapter
    "report_about": (
        "Everything that this page knows of a training run, as one file to hand in: what was trained and how, its pictures "
        "at several epochs, its curves, layers and scores, and lines for your own remarks.",
        "把本页关于一个训练记录所知道的一切写成一个可以上交的文件：训练了什么、怎样训练、各个轮次的图像、曲线、网络各层和评分，"
        "还有留给你自己填写的横线。",
    ),
    "report_language": ("Language of the report", "报告的语言"),
    "report_english": ("English", "English（英文）"),
    "report_chinese": ("中文 (Chinese)", "中文"),
    "report_write": ("Write the lab report", "生成实验报告"),
    "report_writing": ("Writing the report of {run} …", "正在写 {run} 的报告……"),
    "report_written": (
        "Saved as {file}. Open it in a browser, type into the ruled lines if you like, and print it (Ctrl+P, on a Mac ⌘P): "
        'paper A4, or "Save as PDF".',
        "已保存为 {file}。用浏览器打开，可以直接在横线上打字，然后打印（Ctrl+P，Mac 上为 ⌘P）：纸张选 A4，或“另存为 PDF”。",
    ),
    "report_failed": ("The report could not be written. {reason}", "无法写出报告。{reason}"),
    "report_preview": ("Preview of the lab report", "实验报告预览"),
    # the report: its head
    "report_title": ("Lab report: {run}", "实验报告：{run}"),
    "report_subtitle": ("Training a generative adversarial network", "训练一个生成对抗网络"),
    "report_name": ("Name", "姓名"),
    "report_course": ("Course", "课程"),
    "report_date": ("Date", "日期"),
    # the run
    "report_setup": ("What was trained", "训练了什么"),
    "report_data": ("Data", "数据"),
    "report_data_said": (
        "{dataset}: {num} images, {width} × {height} pixels, {colours}",
        "{dataset}：{num} 张图像，{width} × {height} 像素，{colours}",
    ),
    "report_adopted": (
        "not known: the weights came from {parent}, which doesn't name them",
        "未知：权重来自 {parent}，该文件没有说明数据",
    ),
    "report_blend": ("Blend of", "混合自"),
    "report_blend_said": (
        "{first} after {of_first} images and {second} after {of_second}",
        "{first}（已看 {of_first} 张图像）与 {second}（{of_second} 张）",
    ),
    "report_grey": ("grey", "灰度"),
    "report_colour": ("colour", "彩色"),
    "report_transparent": ("colour with transparency", "带透明度的彩色"),
    "report_source": ("Source", "来源"),
    "report_classes": ("Labels", "标签"),
    "report_unlabelled": ("none: the networks were trained without labels", "无：训练时没有使用标签"),
    "report_more": ("{names} and {num} more", "{names} 等，另有 {num} 个"),
    "report_recipe": ("Recipe", "配方"),
    "report_length": ("Length", "训练长度"),
    "report_length_said": ("{images} images seen, {epochs} epochs", "已看 {images} 张图像，{epochs} 轮"),
    "report_time": ("Time", "用时"),
    "report_hardware": ("Hardware", "硬件"),
    "report_size": ("Parameters", "参数量"),
    "report_size_said": ("generator {generator}, discriminator {discriminator}", "生成器 {generator}，判别器 {discriminator}"),
    "report_commands": ("The commands that trained it:", "训练它的命令："),
    # the objective
    "report_objective": ("What each network minimises", "两个网络各自最小化什么"),
    "report_objective_said": (
        "D(x) is the discriminator's output before any sigmoid (the logit), x a real picture, G(z) a generated one.",
        "D(x) 是判别器未经 sigmoid 的输出（logit），x 是真实图像，G(z) 是生成的图像。",
    ),
    "report_every": (
        "The gradient penalty is computed once in {every} steps, with {every} times its weight.",
        "梯度惩罚每 {every} 步计算一次，权重相应乘以 {every}。",
    ),
    # the networks
    "report_networks": ("The networks, layer by layer", "网络的各层"),
    "report_generator": ("Generator", "生成器"),
    "report_discriminator": ("Discriminator", "判别器"),
    "report_layer": ("Layer", "层"),
    "report_settings": ("Settings", "设置"),
    "report_shape": ("Output", "输出形状"),
    "report_parameters": ("Parameters", "参数"),
    "report_formula": ("Size of an edge", "边长的计算"),
    "report_sum": ("All layers", "合计"),
    # the training
    "report_course_of": ("The course of the training", "训练的过程"),
    "report_film": (
        "The same {num} latents at {moments} moments of the training.",
        "同样的 {num} 个潜变量 z，在训练的 {moments} 个时刻。",
    ),
    "report_kept": (
        "The pictures that the training kept: the same latents at {moments} moments.",
        "训练时保存的图像：同样的潜变量 z，在 {moments} 个时刻。",
    ),
    "report_no_pictures": (
        "This run holds no snapshot that could be drawn, and no pictures.",
        "此训练记录中没有可以绘制的快照，也没有图像。",
    ),
    "report_curves": (
        "The losses over the images seen. They are a measure of the game, not of the pictures.",
        "损失随已看图像数的变化。它衡量的是博弈，而不是图像的质量。",
    ),
    "report_across": ("across: images seen", "横轴：已看图像数"),
    # the result
    "report_result": ("The result", "结果"),
    "report_found": ("A picture of my own", "我自己的一张图"),
    "report_found_said": (
        "Searched for in the latent space at epoch {epoch}, it was found {error} grey levels away (root mean square, of 255).",
        "在第 {epoch} 轮的潜空间中搜索，找到的图与它相距 {error} 灰度级（均方根，共 255 级）。",
    ),
    "report_found_far": (
        "Searched for in the latent space at epoch {epoch}, no start came near it: {error} grey levels away. "
        "This network can't draw it.",
        "在第 {epoch} 轮的潜空间中搜索，没有一次能接近：相距 {error} 灰度级。这个网络画不出它。",
    ),
    "report_found_odder": (
        "It is odder than {odder} of 100 real pictures that training never saw.",
        "它比训练中没见过的 100 张真实图片中的 {odder} 张更古怪。",
    ),
    "report_found_odder_trained": (
        "It is odder than {odder} of 100 pictures that the network was trained on.",
        "它比训练所用的 100 张真实图片中的 {odder} 张更古怪。",
    ),
    "report_last": (
        "{num} pictures of the last snapshot ({moment}), seed {seed}, ψ 1.",
        "最后一个快照（{moment}）的 {num} 张图，种子 {seed}，ψ 1。",
    ),
    "report_last_labels": (
        "{num} pictures of the last snapshot ({moment}), seed {seed}, ψ 1; each column shows a label.",
        "最后一个快照（{moment}）的 {num} 张图，种子 {seed}，ψ 1；每列一个标签。",
    ),
    "report_scores": (
        "Scores of the generated pictures, held against {num} training images of {dataset}. The last column is what real "
        "pictures score.",
        "生成图像的评分，参照 {dataset} 的 {num} 张训练图像。最后一列是真实图像的得分。",
    ),
    "report_no_scores": ("This run was not measured.", "此训练记录未经评测。"),
    "report_measure": ("Measure", "评价指标"),
    "report_real": ("real", "真实图像"),
    # the settings
    "report_recipe_of": ("All settings", "全部设置"),
    "report_setting": ("Setting", "设置"),
    "report_value": ("Value", "取值"),
    "report_meaning": ("Meaning", "含义"),
    "set_generator": ("the generator's family and width", "生成器的类型与宽度"),
    "set_discriminator": ("the discriminator's family and width", "判别器的类型与宽度"),
    "set_latent_dim": ("numbers in a latent z", "潜变量 z 的维数"),
    "set_latent": ("the distribution that z is drawn from", "z 所服从的分布"),
    "set_loss": ("the adversarial loss", "对抗损失"),
    "set_r1": ("γ of the penalty on real pictures", "真实图像上惩罚项的 γ"),
    "set_r2": ("γ of the penalty on generated pictures", "生成图像上惩罚项的 γ"),
    "set_penalty_every": ("steps from one penalty to the next", "相邻两次惩罚之间的步数"),
    "set_gradient_penalty": ("λ of WGAN-GP's penalty", "WGAN-GP 惩罚项的 λ"),
    "set_mismatch": ("weight of real pictures with a wrong label", "标签配错的真实图像的权重"),
    "set_augment": ("differentiable augmentation", "可微数据增强"),
    "set_flip": ("whether real pictures are mirrored", "真实图像是否左右翻转"),
    "set_batch_size": ("pictures in a batch", "每批图像数"),
    "set_first": ("who moves first", "谁先更新"),
    "set_d_every": ("D moves at every n-th batch", "D 每 n 批更新一次"),
    "set_g_every": ("G moves at every n-th batch", "G 每 n 批更新一次"),
    "set_g_lr": ("Adam's learning rate for G", "G 的 Adam 学习率"),
    "set_d_lr": ("Adam's learning rate for D", "D 的 Adam 学习率"),
    "set_betas": ("Adam's β₁ and β₂", "Adam 的 β₁ 与 β₂"),
    "set_final_lr": ("share of the learning rates at the end", "结束时学习率所剩的比例"),
    "set_ema_half_life": ("half-life of the generator's moving average, in images", "生成器滑动平均的半衰期，以图像数计"),
    "set_features": (
        "second discriminator: heads on a frozen network's features",
        "第二个判别器：冻结网络特征上的头",
    ),
    "set_schedules": (
        "what changes over images along half a cosine: start, end, images",
        "随图像数沿半个余弦变化的量：起点、终点、图像数",
    ),
    "set_seed": ("of all random numbers", "所有随机数的种子"),
    "set_none": ("none", "无"),
    # the student's own
    "report_remarks": ("My remarks", "我的思考"),
    "report_expected": ("What I expected", "我原先的预期"),
    "report_saw": ("What I saw", "我观察到的现象"),
    "report_why": ("Why", "原因"),
    "report_made": ("Written by GAN Studio from the files of the run {run}.", "由 GAN 画室根据训练记录 {run} 的文件生成。"),
    "report_figure": ("Figure {number}.", "图 {number}"),
    "report_table": ("Table {number}.", "表 {number}"),
}
