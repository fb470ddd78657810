import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from rocov2.jats.text import collapse, tex_body, text_of
from tests.jats.articles import article, fig, one

MATH = 'xmlns:m="http://www.w3.org/1998/Math/MathML"'


def caption(inner):
    return one(article(fig().replace("<p>A chest radiograph.</p>", inner))).caption


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        ("<title>Title.</title><p>First.</p><p>Second.</p>", "Title. First. Second."),
        ("<title>Glued</title><p>text</p>", "Glued text"),
        ("<p>m<sup>2</sup> and H<sub>2</sub>O, <italic>in  vivo</italic>\n here</p>", "m2 and H2O, in vivo here"),
        ("<p>a<break/>b</p>", "a b"),
        ("<p>before<!-- not this --> after<?pi nor this?> end</p>", "before after end"),
        ("<p>see <xref ref-type='bibr' rid='b'>[1]</xref>, <ext-link>here</ext-link>.</p>", "see [1], here."),
        ("<p>of:<list><list-item><label>1.</label><p>one</p></list-item><list-item><p>two</p></list-item></list></p>",
         "of: 1. one two"),
        ("<p>x<inline-graphic><alt-text>icon</alt-text></inline-graphic>y</p>", "xy"),
        ("<p>dose<fn><p>per day</p></fn> given</p>", "dose per day given"),
        ("<p>non\u00a0breaking\u2003space</p>", "non breaking space"),
        ("<p>&nbsp;a&eacute;&unheard;</p>", "aé&unheard;"),
        ("<p>5 &lt; 6 &amp; 7 &#x3bc;m</p>", "5 < 6 & 7 μm"),
        ("<p>a</p><!-- c --><p>b</p>", "a b"),
    ],
)  # fmt: skip
def test_a_caption_reads_as_its_reader_sees_it(inner, text):
    assert caption(inner) == text


TEX = r"<tex-math>\documentclass{minimal}\usepackage{amsmath}\begin{document}$$p &lt; 0.05$$\end{document}</tex-math>"
IMAGE = "<inline-graphic xlink:href='m1'/>"
MATHML = "<mml:math><mml:mi>p</mml:mi><mml:mo>&lt;</mml:mo><mml:mn>0.05</mml:mn></mml:math>"


@pytest.mark.parametrize(
    ("inner", "text"),
    [
        (f"<p><inline-formula><alternatives>{TEX}{MATHML}{IMAGE}</alternatives></inline-formula>.</p>", "p<0.05."),
        (f"<p>at <inline-formula>{TEX}</inline-formula>.</p>", "at p < 0.05."),
        (f"<p>at {MATHML}.</p>", "at p<0.05."),
        ("<p>at <inline-formula><italic>p</italic></inline-formula>.</p>", "at p."),
        (f"<p>at <inline-formula>{IMAGE}</inline-formula>.</p>", "at ."),
        (f"<p>at <alternatives>{IMAGE}<textual-form>x</textual-form></alternatives>.</p>", "at x."),
    ],
)  # fmt: skip
def test_a_formula_is_taken_once_and_without_its_preamble(inner, text):
    assert caption(inner) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<m:msup><m:mi>x</m:mi><m:mn>2</m:mn></m:msup>", "x^2"),
        ("<m:msub><m:mi>T</m:mi><m:mtext>max</m:mtext></m:msub>", "T_max"),
        ("<m:mfrac><m:mn>1</m:mn><m:mrow><m:mi>a</m:mi><m:mo>+</m:mo><m:mi>b</m:mi></m:mrow></m:mfrac>", "1/(a+b)"),
        ("<m:msqrt><m:mn>2</m:mn></m:msqrt>", "√2"),
        ("<m:msubsup><m:mi>x</m:mi><m:mn>1</m:mn><m:mn>2</m:mn></m:msubsup>", "x_1^2"),
        ("<m:semantics><m:mi>y</m:mi><m:annotation>\\gamma</m:annotation></m:semantics>", "y"),
    ],
)
def test_mathml_becomes_plain_text(markup, text):
    assert text_of(etree.fromstring(f"<p>a <m:math {MATH}>{markup}</m:math></p>")) == f"a {text}"


def test_a_tex_without_a_document_is_its_own_body():
    assert tex_body(r"$\alpha_1$") == r"\alpha_1"


words = st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn")), max_size=30)


@given(words, words, words)
def test_text_is_collapsed_and_keeps_every_word_in_order(before, inside, after):
    paragraph = etree.Element("p")
    paragraph.text = before
    bold = etree.SubElement(paragraph, "bold")
    bold.text, bold.tail = inside, after
    comment = etree.Comment("c")
    paragraph.append(comment)
    assert text_of(paragraph) == collapse(before + inside + after)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc", "Cn"))))
def test_collapsing_is_idempotent_and_leaves_no_double_space(text):
    once = collapse(text)
    assert collapse(once) == once
    assert "  " not in once
    assert once == once.strip()
