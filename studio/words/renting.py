"""The words of the panel for trainings on the Hub's machines."""

WORDS = {
    "rent": ("Train on a GPU of the Hugging Face Hub", "在 Hugging Face Hub 的 GPU 上训练"),
    "rent_about": (
        "What is chosen above is trained by a job of your account on a machine there, paid by the minute. The run grows in a "
        "model repository of yours, also while this page is closed.",
        "上面选好的训练会作为你账号下的一个任务在那里的机器上运行，按分钟计费。训练记录保存在你的模型仓库中，关闭本页后也会继续增长。",
    ),
    "rent_machine_owner": (
        "In the account {owner}, by the token of this machine.",
        "使用本机的令牌，在账号 {owner} 下运行。",
    ),
    "rent_machine": ("Machine", "机器"),
    "rent_option": ("{name}, {hour} an hour: {described}", "{name}，每小时 {hour}：{described}"),
    "rent_minutes": ("Time limit in minutes", "时间上限（分钟）"),
    "rent_name": ("Repository for the run", "保存训练记录的仓库"),
    "rent_pictures": ("pictures", "图片"),
    "rent_until_images": (
        "It trains on {images} images, or until two minutes before the time limit.",
        "训练 {images} 张图片，或到时间上限前两分钟为止。",
    ),
    "rent_until_recipe": (
        "It trains as long as the recipe says, or until two minutes before the time limit.",
        "按配方规定的长度训练，或到时间上限前两分钟为止。",
    ),
    "rent_uploads": (
        "Your pictures are uploaded to a private data set of your account.",
        "你的图片会上传到你账号下的一个私有数据集。",
    ),
    "rent_price": (
        "{hour} an hour, {most} at most within the time limit, paid by {owner}.",
        "每小时 {hour}，时间上限内最多 {most}，由 {owner} 支付。",
    ),
    "rent_do": ("Start, at this price", "按此价格开始"),
    "rent_uploading": ("Uploading what it needs.", "正在上传所需内容。"),
    "rent_scheduling": ("Waiting for a machine.", "正在等待机器。"),
    "rent_running": ("Running.", "正在运行。"),
    "rent_completed": ("Done; the run is in the repository.", "已完成，训练记录在仓库中。"),
    "rent_canceled": ("Ended; what was uploaded before stays in the repository.", "已结束，此前上传的内容仍在仓库中。"),
    "rent_error": ("Failed.", "失败。"),
    "rent_lost": (
        "The Hub can't be reached; the job may go on. Open this panel again later.",
        "无法连接 Hub，任务可能仍在运行。请稍后重新打开此面板。",
    ),
    "rent_images": ("{images} images", "{images} 张图片"),
    "rent_images_of": ("{images} of {total} images", "{images} / {total} 张图片"),
    "rent_speed": ("{speed} a second", "每秒 {speed} 张"),
    "rent_look": ("Show in Epochs", "在“训练历程”中查看"),
    "rent_cancel": ("Cancel the job", "取消任务"),
    "rent_cancel_sure": ("Cancel it now?", "确定取消？"),
    "rent_page": ("Its page on the Hub", "它在 Hub 上的页面"),
    "rent_log": ("Log", "日志"),
}
