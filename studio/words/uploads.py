"""The words of a visitor's uploads: upload, cropped squares, and report."""

WORDS: dict[str, tuple[str, str]] = {
    # requirements and privacy
    "upload_drop": (
        "Drop pictures, folders or an archive here, or paste a picture",
        "把图片、文件夹或压缩包拖到这里，也可以粘贴图片",
    ),
    "upload_choose": ("Choose files", "选择文件"),
    "upload_holds": (
        "Up to {pictures} pictures, {megabytes} MB in all, {megapixels} megapixels each; JPEG, PNG, WebP, AVIF, GIF, BMP, "
        "TIFF or HEIC; .zip and .tar, also .tar.gz, .tar.bz2, .tar.xz and several in one; arrays as .npz, .npy, .csv or "
        ".parquet; LMDB and what `datasets` saves, in a .zip.",
        "最多 {pictures} 张图片，共 {megabytes} MB，每张不超过 {megapixels} 百万像素："
        "JPEG、PNG、WebP、AVIF、GIF、BMP、TIFF、HEIC；也可以是 .zip、.tar（含 .tar.gz、.tar.bz2、.tar.xz，以及包中之包），"
        ".npz、.npy、.csv、.parquet 数组，或放在 .zip 里的 LMDB 与 `datasets` 保存的数据集。",
    ),
    "upload_privacy": (
        "They go to the server that runs this page, and no other visitor sees them; whoever you give the private link of your "
        "training sees what the generator makes of them. They are deleted when your training is done, and without one {hours} "
        "hours after you last used them.",
        "图片会传到运行本页面的服务器，其他访客看不到；拿到你训练的私密链接的人，会看到生成器由此画出的图。训练结束后图片即被删除；"
        "如果没有训练，则在你最后一次使用 {hours} 小时后删除。",
    ),
    # upload progress
    "upload_sending": ("Sending {done} of {num} files", "正在上传：{done} / {num} 个文件"),
    "upload_looking": ("Looking at the pictures: {num} to go", "正在查看图片：还有 {num} 个"),
    "upload_cancel": ("Cancel", "取消"),
    "upload_failed": ("Not all files arrived: {reason}", "没有全部传到：{reason}"),
    # the squares
    "upload_squares": ("What the network will see", "网络将看到的部分"),
    "upload_squares_do": (
        "{width} × {height} pixels each. Choose one to move its frame; Delete takes it out.",
        "每块 {width} × {height} 像素。选中一块可移动方框；按 Delete 可删去。",
    ),
    "upload_square": ("Picture {number} of {num}: {name}", "图片 {number} / {num}：{name}"),
    "upload_square_exact": (
        "Picture {number} of {num}: {name}, the same file as {other}",
        "图片 {number} / {num}：{name}，与 {other} 是同一文件",
    ),
    "upload_square_near": (
        "Picture {number} of {num}: {name}, nearly the same as {other}",
        "图片 {number} / {num}：{name}，与 {other} 几乎相同",
    ),
    "upload_flip": ("Mirror every second picture", "每两张图片左右翻转一张"),
    "upload_flip_says": (
        "A mirrored picture counts as another one: right for faces or flowers, wrong for letters, road signs and scans.",
        "翻转后的图片算作另一张：适合人脸和花朵，不适合文字、路牌和医学影像。",
    ),
    "upload_flip_before": ("One of your pictures, as it is", "你的一张图片，原样"),
    "upload_flip_after": ("The same picture, mirrored", "同一张图片，左右翻转"),
    "upload_labels": ("Tell the classes apart", "区分类别"),
    "upload_labels_say": (
        "{classes}. The generator learns to draw each of them on demand.",
        "{classes}。生成器会学习按类别作画。",
    ),
    "upload_labels_parent": (
        "{classes}. The run that you start from draws those of its own classes that are called the same.",
        "{classes}。作为起点的模型只会画与自身类别同名的类别。",
    ),
    "upload_labels_not": (
        "{classes}. What you start from draws without classes, so they make no difference.",
        "{classes}。所选的起点不按类别作画，因此类别不起作用。",
    ),
    "upload_labels_partial": (
        "{classes}. Pictures without a class: {num}. Take them out to train with classes.",
        "{classes}。没有类别的图片：{num} 张。删去它们即可按类别训练。",
    ),
    "upload_labels_missing": (
        "Not all of these pictures have a class: take those without one out, or train without classes.",
        "这些图片并非都有类别：请删去没有类别的，或不按类别训练。",
    ),
    "upload_class_count": ("{name} ({num})", "{name}（{num}）"),
    "upload_class_more": ("and {num} more", "以及另外 {num} 个"),
    "upload_alpha": ("Draw the transparency, too", "同时画出透明部分"),
    "upload_alpha_says": (
        "Transparent in part: {num} of {usable} pictures. With this the network draws a fourth channel, alpha, and its "
        "pictures have no background; without, all lie on one.",
        "部分透明的图片：{num} / {usable} 张。选中后网络会画第四个通道 alpha，画出的图没有背景；否则都放在同一种背景上。",
    ),
    "upload_whole": ("All of {name}, {width} × {height} pixels", "{name} 全图，{width} × {height} 像素"),
    "upload_frame": (
        "The square: {left} from the left, {top} from the top, {side} pixels a side. Arrow keys move it, plus and minus "
        "size it.",
        "方框：距左 {left}，距上 {top}，边长 {side} 像素。方向键移动，加减号缩放。",
    ),
    "upload_frame_wide": (
        "The part: {left} from the left, {top} from the top, {width} × {height} pixels. Arrow keys move it, plus and minus "
        "size it.",
        "方框：距左 {left}，距上 {top}，{width} × {height} 像素。方向键移动，加减号缩放。",
    ),
    "upload_move": ("Drag the frame, or move it with the arrow keys.", "拖动方框，或用方向键移动。"),
    "upload_side": ("Width of the frame", "方框宽度"),
    "upload_centre": ("Back to the centre", "回到中间"),
    "upload_take_out": ("Take it out", "删去这张"),
    "upload_done": ("Done", "完成"),
    "upload_is_exact": ("The same file as picture {other}.", "与图片 {other} 是同一文件。"),
    "upload_is_near": ("Nearly the same as picture {other}.", "与图片 {other} 几乎相同。"),
    # the report
    "upload_report": ("What came in", "收到的图片"),
    "upload_num": ("{num} pictures", "{num} 张图片"),
    "upload_num_one": ("1 picture", "1 张图片"),
    "upload_sizes": ("from {small} to {large} pixels", "从 {small} 到 {large} 像素"),
    "upload_size": ("all {small} pixels", "都是 {small} 像素"),
    "upload_all_grey": ("all grey", "都是灰度"),
    "upload_all_colour": ("all in colour", "都是彩色"),
    "upload_mixed": ("{grey} grey, {colour} in colour", "{grey} 张灰度，{colour} 张彩色"),
    "upload_to_grey": ("The network draws in grey, so colours are left out.", "这个网络只画灰度，所以颜色会被去掉。"),
    "upload_enlarged": (
        "Smaller than {width} × {height} pixels, which is what the network draws: {num}. They are enlarged, and look soft.",
        "小于网络所画 {width} × {height} 像素的方块：{num} 个。它们会被放大，看起来较模糊。",
    ),
    # what was decided for all pictures, and chosen from an archive
    "upload_told_cropped": (
        "Cropped to the middle: of the longest picture, {kept} % is kept. Move its square to choose another part.",
        "裁剪到中间：最长的一张只保留 {kept} %。移动方框可选择其他部分。",
    ),
    "upload_told_levels": (
        "More than 8 bits: {num}. The values from {low} to {high} are drawn from black to white.",
        "{num} 张图片超过 8 位：{low} 到 {high} 的值画成从黑到白。",
    ),
    "upload_told_on_white": (
        "Transparent in part, and laid on white: {num}.",
        "{num} 张图片部分透明：放在白色背景上。",
    ),
    "upload_told_on_black": (
        "Transparent in part, and laid on black: {num}.",
        "{num} 张图片部分透明：放在黑色背景上。",
    ),
    "upload_told_on_grey": (
        "Transparent in part, and laid on grey: {num}.",
        "{num} 张图片部分透明：放在灰色背景上。",
    ),
    "upload_told_frames": (
        "Files of several pictures: {num}; the first of each is taken.",
        "{num} 个文件含有多张图片：各取第一张。",
    ),
    "upload_take_frames": ("Take all {num} pictures in them", "取出其中全部 {num} 张图片"),
    "upload_told_folders": (
        "{name}: {num} classes, from folders. A training that is started here can tell them apart.",
        "{name}：{num} 个类别，来自文件夹。在这里开始的训练可以区分它们。",
    ),
    "upload_told_classes": (
        "{name}: {num} classes, from {origin}. A training that is started here can tell them apart.",
        "{name}：{num} 个类别，来自 {origin}。在这里开始的训练可以区分它们。",
    ),
    "upload_told_split": ("{name}: the split {split} alone is taken.", "{name}：只取 {split} 部分。"),
    "upload_told_left_out": ("{name}: files left out: {num}.", "{name}：未采用的文件：{num} 个。"),
    "upload_exact": (
        "Copies of the same file (framed): {num}. The generator would see these pictures more often.",
        "同一文件的副本（实线框）：{num} 个。生成器会更常看到这些图片。",
    ),
    "upload_near": (
        "Nearly the same as another picture (dashed frame): {num}. They teach little that is new.",
        "与别的图片几乎相同（虚线框）：{num} 张。它们教不了多少新东西。",
    ),
    "upload_drop_exact": ("Take the copies out", "删去重复的"),
    "upload_drop_near": ("Take the near ones out", "删去近似的"),
    "upload_broken": ("Files that can't be used: {num}", "不能用的文件：{num} 个"),
    "upload_clear": ("Delete all", "全部删除"),
    # enough pictures or too few
    "upload_too_few": (
        "Not enough yet: a training needs {fewest} different pictures at least, and there are {different}.",
        "还不够：训练至少需要 {fewest} 张不同的图片，现在有 {different} 张。",
    ),
    "upload_few": (
        "Enough to start from a trained run, and few for a GAN. So the training changes each picture at random before the "
        "discriminator looks (differentiable augmentation), and, starting from a run, keeps the discriminator's first layers "
        "as they are (Mo et al. 2020). More pictures help more than either.",
        "足够从训练好的模型开始，但对 GAN 来说还是少。所以训练时每张图片在交给判别器之前会被随机改动（可微增强）；从已有模型开"
        "始时，判别器的前几层保持不变（Mo 等 2020）。更多图片比这两样都有用。",
    ),
    "upload_enough": ("Enough to train on.", "足够训练了。"),
    # why a file can't be used
    "upload_empty": ("it is empty", "文件是空的"),
    "upload_svg": ("it is a drawing (SVG), which has no pixels: save it as PNG", "这是矢量图（SVG），没有像素：请另存为 PNG"),
    "upload_heic": (
        "this server can't read HEIC (it lacks pillow-heif): save it as JPEG",
        "这台服务器不能读 HEIC（缺少 pillow-heif）：请另存为 JPEG",
    ),
    "upload_tiff": (
        "this kind of TIFF needs a package that this server lacks: save it as PNG",
        "读取这种 TIFF 需要服务器上没有的软件包：请另存为 PNG",
    ),
    "upload_unread": ("no pictures can be read from it: {why}", "无法从中读取图片：{why}"),
    "upload_foreign": (
        "it is no picture that can be read here: save it as JPEG or PNG",
        "这不是此处能读的图片：请另存为 JPEG 或 PNG",
    ),
    "upload_cut": ("it is damaged or cut short: send it again", "文件损坏或不完整：请重新上传"),
    "upload_large": (
        "it has {width} × {height} pixels, more than {most} megapixels: make it smaller",
        "它有 {width} × {height} 像素，超过 {most} 百万像素：请缩小",
    ),
    "upload_huge": ("it has far more than {most} megapixels: make it smaller", "它远远超过 {most} 百万像素：请缩小"),
    "upload_small": (
        "it has {width} × {height} pixels, fewer than {least} a side: take a larger one",
        "它只有 {width} × {height} 像素，边长不足 {least}：请换大一些的",
    ),
    "upload_nested": (
        "{member} in it is packed several times over: unpack it first",
        "其中的 {member} 经过多重打包：请先解压",
    ),
    "upload_grows": (
        "it is refused: {member} would unpack to more than the {most} MB that are left; pack fewer pictures",
        "不接受：{member} 解压后会超过剩余的 {most} MB；请少打包一些图片",
    ),
    "upload_members": (
        "it has more than {most} files: pack the pictures alone",
        "其中的文件超过 {most} 个：请只打包图片",
    ),
    "upload_bad_zip": ("it is no .zip that can be read: pack it anew", "这不是能读的 .zip：请重新打包"),
    "upload_no_pictures": ("no pictures are in it", "里面没有图片"),
    "upload_leads_out": (
        "it is refused: its member {member} leads out of the archive; pack the pictures anew",
        "不接受：其中的 {member} 指向压缩包之外；请重新打包图片",
    ),
    "upload_link": (
        "it is refused: its member {member} is a link; pack the pictures themselves",
        "不接受：其中的 {member} 是链接；请打包图片本身",
    ),
    "upload_encrypted": (
        "its member {member} is encrypted: pack it without a password",
        "其中的 {member} 已加密：请不设密码重新打包",
    ),
    "upload_bomb": (
        "it would unpack to {megabytes} MB, and {most} MB are left: pack fewer pictures",
        "解压后有 {megabytes} MB，只剩 {most} MB：请少打包一些图片",
    ),
    # why an upload is refused
    "upload_too_many": (
        "That would be {num} files, and an upload holds {most} at most: choose fewer.",
        "这样会有 {num} 个文件，而一次最多 {most} 个：请少选一些。",
    ),
    "upload_full": (
        "That would be more than {most} MB, which is all that an upload holds: choose fewer or smaller pictures.",
        "这会超过一次上传的上限 {most} MB：请少选一些，或选小一些的图片。",
    ),
    "upload_disk": (
        "This server's disk for uploads is full: try again later, or with fewer pictures.",
        "这台服务器存放上传图片的磁盘已满：请稍后再试，或减少图片。",
    ),
    "upload_busy": ("Too many visitors upload right now: try again later.", "现在上传的访客太多：请稍后再试。"),
    "upload_torn": ("A file arrived in the wrong order: send it again.", "文件的到达顺序不对：请重新上传。"),
    "upload_gone": (
        "These pictures are no longer on the server: choose them again.",
        "这些图片已不在服务器上：请重新选择。",
    ),
}
