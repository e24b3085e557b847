"""Words of the switches in Generate: a generator's units, turned off or doubled."""

WORDS = {
    "units": ("Switches: what each unit draws", "开关：每个单元画什么"),
    "units_about": (
        "A unit is a channel of one of the generator's layers. Turn one off, or double it, and see what it was for (Bau et al. "
        "2019). Paint on the left picture to find the units that act there; they are then switched only there.",
        "单元是生成器某一层的一个通道。把它关掉或加倍，就能看出它负责什么（Bau 等，2019）。在左图上涂一块区域，"
        "可找出在那里起作用的单元，之后只在那里开关它们。",
    ),
    "units_keys": (
        "Paint with mouse or finger, or with the arrow keys and the space bar; again to erase.",
        "用鼠标或手指涂抹，或用方向键和空格键；再涂一次即擦除。",
    ),
    "units_plain": ("all units on", "所有单元开启"),
    "units_switched": ("with the switches", "应用开关后"),
    "units_stage": ("Layer", "层"),
    "units_clear": ("Clear the area", "清除区域"),
    "units_before": ("Units before", "前一组单元"),
    "units_after": ("More units", "后一组单元"),
    "units_unit": ("Unit {unit}", "单元 {unit}"),
    "units_off": ("off", "关"),
    "units_double": ("× 2", "× 2"),
    "units_times": ("× {factor}", "× {factor}"),
    "units_ranked": (
        "By how many grey levels the picture changes without the unit, mean over {num} samples; coloured where.",
        "按去掉该单元后图片变化的灰度级排序（{num} 个样本的平均值）；着色处为变化的位置。",
    ),
    "units_there": (
        "By how many grey levels the painted area changes without the unit, mean over {num} samples.",
        "按去掉该单元后所涂区域变化的灰度级排序（{num} 个样本的平均值）。",
    ),
    "units_nowhere": (
        "This layer's units are numbers without a place: they are ranked by the painted area, but switched everywhere.",
        "这一层的单元是没有位置的数值：按所涂区域排序，但开关对整张图起作用。",
    ),
    "units_unmeasured": (
        "The units of this snapshot were not measured, so they stand in their order. To rank them: "
        "python -m ganlib.units checkpoints/{run}",
        "这个快照的单元尚未测量，因此按编号排列。要排序，请运行：python -m ganlib.units checkpoints/{run}",
    ),
    "units_chosen": ("The switches", "当前的开关"),
    "units_one": ("{stage} {unit}: {deed}", "{stage} {unit}：{deed}"),
    "units_one_there": ("{stage} {unit}: {deed}, only there", "{stage} {unit}：{deed}，仅限该区域"),
    "units_remove": ("Turn unit {unit} of {stage} on again", "恢复 {stage} 的单元 {unit}"),
    "units_reset": ("All on", "全部恢复"),
    "units_sample": ("On 64 samples", "应用于 64 个样本"),
    "units_changed": (
        "{num} samples change by {change} grey levels on average.",
        "{num} 个样本平均变化 {change} 个灰度级。",
    ),
    "units_logits": (
        "The discriminator's mean logit goes from {plain} to {switched}.",
        "判别器的平均 logit 从 {plain} 变为 {switched}。",
    ),
    "units_no_judge": ("This run has no discriminator to judge them.", "这条训练记录没有判别器，无法评判。"),
    "units_judge_away": (
        "The discriminator can't be asked now: the server, which runs it, doesn't answer.",
        "现在无法询问判别器：运行它的服务器没有响应。",
    ),
    "units_old_graph": (
        "This run's graph was exported without switches, so the server draws them. To export it anew: "
        "python -m ganlib.export checkpoints/{run} --outline",
        "该训练记录的计算图导出时还没有开关，因此由服务器绘制。要重新导出，请运行："
        "python -m ganlib.export checkpoints/{run} --outline",
    ),
    "units_failed": ("The units can't be shown. {reason}", "无法显示这些单元。{reason}"),
}
