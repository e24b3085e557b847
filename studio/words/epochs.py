"""The words of the Epochs tab."""

WORDS = {
    # what is shown
    "mode": ("Show", "显示方式"),
    "strip": ("Film strip", "胶片"),
    "pair": ("Two side by side", "左右对比"),
    "left": ("Left", "左"),
    "right": ("Right", "右"),
    "rows_of": ("Rows", "各行"),
    "rows_shelf": ("Shelf", "收藏"),
    "other_run": ("Compare with", "与之对比"),
    "no_other": ("no other run", "不对比"),
    "in_step": ("In step by", "同步依据"),
    "step_share": ("share of each course", "各自进度的比例"),
    # the film
    "film": ("The training as a film", "训练过程影片"),
    "film_second": ("The second run's film", "第二个训练记录的影片"),
    "film_keys": (
        "Space plays from the start, the arrow keys step. A click on a picture shows it at every snapshot.",
        "空格键从头播放，方向键逐个快照移动。点击一张图，可看它在每个快照中的样子。",
    ),
    "film_not_drawn": ("Not all of this can be drawn. {reason}", "有些图无法画出。{reason}"),
    "film_not_saved": ("The picture could not be saved. {reason}", "图片无法保存。{reason}"),
    "moment": ("Moment of the training", "训练时刻"),
    "play": ("Play", "播放"),
    "pause": ("Pause", "暂停"),
    "caption_shelf": ("{run}, {moment}, pinned, ψ {truncation}", "{run}，{moment}，收藏的图，ψ {truncation}"),
    "caption_left": ("left: {caption}", "左：{caption}"),
    "caption_right": ("right: {caption}", "右：{caption}"),
    "divider": ("Divider between the two runs", "两个训练记录之间的分界线"),
    "divider_says": ("{run} on the left {share} %", "左侧 {share}% 为 {run}"),
    "kin_same": ("{run} is of the same lineage: both show the same latents.", "{run} 属于同一系：两边是相同的潜变量 z。"),
    "kin_seed": (
        "{run} is of another lineage: it shows latents of its own, of the same seed {seed}.",
        "{run} 属于另一系：它显示自己的潜变量 z，种子同为 {seed}。",
    ),
    "kin_shelf": (
        "{run} is of another lineage and can't draw the pinned latents: its seed {seed} is shown.",
        "{run} 属于另一系，无法画出收藏的潜变量 z：显示的是它的种子 {seed}。",
    ),
    "album_caption": ("{run}, {moment}", "{run}，{moment}"),
    # pictures by name
    "latent_number": ("latent {number}", "潜变量 {number}"),
    "latent_label": ("latent {number}, label {label}", "潜变量 {number}，标签 {label}"),
    "latent_at": ("{latent}, {moment}", "{latent}，{moment}"),
    "heads": ("epoch", "轮次"),
    "span": ("{first} to {last}", "{first}至{last}"),
    # one latent at every snapshot
    "closeup_section": ("One latent at every snapshot", "一个潜变量在每个快照中的样子"),
    "closeup": ("{latent} of {run}, at every epoch", "{run}，{latent}，逐轮的样子"),
    "closeup_picked": ("a pinned latent", "收藏的潜变量"),
    "closeup_pin": ("Pin", "收藏"),
    "closeup_close": ("Close", "关闭"),
    # the snapshots' scores
    "scores": ("How good each snapshot is", "每个快照有多好"),
    "measure": ("Measure", "评价指标"),
    "measure_fid": ("FID (lower is better)", "FID（越低越好）"),
    "measure_kid": ("KID (lower is better)", "KID（越低越好）"),
    "measure_precision": ("Precision (higher is better)", "精确率（越高越好）"),
    "measure_recall": ("Recall (higher is better)", "召回率（越高越好）"),
    "measure_swd": ("Sliced Wasserstein distance × 1000 (lower is better)", "切片 Wasserstein 距离 × 1000（越低越好）"),
    "measure_digit_distance": (
        "Fréchet distance in a digit classifier's features (lower is better)",
        "数字分类器特征上的 Fréchet 距离（越低越好）",
    ),
    "measure_agreement": ("Agreement with the label that was asked for", "与所要求标签一致的比例"),
    "measure_balance": ("Balance of the ten digits (1 is even)", "十个数字的均衡程度（1 为完全均衡）"),
    "measure_diversity": ("Diversity: 1 − mean SSIM of pairs", "多样性：1 − 成对 SSIM 的均值"),
    "measure_nearest_ratio": (
        "Distance to the nearest training image, over that of unseen pictures",
        "到最近训练图像的距离，与未见过的图像之比",
    ),
    "measure_mean_grey": (
        "Mean grey (near that of real pictures is best)",
        "灰度均值（越接近真实图像越好）",
    ),
    "measure_mean_red": ("Mean red (near that of real pictures is best)", "红色均值（越接近真实图像越好）"),
    "measure_mean_green": (
        "Mean green (near that of real pictures is best)",
        "绿色均值（越接近真实图像越好）",
    ),
    "measure_mean_blue": (
        "Mean blue (near that of real pictures is best)",
        "蓝色均值（越接近真实图像越好）",
    ),
    "measure_mean_alpha": (
        "Mean opacity (near that of real pictures is best)",
        "不透明度均值（越接近真实图像越好）",
    ),
    "measure_saturation": ("Saturation (near that of real pictures is best)", "饱和度（越接近真实图像越好）"),
    "measure_clipped": (
        "Share of values that are 0 or 255 (near that of real pictures is best)",
        "取值为 0 或 255 的比例（越接近真实图像越好）",
    ),
    "measure_spectrum": (
        "Difference of the radial power spectra in dB (lower is better)",
        "径向功率谱之差，单位 dB（越低越好）",
    ),
    "measure_feature_distance": (
        "Fréchet distance in MobileNetV2's features (lower is better)",
        "MobileNetV2 特征上的 Fréchet 距离（越低越好）",
    ),
    "measure_efficientnet_distance": (
        "Fréchet distance in EfficientNet-Lite0's features (lower is better)",
        "EfficientNet-Lite0 特征上的 Fréchet 距离（越低越好）",
    ),
    "in_trained_features": (
        "{measure}; trained against these features, so no judge",
        "{measure}；训练时就以这些特征为对手，不能作为评判",
    ),
    "measure_by_less": ("{label} (lower is better)", "{label}（越低越好）"),
    "measure_by_more": ("{label} (higher is better)", "{label}（越高越好）"),
    "measure_by_like_real": ("{label} (near that of real pictures is best)", "{label}（越接近真实图像越好）"),
    "measure_by_near_one": ("{label} (near 1 is best)", "{label}（越接近 1 越好）"),
    "score_beside_real": (
        "{moment}: {value}; real pictures: {real} (dotted). {num} images against as many of the {reference} training images"
        " of {dataset}.",
        "{moment}：{value}；真实图像：{real}（虚线）。{num} 张图，参照 {dataset} 的 {reference} 张训练图像中同样多的图。",
    ),
    "score_alone": (
        "{moment}: {value}. {num} images against as many of the {reference} training images of {dataset}.",
        "{moment}：{value}。{num} 张图，参照 {dataset} 的 {reference} 张训练图像中同样多的图。",
    ),
    "alt_scores": ("{measure}, snapshot by snapshot", "{measure}，逐个快照"),
    # the losses
    "generator_loss": ("generator loss", "生成器损失"),
    "discriminator_loss": ("discriminator loss", "判别器损失"),
    "images_seen": ("images seen", "已看图像数"),
    "alt_curves": (
        "Loss curves of the generator and the discriminator over the images seen",
        "生成器与判别器的损失随已看图像数的变化曲线",
    ),
    "losses": (
        "A generator loss that does not fall is no failure: its opponent moves too. Look at the pictures.",
        "生成器的损失不下降并不代表失败：它的对手也在进步。请看图，而不只是看曲线。",
    ),
    "no_history": ("This run holds no history of its losses.", "此训练记录没有损失历史。"),
}
