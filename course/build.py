"""Writes the notebooks of the course from labs/*.md: course/en and course/zh-CN.

python -m course.build
python -m course.build --out FOLDER --repository https://github.com/OWNER/NAME     # with a link to Colab, to hand out
"""

import argparse
from pathlib import Path

from course import source, tasks
from course.checking import Text
from course.source import Prose
from ganlib import UserError, files
from ganlib.cli import options_of, run_command

FOLDERS = {"en": "en", "zh": "zh-CN"}
GITHUB = "https://github.com/"
REPOSITORY = f"{GITHUB}OWNER/NAME"
COLAB: Text = (
    "[Open in Colab](https://colab.research.google.com/github/{repo}/blob/main/course/{path})",
    "[在 Colab 中打开](https://colab.research.google.com/github/{repo}/blob/main/course/{path})",
)
START = """import sys
from pathlib import Path

repository = "{repository}"
if "google.colab" in sys.modules and not Path("gan-studio").exists():
    !git clone --depth 1 {{repository}} gan-studio
    %pip install --quiet --requirement gan-studio/requirements.txt
here = Path.cwd()
sys.path[:0] = [str(place) for place in (here / "gan-studio", here, *here.parents) if (place / "ganlib").is_dir()]

from course import Checker

check = Checker("{lab}", "{language}", globals())"""


def main(arguments: list[str] | None = None) -> None:
    options = options_of(_parser(), arguments)
    for lab in tasks.LABS:
        for language in FOLDERS:
            path = options.out / path_of(lab, language)
            path.parent.mkdir(parents=True, exist_ok=True)
            files.write(path, notebook(lab, language, repository=options.repository))
            print(path)


def path_of(lab: str, language: str) -> str:
    """Returns a notebook's place in course/: en/1-first-gans.ipynb."""
    return f"{FOLDERS[language]}/{tasks.LABS.index(lab) + 1}-{lab}.ipynb"


def notebook(lab: str, language: str, solved: bool = False, repository: str = REPOSITORY) -> str:
    """Returns the JSON of a notebook; `solved`, with the teacher's solutions. Raises UserError without nbformat."""
    try:
        from nbformat import v4, writes
    except ImportError as error:
        raise UserError("Building the notebooks needs nbformat: pip install nbformat.") from error
    number = list(FOLDERS).index(language)
    cells = []
    for cell in source.read(lab):
        if isinstance(cell, Prose):
            if cell.language == language:
                cells.append(v4.new_markdown_cell(cell.text))
            continue
        if not any(each.cell_type == "code" for each in cells):
            cells += _start(v4, lab, language, repository)
        tags = {"tags": ["parameters"]} if cell.kind == "parameters" else {}
        cells.append(v4.new_code_cell(cell.text(number, solved), metadata=tags))
        if cell.task:
            cells.append(v4.new_code_cell(f'check("{cell.task}")'))
    cells.append(v4.new_code_cell("check.total()"))
    for place, cell in enumerate(cells):
        cell.id = f"cell-{place}"
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})
    return writes(made) + "\n"


def _start(v4, lab: str, language: str, repository: str) -> list:
    """Returns the cells that find the project, or bring it to Colab."""
    code = v4.new_code_cell(START.format(repository=repository, lab=lab, language=language))
    if not repository.startswith(GITHUB):
        return [code]
    number, repo = list(FOLDERS).index(language), repository.removeprefix(GITHUB).strip("/")
    return [v4.new_markdown_cell(COLAB[number].format(repo=repo, path=path_of(lab, language))), code]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m course.build", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path(__file__).parent, metavar="FOLDER", help="(default: course)")
    parser.add_argument("--repository", default=REPOSITORY, metavar="URL", help="what Colab clones")
    return parser


if __name__ == "__main__":
    run_command(main)
