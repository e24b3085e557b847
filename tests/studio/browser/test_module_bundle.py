"""Tests joining modules into one."""

from graphlib import CycleError

import pytest

from studio.browser.module_bundle import continuation, continuing, exports, imports, joined

MODULES = {
    "page/main.js": '// First.\nimport "./early.js";\nimport { two as second } from "../a/two.js";\nimport * as a from "../a/parts.js";\n'
    "\nexport const all = { second, a };\n",
    "page/early.js": "begin();\n",
    "a/parts.js": 'export { one } from "./one.js";\nexport * as others from "./two.js";\n',
    "a/one.js": 'import { two } from "./two.js";\nexport const one = two + "import { x } from y";\n',
    "a/two.js": "export const two = 2;\nexport const three = 3;\n",
}


def test_each_becomes_a_function_after_what_it_imports():
    text = joined(MODULES, "page/main.js")
    assert text.endswith("export const all = page_main.all;\n")
    order = [text.index(f"const {name} = (() => {{\n") for name in ("a_two", "a_one", "a_parts", "page_main")]
    assert order == sorted(order) and text.index("const page_early") < text.index("const page_main")
    assert "const { two: second } = a_two;\nconst a = a_parts;\n" in text
    assert "const { one } = a_one;\nconst others = a_two;\nreturn { one, others };\n" in text
    assert "const two = 2;\nconst three = 3;\nreturn { two, three };\n" in text
    assert 'two + "import { x } from y"' in text and "// First." not in text


def test_a_second_bundle_gets_the_modules_of_the_first():
    modules = MODULES | {
        "page/late.js": 'import { all } from "./main.js";\nimport { four } from "../b/four.js";\nexport const more = all;\n'
    }
    modules["b/four.js"] = 'import { two } from "../a/two.js";\nexport const four = 2 * two;\n'
    text = continuation(modules, "page/late.js", "page/main.js")
    assert text.startswith("export const begin = ({ a_one, a_parts, a_two, page_early, page_main }) => {\nconst b_four")
    assert text.endswith("return page_late;\n};\n") and "const { two } = a_two;\n" in text and "const a_two" not in text
    called = continuing(modules, "page/main.js", "./1.js")
    assert 'import("./1.js").then(({ begin }) => begin({ a_one, a_parts, a_two, page_early, page_main }))' in called
    assert "b_four" not in joined(modules, "page/main.js")


def test_what_it_imports_and_exports():
    assert imports("page/main.js", MODULES["page/main.js"]) == {"page/early.js": [], "a/two.js": ["two"], "a/parts.js": []}
    assert exports(MODULES["a/parts.js"]) == ["one", "others"] and exports(MODULES["page/early.js"]) == []


def test_a_circle_is_refused():
    with pytest.raises(CycleError):
        joined(MODULES | {"a/two.js": 'import { one } from "./one.js";\n' + MODULES["a/two.js"]}, "page/main.js")
