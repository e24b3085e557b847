"""The words of opening a run from the Hub."""

WORDS = {
    "fetch": ("Open from the Hub", "从 Hub 打开"),
    "fetch_short": ("Hub…", "Hub…"),  # on a phone
    "fetch_title": ("Open a run from the Hub", "从 Hub 打开一个训练记录"),
    "fetch_about": (
        "The name of a repository that holds a run of this project, OWNER/NAME or OWNER/NAME@REVISION. Its weights, pictures "
        "and settings are read; nothing in it is executed.",
        "填写存有本项目训练记录的仓库名：OWNER/NAME 或 OWNER/NAME@REVISION。"
        "只读取其中的权重、图片和设置，不执行其中的任何代码。",
    ),
    "fetch_public": (
        "Public runs only. Everyone who uses this page finds it in the menu until the server restarts.",
        "仅限公开的训练记录。服务器重启之前，使用本页的所有人都能在菜单中看到它。",
    ),
    "fetch_own": (
        "Read with the Hub token of this machine, where there is one. Everyone who uses this page finds the run in the menu "
        "until the server restarts.",
        "如果这台机器上有 Hub 令牌，就用它读取。服务器重启之前，使用本页的所有人都能在菜单中看到该训练记录。",
    ),
    "fetch_name": ("Run on the Hub", "Hub 上的训练记录"),
    "fetch_do": ("Open", "打开"),
    "fetch_close": ("Close", "关闭"),
    "fetch_coming": ("Fetching {name} …", "正在获取 {name}……"),
    "fetch_there": ("{run} is open.", "已打开 {run}。"),
    "fetch_failed": ("It can't be opened. {reason}", "无法打开。{reason}"),
}
