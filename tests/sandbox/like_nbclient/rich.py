# %%
from IPython.display import HTML, JSON, Image, Latex, Markdown, Math, SVG, Javascript, Code, Pretty, Audio, display

display(HTML("<b>bold</b>"), Markdown("**bold**"), Latex("$x$"), Math("x^2"))
# %%
HTML("<i>result</i>")
# %%
JSON({"a": [1, 2, {"b": None}], "c": 1.5}, expanded=True)
# %%
SVG('<svg xmlns="http://www.w3.org/2000/svg" width="4" height="4"><rect width="2" height="2"/></svg>')
# %%
display(1, "two", [3], {"four": 5}, None)
# %%
class Both:
    def __repr__(self):
        return "plain"

    def _repr_html_(self):
        return "<p>html</p>"

    def _repr_markdown_(self):
        return "*markdown*"

    def _repr_latex_(self):
        return None


Both()
# %%
display(Both(), Both())
print("between")
Both()
# %%
class Bundle:
    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/plain": "bundle", "application/vnd.custom+json": {"a": [1]}}, {"text/plain": {"note": 1}}


Bundle()
# %%
display({"text/plain": "raw", "text/html": "<u>raw</u>"}, raw=True)
# %%
display(Both(), metadata={"text/html": {"isolated": True}})
# %%
display(Both(), include=["text/html"])
display(Both(), exclude=["text/html"])
# %%
class Shows:
    def _ipython_display_(self):
        print("I show myself")
        display(HTML("<b>me</b>"))


Shows()
# %%
[Shows(), Both()]
# %%
class Fails:
    def _repr_html_(self):
        raise ValueError("no html")

    def __repr__(self):
        return "but a repr"


Fails()
# %%
Javascript("1 + 1")
# %%
Image(b"\x89PNG\r\n\x1a\n" + b"\x00\x00\x00\rIHDR" + b"\x00\x00\x00\x07\x00\x00\x00\x05" + b"\x08\x02\x00\x00\x00" + bytes(64), width=10)
# %%
Code("print(1)", language="python")
# %%
Pretty("as it is")
# %%
class Secret(dict):
    def _repr_pretty_(self, printer, cycle):
        printer.text("Secret(...)")


Secret(a=1)
# %%
import fractions, decimal, datetime, pathlib, re, enum, dataclasses, collections

fractions.Fraction(1, 3), decimal.Decimal("1.10"), datetime.date(2027, 1, 2), pathlib.PurePosixPath("a/b"), re.compile("a+")
# %%
@dataclasses.dataclass
class Patient:
    age: int
    name: str = "N. N."


Patient(61), collections.Counter("abca"), collections.OrderedDict(a=1), enum.Enum("Ward", "A B").A
# %%
from IPython.display import HTML, DisplayHandle, clear_output, display, update_display

handle = display("first", display_id=True)
named = display(HTML("<b>1</b>"), display_id="named")
# %%
handle.update("changed in the next cell")
update_display(HTML("<b>2</b>"), display_id="named")
# %%
display(HTML("<b>again</b>"), display_id="named")
# %%
update_display("both change", display_id="named")
# %%
print("gone")
clear_output()
print("stays")
# %%
print("gone")
clear_output(wait=True)
print("stays")
# %%
print("stays for want of more")
clear_output(wait=True)
# %%
for number in range(4):
    clear_output(wait=True)
    print("step", number)
    display(number)
# %%
display("one")
clear_output()
# %%
late = DisplayHandle("late")
late.display("shown")
late.update("updated")
# %%
update_display("nobody has this", display_id="unknown")
# %%
display(display(1, display_id="inner"))
# %%
print("a")
display("b")
print("c")
display("d")
print("e")
"f"
# %%
handle = display("x", display_id="loop")
for number in range(5):
    handle.update(number)
# %%
handle
# %%
print("before")
class Odd:
    def __repr__(self):
        raise ValueError('no repr')


Odd()
