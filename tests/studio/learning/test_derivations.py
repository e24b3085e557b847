"""Tests the derivations: both documents agree, their numbers are true, and all of it reaches the page."""

import re
from html.parser import HTMLParser

import numpy as np
import pytest
import torch
from synchronous import blocking_ask

from ganlib import UserError, networks
from ganlib.objectives import losses
from studio.learning import derivations, formulas
from studio.library import Library
from studio.web.questions import Questions

TAGS = {
    "p", "div", "span", "strong", "em", "code", "a", "table", "thead", "tbody", "tr", "th", "td",
    "svg", "symbol", "g", "path", "use", "rect",
}  # fmt: skip
MATH = re.compile(r"\$\$(.+?)\$\$|\$(.+?)\$")
TEXT = {language: (derivations.DOCS / file).read_text(encoding="utf-8") for language, file in derivations.FILES.items()}


def told(text):
    """Returns all formulas of a text in order: (LaTeX, whether it is displayed)."""
    return [(display or inline, bool(display)) for display, inline in MATH.findall(text)]


def sections(language):
    return re.split(r"^## ", TEXT[language], flags=re.MULTILINE)


def numbers(latex):
    """Returns the number of the formula `latex` = number, from both documents."""
    found = {language: re.findall(re.escape(latex) + r"=(-?\d+(?:\.\d+)?)\$", text) for language, text in TEXT.items()}
    assert found["en"] == found["zh"] and found["en"], latex
    return [float(number) for number in found["en"]]


def rows(section):
    """Returns the cells of the tables in a section of both documents, without their headers."""
    tables = {language: re.findall(r"^\|(.+)\|$", sections(language)[section], re.MULTILINE)[2:] for language in TEXT}
    assert tables["en"] == tables["zh"]
    return [[cell.strip() for cell in row.split("|")] for row in tables["en"]]


@pytest.fixture(scope="module")
def ask(tmp_path_factory):
    return blocking_ask(Questions(Library(tmp_path_factory.mktemp("none"))))


@pytest.fixture(scope="module")
def normals():
    """Returns x, p (normal around 0), q (around 2), and a function that integrates values at x."""
    x = torch.linspace(-12, 14, 200_001, dtype=torch.float64)
    p, q = (torch.exp(-((x - mean) ** 2) / 2) / np.sqrt(2 * np.pi) for mean in (0, 2))
    return x, p, q, lambda values: float(torch.trapezoid(values, x))


class TestDocuments:
    def test_topics_are_the_same(self):
        assert len(sections("en")) == len(sections("zh")) == 12

    @pytest.mark.parametrize("section", range(12))
    def test_formulas_are_the_same(self, section):
        """Displayed formulas and statements in order; the order of single symbols depends on the language."""
        english, chinese = (told(sections(language)[section]) for language in TEXT)
        assert [latex for latex, display in english if display] == [latex for latex, display in chinese if display]
        statements = [[latex for latex, _ in side if re.search(r"=|\\le|\\ge|[<>]", latex)] for side in (english, chinese)]
        assert statements[0] == statements[1]
        symbols = [{latex for latex, _ in side if latex not in ("D", "G")} for side in (english, chinese)]
        assert symbols[0] == symbols[1]

    @pytest.mark.slow
    @pytest.mark.parametrize("language", TEXT)
    def test_every_formula_can_be_drawn(self, language):
        for latex, display in told(TEXT[language]):
            svg = formulas.svg(latex, inline=not display)
            width = float(re.search(r'width="([\d.]+)"', svg)[1])
            assert width < (800 if display else 340), latex  # inline formulas fit a phone

    @pytest.mark.parametrize("language", TEXT)
    def test_github_reads_the_same_formulas(self, language):
        for latex, _ in told(TEXT[language]):
            assert not re.search(r"\\[^a-zA-Z]", latex), f"{latex}: GitHub takes the backslash for an escape of Markdown"
        assert not re.search(r"[^\x00-\x7f]\$[^$]", MATH.sub("", TEXT[language]))
        outside = re.findall(r"(.?)\$[^$\n]+\$(.?)", re.sub(r"^\$\$.+\$\$$", "", TEXT[language], flags=re.MULTILINE))
        assert all(side.isascii() for sides in outside for side in sides), "GitHub needs a space beside Chinese"

    @pytest.mark.parametrize("language", TEXT)
    def test_functions_that_are_named_exist(self, language):
        named = set(re.findall(r"`(\w+)(?:\([\w, ]*\))?`", TEXT[language])) - {"penalty_every"}
        functions = {loss for pair in losses.LOSSES.values() for loss in (pair.discriminator, pair.generator)}
        assert named == {function.__name__ for function in functions} | {"zero_centred_penalty", "gradient_penalty"}
        for path in re.findall(r"`(ganlib/[\w/.]+)`", TEXT[language]):
            assert (derivations.DOCS.parent / path).is_file()


class TestNumbers:
    def test_the_undecided_discriminator(self):
        undecided = torch.zeros(1)
        loss = losses.logistic_discriminator(undecided, undecided).item()
        assert numbers(r"2\log 2=\log 4") == [pytest.approx(loss, abs=5e-4)]
        assert numbers(r"V=-\log 4") == [pytest.approx(-loss, abs=5e-4)]
        assert numbers(r"\log 2") == pytest.approx([np.log(2)] * 2, abs=5e-4)

    def test_softplus_is_finite_where_the_sigmoid_is_not(self):
        t = torch.tensor(-200.0)
        assert torch.log(torch.sigmoid(t)) == -torch.inf
        assert torch.nn.functional.softplus(-t).item() == numbers(r"\operatorname{softplus}(200)")[0]

    def test_the_table_of_gradients_is_what_autograd_finds(self):
        for cells in rows(4):
            logit, probability, *slopes = map(float, cells)
            assert probability == pytest.approx(torch.sigmoid(torch.tensor(logit)).item(), abs=5e-5)
            for slope, loss in zip(slopes, (losses.saturating_generator, losses.non_saturating_generator), strict=True):
                assert slope == pytest.approx(gradient(loss, logit), abs=5e-5)
        assert numbers(r"e^5") == [pytest.approx(np.exp(5), abs=0.05)]

    def test_least_squares_gradients(self):
        assert [gradient(losses.least_squares_generator, logit) for logit in (-5, 0, 5)] == [-6, -1, 4]
        for text in TEXT.values():
            assert re.search(r"\$-6\$.+\$-1\$.+\$4\$", text)

    def test_linear_gradients(self):
        assert {gradient(losses.linear_generator, logit) for logit in (-5, 0, 5)} == {numbers("dL_G/dt")[0]} == {-1}

    def test_the_optimal_discriminator_of_two_normals(self, normals):
        x, p, q, _ = normals
        optimal = p / (p + q)
        logits, values = rows(2)
        for place, logit, value in zip((0, 1, 2), logits[1:], values[1:], strict=True):
            at = (x - place).abs().argmin()
            assert optimal[at].item() == pytest.approx(float(value), abs=5e-5)
            assert torch.logit(optimal[at]).item() == pytest.approx(float(logit), abs=1e-4)

    def test_the_divergences_of_two_normals(self, normals):
        x, p, q, integral = normals
        t, soft = 2 - 2 * x, torch.nn.functional.softplus
        at_best = integral(p * soft(-t) + q * soft(t))
        assert numbers("L_D")[0] == pytest.approx(at_best, abs=5e-5)
        assert numbers(r"\operatorname{JSD}") == [pytest.approx((np.log(4) - at_best) / 2, abs=5e-5)]
        assert numbers(r"\chi^2") == [pytest.approx(integral((q - p) ** 2 / (p + q)), abs=5e-5)]
        variation = integral((p - q).abs())
        assert all(f"{variation:.4f}" in text for text in TEXT.values())
        hinge = integral(p * (1 - (p - q).sign()).relu() + q * (1 + (p - q).sign()).relu())
        assert numbers("L_D")[1] == pytest.approx(hinge, abs=5e-4)

    def test_the_wasserstein_distance_of_two_normals(self):
        """In one dimension it is the mean distance of the sorted samples' pairs."""
        quantiles = torch.special.ndtri(torch.linspace(0.001, 0.999, 999, dtype=torch.float64))
        distance = ((quantiles + 2) - quantiles).abs().mean().item()
        assert all(f"$W={distance:.0f}$" in text for text in TEXT.values())

    def test_least_squares_is_pearsons_divergence(self, normals):
        _, p, q, integral = normals
        pearson = integral((q - p) ** 2 / (p + q))
        for a, b, c in ((0, 1, 1), (-1, 1, 0), (0.3, 2, -1)):
            optimal = (b * p + a * q) / (p + q)
            closed = 2 * ((a + b) / 2 - c) ** 2 + (a - b) ** 2 / 4 * pearson
            assert integral((p + q) * (optimal - c) ** 2) == pytest.approx(closed)

    def test_the_relativistic_game_measures_pairs(self):
        """On five points, by exact sums: L_D at D* is log 2 - JSD(P || Q)."""
        p, q = (torch.rand(5, generator=torch.Generator().manual_seed(seed)).softmax(0).double() for seed in (1, 2))
        real = (p / q).log()
        pairs, swapped = p[:, None] * q, q[:, None] * p
        loss = (pairs * torch.nn.functional.softplus(real[None, :] - real[:, None])).sum()
        mean = (pairs + swapped) / 2
        divergence = ((pairs * (pairs / mean).log()).sum() + (swapped * (swapped / mean).log()).sum()) / 2
        assert loss.item() == pytest.approx(np.log(2) - divergence.item())
        noise = torch.randn(5, generator=torch.Generator().manual_seed(3)).double()
        for other in (real + 0.1 * noise, real - 0.1 * noise):  # no other D has a lower loss
            assert (pairs * torch.nn.functional.softplus(other[None, :] - other[:, None])).sum() > loss

    @pytest.mark.parametrize(("gamma", "said"), [(0, r"\pm 0.5i"), (0.1, r"-0.05\pm 0.4975i"), (1, "-0.5"), (2, "-0.134")])
    def test_the_eigenvalues_of_the_smallest_gan(self, gamma, said):
        assert all(f"${said}$" in text for text in TEXT.values())
        slowest = max(np.linalg.eigvals([[0, 0.5], [-0.5, -gamma]]), key=lambda value: (round(value.real, 9), value.imag))
        stated = complex(said.replace(r"\pm ", "+").replace("i", "j"))
        assert abs(slowest - stated) < 5e-4

    @pytest.mark.slow
    def test_r1_stops_the_circles_of_the_smallest_gan(self):
        def distances(gamma):
            psi, theta = (torch.tensor(1.0, dtype=torch.float64, requires_grad=True) for _ in range(2))
            for _ in range(400):
                real = torch.zeros(1, 1, dtype=torch.float64, requires_grad=True)
                judged = (psi * real).sum(1)
                penalty = gamma * losses.zero_centred_penalty(judged, real)
                d_loss = losses.logistic_discriminator(judged, psi * theta) + penalty
                (down,) = torch.autograd.grad(d_loss, psi)
                (along,) = torch.autograd.grad(losses.saturating_generator(judged, psi * theta), theta)
                with torch.no_grad():
                    psi -= 0.05 * down
                    theta -= 0.05 * along
            return (psi**2 + theta**2).item()

        assert distances(0.0) > 2 > 0.01 > distances(1.0)

    def test_the_sizes_of_convolutions(self):
        kernel = {"kernel_size": 4, "stride": 2, "padding": 1}
        assert torch.nn.Conv2d(1, 1, **kernel)(torch.zeros(1, 1, 28, 28)).shape[-1] == 14
        assert torch.nn.ConvTranspose2d(1, 1, **kernel)(torch.zeros(1, 1, 7, 7)).shape[-1] == 14
        odd = {"kernel_size": 3, "stride": 2, "padding": 1}
        assert {torch.nn.Conv2d(1, 1, **odd)(torch.zeros(1, 1, size, size)).shape[-1] for size in (27, 28)} == {14}
        assert torch.nn.ConvTranspose2d(1, 1, **odd)(torch.zeros(1, 1, 14, 14)).shape[-1] == 27
        assert torch.nn.ConvTranspose2d(1, 1, **odd, output_padding=1)(torch.zeros(1, 1, 14, 14)).shape[-1] == 28
        generator = networks.build_generator({"family": "dcgan", "image_size": 28, "channels": 1, "latent_dim": 2, "width": 2})
        strided = [layer for layer in generator.modules() if isinstance(layer, torch.nn.ConvTranspose2d)]
        assert {(layer.kernel_size, layer.stride, layer.padding) for layer in strided} == {((4, 4), (2, 2), (1, 1))}


class TestAnswers:
    @pytest.mark.slow
    @pytest.mark.parametrize("language", TEXT)
    def test_topics_come_with_their_formulas(self, ask, language):
        contents = ask({"what": "theory", "language": language})
        assert len(contents["topics"]) == 11 and "<svg" in contents["preface"]
        for number in range(10):
            page = Reader(ask({"what": "theory", "language": language, "topic": number})["html"])
            expected = [latex for latex, _ in told(sections(language)[1 + number])]
            assert page.labels == expected and "$" not in page.text
            assert page.tags <= TAGS

    def test_no_gap_before_chinese_punctuation(self, ask):
        page = Reader(ask({"what": "theory", "language": "zh", "topic": 0})["html"])
        assert not re.search(r" [，。；：）]", page.text)

    @pytest.mark.parametrize("language", [None, "de", "../zh", ["en"]])
    def test_other_languages(self, ask, language):
        assert ask({"what": "theory", "language": language})["error"] == "language must be one of en, zh."

    @pytest.mark.parametrize("topic", [-1, 11, "1", None, True, 0.5])
    def test_other_topics(self, ask, topic):
        told = ask({"what": "theory", "language": "en", "topic": topic})["error"]
        assert told == "topic must be a whole number from 0 to 10."

    def test_a_missing_document_is_one_sentence(self, tmp_path, monkeypatch):
        monkeypatch.setattr(derivations, "DOCS", tmp_path)
        derivations.read.cache_clear()
        with pytest.raises(UserError, match=r"^The derivations can't be shown: docs/theory\.en\.md is not there\.$"):
            derivations.read("en")

    def test_html_in_a_document_is_text(self, tmp_path, monkeypatch):
        (tmp_path / "theory.en.md").write_text("# A\n\n<b onclick=x>b</b>\n\n## B\n\n[a](javascript:x) <script>y</script>\n")
        monkeypatch.setattr(derivations, "DOCS", tmp_path)
        derivations.read.cache_clear()
        preface, topic = (part.html() for part in derivations.read("en"))
        derivations.read.cache_clear()
        assert Reader(preface).tags == {"p"} and Reader(topic).tags == {"p"}


def gradient(loss, logit):
    """Returns the gradient of a generator's loss by the logit of one generated picture."""
    fake = torch.tensor([float(logit)], requires_grad=True)
    loss(torch.zeros(1), fake).backward()
    return fake.grad.item()


class Reader(HTMLParser):
    """Collects the tags, text, and formulas' labels of HTML."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.text, self.labels = set(), "", []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        if tag == "svg":
            self.labels.append(dict(attributes)["aria-label"])
            self.text += "◇"

    def handle_data(self, data):
        self.text += data
