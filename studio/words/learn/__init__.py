"""The words of the Learn tab that its chapters share."""

WORDS = {
    "learn": ("Learn", "学习"),
    "contents": ("Chapters", "章节"),
    "chapter_lesson": ("Objective and networks", "目标函数与网络"),
    "chapter_toy": ("A GAN on a line", "一条直线上的 GAN"),
    "chapter_verdict": ("What the discriminator thinks", "判别器怎么看"),
    "chapter_game": ("The game of two players", "两个玩家的博弈"),
    "chapter_derivations": ("Derivations", "推导"),
    "chapter_evolution": ("Children of a picture", "一张图的后代"),
    "chapter_regression": ("Directions with names", "带名称的方向"),
    "chapter_dissection": ("What each unit draws", "每个单元画什么"),
    "chapter_mixing": ("Coarse from one, fine from another", "粗取自一张，细取自另一张"),
    "chapter_blending": ("Blends of two runs", "两次训练的混合"),
    "chapter_myths": ("Misunderstandings", "常见误解"),
    "chapter_report": ("Lab report", "实验报告"),
    "asking_skip": ("Show me without a guess", "不猜了，直接看"),
    "asking_right": ("You guessed right.", "猜对了。"),
    "asking_wrong": ("Not so.", "并非如此。"),
}
