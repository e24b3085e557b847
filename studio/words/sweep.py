"""The words of the Sweep tab."""

WORDS = {
    "sweep": ("Sweep", "超参搜索"),
    "sweep_title": ("Sweep {name}", "超参搜索：{name}"),
    # the study as a whole
    "sweep_none": ("No trial has begun yet.", "还没有开始任何试验。"),
    "sweep_counts": ("{begun} of {planned} trials: {told}.", "共 {planned} 次试验，已开始 {begun} 次：{told}。"),
    "sweep_some": ("{num} {state}", "{num} 次{state}"),
    "sweep_and": (", ", "，"),
    "sweep_best": (
        "{counts} The best is trial {trial}. {measure}: {value}.",
        "{counts}最好的是试验 {trial}。{measure}：{value}。",
    ),
    "sweep_copy": ("Copy the command of the best trial", "复制最佳试验的命令"),
    "sweep_needs_optuna": (
        "To see this sweep's trials, install a package on the machine that serves this page: pip install optuna. These are "
        "their runs.",
        "要查看这次搜索的各次试验，请在提供此页面的机器上安装一个软件包：pip install optuna。下面是它们的训练记录。",
    ),
    "sweep_unreadable": (
        "The study of this sweep can't be read at the moment; the server's log says why. These are its runs.",
        "目前无法读取这次搜索的数据，原因见服务器日志。下面是它的训练记录。",
    ),
    # states of a trial
    "sweep_finished": ("finished", "已完成"),
    "sweep_pruned": ("pruned", "提前结束"),
    "sweep_running": ("running", "进行中"),
    "sweep_failed": ("failed", "失败"),
    # parallel coordinates
    "sweep_settings": ("Settings, and how good they are", "各项设置与效果"),
    "sweep_reads": (
        "Each line is a trial, from its settings to the measure, whose better end is above (on a narrow screen, on the right). "
        "The better, the stronger; dashed lines ended early, dotted ones still run. Drag along an axis to keep a range of it, "
        "or move its ends. Press a line to open its run.",
        "每条线是一次试验，从各项设置连到评价指标，指标较好的一端在上（窄屏时在右）。线越深，效果越好；"
        "虚线表示提前结束，点线表示仍在进行。沿坐标轴拖动可只保留一段范围，也可移动它的两端。点按一条线可打开它的训练记录。",
    ),
    "sweep_coordinates": ("Settings and {measure} of {lines} trials", "{lines} 次试验的各项设置与 {measure}"),
    "sweep_line": ("trial {trial}, {state}: {measure} {value}", "试验 {trial}，{state}：{measure} {value}"),
    "sweep_line_begun": ("trial {trial}, {state}", "试验 {trial}，{state}"),
    "sweep_from": ("{axis}: from", "{axis}：起"),
    "sweep_to": ("{axis}: to", "{axis}：止"),
    "sweep_kept": ("{kept} of {all} trials are shown", "显示 {all} 次试验中的 {kept} 次"),
    "sweep_all": ("Show all", "全部显示"),
    # the best grids, what matters, the table
    "sweep_grids": ("The best, from the same latents", "最好的几次，潜变量 z 相同"),
    "sweep_grid": ("trial {trial}: {measure} {value}", "试验 {trial}：{measure} {value}"),
    "sweep_matters": ("What matters", "哪些设置重要"),
    "sweep_shares": (
        "How much each setting decides which trials are good (PED-ANOVA, of the finished trials).",
        "每项设置在多大程度上决定试验的好坏（PED-ANOVA，依据已完成的试验）。",
    ),
    "sweep_trials": ("Trials", "各次试验"),
    "sweep_trial": ("trial", "试验"),
    "sweep_state": ("state", "状态"),
    "sweep_sort": ("Sort", "排序"),
}
