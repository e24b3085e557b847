"""The words of "Your picture" in the Generate tab."""

WORDS = {
    "yours": ("Your picture", "你的图片"),
    "yours_about": (
        "Draw, drop or photograph a picture. The search looks for the latent z whose picture is nearest to yours; "
        "then the sliders move it like any other.",
        "画一张、拖入一张或拍一张图。搜索会找出画面与之最接近的潜变量 z，之后即可像其他图一样用滑块移动它。",
    ),
    "yours_here": (
        "Your picture stays in this browser, which searches by itself.",
        "搜索就在本浏览器中进行，你的图片不会离开它。",
    ),
    "yours_there": (
        "Where this browser can't search, the server does; it keeps no picture.",
        "若本浏览器无法搜索，则由服务器搜索；图片不会被保存。",
    ),
    "yours_square": (
        "Square to draw on: with a pointer, or by keys: arrows move the pen, Space puts it down and lifts it",
        "画板：可用指针绘制，也可用键盘：方向键移动画笔，空格键落笔和抬笔",
    ),
    "yours_keys": ("Keys: arrows move, Space draws.", "键盘：方向键移动，空格落笔。"),
    "yours_tools": ("Tools", "工具"),
    "yours_pen": ("Pen", "画笔"),
    "yours_eraser": ("Eraser", "橡皮"),
    "yours_keep": ("Leave as it is", "保持不变"),
    "yours_drag": ("Drag", "拖动"),
    "yours_clear": ("Clear", "清空"),
    "yours_colours": ("Colours", "颜色"),
    "yours_colour": ("Another colour", "其他颜色"),
    "yours_thickness": ("Thickness", "粗细"),
    "yours_centred": ("centre and scale like the set's pictures", "按数据集的方式居中和缩放"),
    "yours_sources": ("Or another picture", "或换一张图"),
    "yours_choose": ("Choose a file", "选择文件"),
    "yours_photo": ("Take a photo", "拍照"),
    "yours_real": ("One of the set", "数据集中的一张"),
    "yours_real_number": ("real picture {number}", "真实图片 {number}"),
    "yours_paint": ("Paint on the chosen picture", "在选中的图上涂画"),
    "yours_inverted": ("invert light and dark", "反转明暗"),
    "yours_target": ("yours", "你的图"),
    "yours_found": ("found", "找到的"),
    "yours_difference": ("difference", "差异"),
    "yours_racers": ("The candidates, to choose one", "候选图，可选择一张"),
    "yours_racer": ("candidate {number}, {error} grey levels away", "候选 {number}，相距 {error} 灰度级"),
    "yours_racer_label": (
        "candidate {number}, label {label}, {error} grey levels away",
        "候选 {number}，标签 {label}，相距 {error} 灰度级",
    ),
    "yours_prior": ("The search weighs", "搜索的取舍"),
    "yours_prior_value": ("prior weight {value} grey levels", "先验权重 {value} 灰度级"),
    "yours_near": ("as near as possible", "尽量接近"),
    "yours_likely": ("as likely as possible", "尽量可能"),
    "yours_stop": ("Stop", "停止"),
    "yours_again": ("Search again", "重新搜索"),
    "yours_epochs": ("When did the training learn this?", "训练何时学会画它？"),
    "yours_preparing": ("Loading the generator …", "正在加载生成器…"),
    "yours_searching": ("Searching: {error} grey levels away.", "搜索中：相距 {error} 灰度级。"),
    "yours_near_by": (
        "Found: {error} grey levels away (root mean square, of 255).{apart}",
        "已找到：相距 {error} 灰度级（均方根，共 255 级）。{apart}",
    ),
    "yours_typical": (
        " Two random pictures of this run are about {typical} apart.",
        "该模型随机两张图约相距 {typical}。",
    ),
    "yours_odder": (
        " Odder than {odder} of 100 real pictures that training never saw.",
        "比训练中没见过的 100 张真实图片中的 {odder} 张更古怪。",
    ),
    "yours_no_likeness": (
        "No start came near: {error} grey levels away. This network can't draw your picture; shown is the nearest that it has."
        "{apart}",
        "没有一次搜索能接近：相距 {error} 灰度级。这个网络画不出你的图片，所示的是它最接近的一张。{apart}",
    ),
    "yours_looking_at": ("Searching at {moment} …", "正在{moment}处搜索…"),
    "yours_at_moment": ("{moment}: {error} grey levels away", "{moment}：相距 {error} 灰度级"),
    "yours_learned": (
        "Learned by {moment}: {error} grey levels away, where the best snapshot comes to {least}.",
        "到{moment}时已学会：相距 {error} 灰度级，最好的快照为 {least}。",
    ),
    "yours_failed": ("Nothing can be searched for. {reason}", "无法搜索。{reason}"),
    "yours_truncation": (
        "At this truncation ψ all pictures are alike; raise it to see what was found.",
        "截断 ψ 过小，所有图都相同；调大后才能看到结果。",
    ),
    "yours_too_large": ("This file is larger than 50 MB; choose a smaller one.", "文件超过 50 MB，请选择较小的文件。"),
    "yours_no_picture": (
        "This browser can't read the file as a picture; choose a PNG, JPEG or WebP.",
        "浏览器无法把该文件读作图片；请选择 PNG、JPEG 或 WebP。",
    ),
    "yours_no_set": ("The pictures that this run was trained on are not on this machine.", "训练所用的图片不在本机上。"),
    "yours_set_failed": ("The set can't be shown. {reason}", "无法显示数据集。{reason}"),
}
