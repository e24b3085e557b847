"""The words of the publish panel."""

WORDS = {
    "publish": ("Publish {run} to the Hugging Face Hub", "把 {run} 发布到 Hugging Face Hub"),
    "publish_about": (
        "A model repository of your own gets the snapshots, the discriminator, the settings, the losses, the scores, the "
        "pictures that the generator drew, and a card that says how it was trained. Pictures that you uploaded are not sent.",
        "你自己名下的模型仓库会得到：各个快照、判别器、设置、损失、评分、生成器画出的图片，以及一张说明训练方法的卡片。你上传的图片不会被发送。",
    ),
    "publish_off": (
        "No sign-in is offered here (a Space needs hf_oauth in its README). Download the run and publish it from your machine.",
        "这里未提供登录（Space 需要在 README 中设置 hf_oauth）。请下载该训练记录，然后在你自己的电脑上发布。",
    ),
    "publish_sign_in": ("Sign in with Hugging Face", "使用 Hugging Face 登录"),
    "publish_scope": (
        "This page may then create repositories in your account, sees no others, and may start jobs that you pay for, which it "
        "does by your click alone.",
        "登录后，本页可以在你的账号下新建仓库，但看不到其他仓库；也可以启动由你付费的任务，但只在你点击时才会启动。",
    ),
    "publish_owner": ("Signed in as {owner}.", "已登录为 {owner}。"),
    "publish_sign_out": ("Sign out", "退出登录"),
    "publish_name": ("Repository", "仓库"),
    "publish_token": ("Your token with write permission", "你的写权限令牌"),
    "publish_token_about": (
        "This page doesn't run as a Space with sign-in, so it needs a token, from huggingface.co/settings/tokens. It is used "
        "for this upload alone, and kept nowhere.",
        "本页不是带登录功能的 Space，因此需要一个令牌（在 huggingface.co/settings/tokens 创建）。"
        "它只用于这一次上传，不会保存在任何地方。",
    ),
    "publish_private": ("Private: only you can see it", "私有：只有你能看到"),
    "publish_do": ("Publish", "发布"),
    "publish_progress": ("Uploading", "正在上传"),
    "publish_sending": ("Uploading {size} MB, for {seconds} s so far …", "正在上传 {size} MB，已用 {seconds} 秒……"),
    "publish_done": ("It is on the Hub:", "已发布到 Hub："),
    "publish_done_private": ("It is on the Hub, for you alone:", "已发布到 Hub，只有你能看到："),
    "publish_failed": ("It was not published. {reason}", "未能发布。{reason}"),
    "publish_by_hand": (
        "The same for a run that you have downloaded and unpacked:",
        "对已下载并解压的训练记录，命令行的做法是：",
    ),
    "publish_lasts": (
        "The disk of a Space does not last: a run that is neither downloaded nor published is gone when the Space restarts.",
        "Space 的磁盘不会长期保留数据：既未下载也未发布的训练记录会在 Space 重启时消失。",
    ),
}
