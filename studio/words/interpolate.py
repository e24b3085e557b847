"""The words of the Interpolate tab."""

WORDS = {
    "interpolate": ("Interpolate", "插值"),
    # the player
    "scrubber": ("Frame", "帧"),
    "frame_between": (
        "frame {frame} of {frames}, from key frame {from} to {to}",
        "第 {frame} 帧，共 {frames} 帧，从关键帧 {from} 到 {to}",
    ),
    "alt_screen": ("The generator's picture on the way, {mode}", "插值途中生成器画出的图（{mode}）"),
    "alt_path": ("Pictures along the path through {keys} key frames, {mode}", "经过 {keys} 个关键帧的路径上的图（{mode}）"),
    "lengths": ("length |z|", "长度 |z|"),
    "alt_lengths": (
        "Plot of |z| along the path: lerp dips between key frames, slerp keeps the length",
        "路径上 |z| 的曲线：lerp 在关键帧之间变短，slerp 保持长度",
    ),
    "lesson": (
        "Between two random latents, lerp passes nearer to zero than any latent the generator was trained on; "
        "slerp keeps the length.",
        "在两个随机的潜变量 z 之间，lerp 比训练时见过的任何潜变量都更靠近零；slerp 保持长度。",
    ),
    "path_caption": (
        "{run}, {moment}, {keys} key frames, {mode}, {frames} frames, {seconds} s, ψ {truncation}",
        "{run}，{moment}，{keys} 个关键帧，{mode}，{frames} 帧，{seconds} 秒，ψ {truncation}",
    ),
    "path_caption_closed": (", closed", "，闭合"),
    "save_path": ("Save the path", "保存路径"),
    "save_kind": ("Save {kind}", "保存 {kind}"),
    "saving_kind": ("Making the {kind} …", "正在制作 {kind} …"),
    "saved_kind": ("{file} is in your downloads.", "已下载 {file}。"),
    "save_transparent": (
        "WebP keeps transparency; GIF knows only all or nothing of it; MP4 shows the checkerboard.",
        "WebP 保留透明度；GIF 的像素只有全透明或不透明；MP4 则显示棋盘格。",
    ),
    "not_saved": ("The {kind} could not be made. {reason}", "无法制作 {kind}。{reason}"),
    "path_not_drawn": ("These pictures can't be drawn.", "无法画出这些图。"),
    # the key frames
    "keys": ("Key frames", "关键帧"),
    "keys_anew": (
        "New key frames: those before belong to a run of another lineage.",
        "关键帧已换新：之前的属于另一系的训练记录。",
    ),
    "key_seed": ("seed {seed}", "种子 {seed}"),
    "key_from": ("seed {seed}, no.\u00a0{number}", "种子 {seed}，第\u00a0{number}\u00a0个"),
    "key_own": ("changed by hand", "手动改过"),
    "key_alt": ("Key frame {number}: {from}", "关键帧 {number}：{from}"),
    "key_label": ("Label of key frame {number}", "关键帧 {number} 的标签"),
    "key_earlier": ("Move key frame {number} earlier", "关键帧 {number} 前移"),
    "key_later": ("Move key frame {number} later", "关键帧 {number} 后移"),
    "key_pin": ("Pin key frame {number} to the shelf", "把关键帧 {number} 固定到架上"),
    "key_remove": ("Remove key frame {number}", "移除关键帧 {number}"),
    "key_new_label": ("Label", "标签"),
    "key_in_turn": ("next", "下一个"),
    "key_add": ("Add", "添加"),
    "key_hint": ("Or click a pin on the shelf above.", "也可点击上方架上的图来添加。"),
    "key_full": ("Eight key frames are the most.", "最多八个关键帧。"),
    # the settings
    "path_mode": ("Between key frames", "关键帧之间"),
    "slerp_long": ("slerp, an arc", "slerp，弧线"),
    "lerp_long": ("lerp, a line", "lerp，直线"),
    "path_closed": ("Closed loop", "闭合循环"),
    "path_compare": ("Compare lerp and slerp", "对比 lerp 与 slerp"),
    "path_frames": ("Frames", "帧数"),
    "path_seconds": ("Seconds", "秒数"),
    # blends of weights
    "blend_title": ("Between two runs' weights", "两次训练的权重之间"),
    "blend_what": (
        "Weights can be interpolated like latents, between two snapshots of one lineage, such as a run and one fine-tuned from "
        "it: (1 − share) · first + share · second, as a whole or layer by layer (Pinkney & Adler 2020). Early layers place "
        "shapes, late ones draw details. Batch statistics are estimated on the blend's own samples.",
        "同一系的两个快照之间（例如一次训练与在它基础上微调的训练），权重也能像潜变量那样插值："
        "(1 − 份额) · 前者 + 份额 · 后者，可整体混合，也可逐层混合（Pinkney & Adler 2020）。"
        "前面的层安排形状，后面的层画出细节。批统计量用混合后自己的样本估计。",
    ),
    "blend_with": ("Blend this snapshot with", "将此快照与之混合"),
    "blend_none": ("choose a snapshot", "选择一个快照"),
    "blend_side": ("{run}, {moment}", "{run}，{moment}"),
    "blend_mix": ("the blend", "混合"),
    "blend_all": ("Share of the second, all layers", "后者的份额（所有层）"),
    "blend_alt": ("Pictures of the same latents: {side}", "相同潜变量 z 的图：{side}"),
    "blend_keep": ("This command keeps the blend as a run:", "用此命令把混合保存为一次训练："),
    "blend_no_kin": (
        "There is no other snapshot of this lineage here. A run fine-tuned from this one in Train can be blended with it.",
        "这里没有同一系的其他快照。在“训练”中由它微调出的训练可以与它混合。",
    ),
    "blend_not_here": (
        "Weights are blended in the browser, and this server doesn't let browsers draw (--runtime off).",
        "权重在浏览器中混合，而此服务器不让浏览器绘图（--runtime off）。",
    ),
    "blend_failed": ("These weights can't be blended here. {reason}", "无法在这里混合这些权重。{reason}"),
}
