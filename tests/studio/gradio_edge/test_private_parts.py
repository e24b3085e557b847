"""Tests each private part of Gradio that the studio uses by name, so that an upgrade's failure names it."""

import ast
import importlib.util
import inspect
import re
from pathlib import Path

import gradio as gr
import pytest
from gradio import blocks_events, networking, oauth, processing_utils, queueing, route_utils, utils
from gradio_routes import paths_of
from serving import ROOT

from ganlib.planning import race
from studio.gradio_edge import delivery, import_patch, mcp_package, request_filter
from studio.ui import theme
from studio.web import routes

GRADIO = Path(gr.__file__).parent
FRONTEND = GRADIO / "templates" / "frontend"
STATIC = ROOT / "studio" / "static"

SIGNATURES = {  # of functions that are called or replaced: the names of their parameters
    "queueing.Queue.push": (queueing.Queue.push, ["self", "body", "request", "username"]),
    "networking.setup_tunnel": (
        networking.setup_tunnel,
        ["local_host", "local_port", "share_token", "share_server_address", "share_server_tls_certificate"],
    ),
    "processing_utils.save_bytes_to_cache": (processing_utils.save_bytes_to_cache, ["data", "file_name", "cache_dir"]),
    "utils.get_upload_folder": (utils.get_upload_folder, []),
}
BLOCKS = ["_queue", "share_token", "upload_file_set"]  # attributes of a built page
QUEUE = ["event_queue_per_concurrency_id", "sleep_when_free", "push", "max_size", "ANALYTICS_MAX_EVENTS"]  # of its queue
ROUTES = [  # used by the page's scripts, the tests and the README, or blocked
    "/gradio_api/component_server", "/gradio_api/queue/join", "/gradio_api/call/{api_name}", "/config", "/gradio_api/upload",
    "/gradio_api/process_recording", "/gradio_api/proxy={url_path:path}", "/gradio_api/file={path_or_url:path}",
    "/gradio_api/deep_link",
]  # fmt: skip
CLASSES = {  # in Gradio's markup, used by our style sheets and scripts
    "active", "app", "block", "contain", "container", "dark", "form", "gradio-container", "head", "max_value", "min_value",
    "options", "reset-button", "selected", "styler", "tab-container", "tab-like-container", "tabitem", "wrap", "wrap-inner",
}  # fmt: skip
TEST_IDS = {"block-info", "range-input"}


@pytest.fixture(scope="module")
def page():
    with gr.Blocks() as page:
        gr.Textbox()
    return page


@pytest.fixture(scope="module")
def paths(page):
    page.run_history = False
    return paths_of(page)


@pytest.fixture(scope="module")
def frontend():
    """Returns the text of Gradio's scripts and style sheets."""
    return "\n".join(path.read_text(errors="replace") for kind in ("js", "css") for path in FRONTEND.rglob(f"*.{kind}"))


@pytest.mark.parametrize("name", SIGNATURES)
def test_signature(name):
    function, parameters = SIGNATURES[name]
    assert list(inspect.signature(function).parameters) == parameters


@pytest.mark.parametrize("name", BLOCKS)
def test_attribute_of_a_page(page, name):
    assert hasattr(page, name)


@pytest.mark.parametrize("name", QUEUE)
def test_attribute_of_its_queue(page, name):
    assert hasattr(page._queue, name)


def test_what_waits_says_who_asked():
    assert isinstance(queueing.EventQueue("one", 1).queue, list)
    assert "request" in inspect.signature(queueing.Event).parameters
    assert "self.request = request" in inspect.getsource(queueing.Event)


def test_a_full_queue_is_answered_503():
    assert re.search(r'"queue_full": status\.HTTP_503', (GRADIO / "routes.py").read_text())


@pytest.mark.parametrize("name", ["local_url", "server", "server_name", "server_port"])
def test_attribute_of_a_launched_page(name):
    assert f"self.{name} = " in inspect.getsource(gr.Blocks.launch)


@pytest.mark.parametrize(
    ("module", "path"), [(module, path) for module, paths in import_patch.REPLACED.items() for path in paths]
)
def test_what_the_import_patch_replaces(module, path):
    source = ast.parse(Path(importlib.util.find_spec(module).origin).read_text())
    for name in path.split("."):
        source = next(node for node in source.body if getattr(node, "name", None) == name)


def test_stub_files_are_written_by_what_the_import_patch_replaces():
    assert "create_or_modify_pyi" in inspect.getsource(blocks_events)


def test_routes_are_built_before_the_launch_with_no_other_settings():
    assert inspect.getsource(gr.Blocks).count("self.app = App.create_app(self, mcp_server=False)") == 2
    assert "app_kwargs=app_kwargs," in inspect.getsource(gr.Blocks.launch)


@pytest.mark.parametrize("module", import_patch.LATE_FUNCTIONS)
def test_what_is_imported_of_late_modules(module):
    """Each is imported by the package's `__init__` alone, and no other name of it."""
    package, _, last = module.partition(".")
    text = Path(importlib.util.find_spec(package).origin).read_text()
    imported = re.findall(rf"from (?:{re.escape(module)}|\.{last}) import (.+)", text)
    assert [name.strip() for line in imported for name in line.split(",")] == import_patch.LATE_FUNCTIONS[module]


def test_what_gradio_imports_for_mcp():
    assert f"from {mcp_package.MODULE} import" in (GRADIO / "mcp.py").read_text()


@pytest.mark.slow
@pytest.mark.parametrize("path", ROUTES)
def test_route(paths, path):
    assert path in paths


def test_what_travels_compressed_or_is_kept(paths):
    assert {path.rstrip("/") or "/" for path in delivery.COMPRESSED} <= paths | {"/"}
    assert f"{delivery.NAMED_BY_CONTENT}{{path:path}}" in paths
    assert re.search(r'src="\./assets/[\w-]+-[\w-]{8}\.js"', (FRONTEND / "index.html").read_text())  # with a digest in its name


def test_the_prefix_of_routes():
    assert route_utils.API_PREFIX == "/gradio_api"
    assert routes.PLACE.startswith(f"{route_utils.API_PREFIX}/")
    assert f"{route_utils.API_PREFIX}/component_server" == request_filter.QUESTIONS


@pytest.mark.parametrize("path", ["/login/huggingface", "/logout", "_target_url"])
def test_sign_in(path):
    assert f'"{path}"' in inspect.getsource(oauth)


@pytest.mark.parametrize("name", sorted(CLASSES))
def test_class_of_the_markup(frontend, name):
    assert re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", frontend)


@pytest.mark.parametrize("name", sorted(TEST_IDS))
def test_test_id_of_the_markup(frontend, name):
    assert f'data-testid="{name}"' in frontend or f'"data-testid":"{name}"' in frontend or f'"{name}"' in frontend


def test_the_root_that_the_scripts_ask_for():
    assert "window.gradio_config" in (FRONTEND / "index.html").read_text()


@pytest.mark.parametrize("name", sorted(theme.SAME_IN_BOTH | theme.PLAIN))
def test_variable_of_the_theme(name):
    assert hasattr(gr.themes.Base(), name)


@pytest.mark.slow
def test_no_other_class_of_gradios_is_named():
    """A class in a selector that isn't in our markup is Gradio's, and must be in CLASSES."""
    sheets = "\n".join(path.read_text() for path in STATIC.rglob("*.css") if path.parent.name != "report")
    selectors = re.sub(r"/\*.*?\*/|\{[^{}]*\}", " ", sheets, flags=re.DOTALL)
    named = set(re.findall(r"\.([a-zA-Z][\w-]*)", selectors))
    ours = "\n".join(path.read_text() for kind in ("html", "js") for path in STATIC.rglob(f"*.{kind}"))
    ours += "\n".join(path.read_text() for path in (ROOT / "studio").rglob("*.py") if "gradio_edge" not in path.parts)
    named -= {f"lane-{number}" for number in range(race.MOST)}  # static/train/ makes them of a lane's number
    lacking = {name for name in named if not re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w-])", ours)}
    assert lacking <= CLASSES
    assert set(re.findall(r'data-testid="([\w-]+)"', sheets + ours)) <= TEST_IDS


def test_nothing_private_is_touched_elsewhere():
    """Outside of studio/gradio_edge nothing is imported from an undocumented module of Gradio, and no attribute of another
    package that begins with an underscore is used."""
    found = []
    for path in [ROOT / "app.py", *(ROOT / "studio").rglob("*.py")]:
        if path.parent.name == "gradio_edge":
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "gradio":
                found += [f"{path.name}: {node.module}.{each.name}" for each in node.names if each.name not in gr.__all__]
            elif isinstance(node, ast.Import):
                found += [f"{path.name}: {each.name}" for each in node.names if each.name.startswith("gradio.")]
            elif isinstance(node, ast.Attribute) and re.match("_[a-z]", node.attr) and not _own(node.value):
                found.append(f"{path.name}: {ast.unparse(node)}")
    assert found == []


def _own(value):
    return isinstance(value, ast.Name) and value.id in ("self", "cls", "other")
