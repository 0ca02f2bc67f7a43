"""The same letter by Typst (warm compiler) and WeasyPrint: letters per CPU second, one line each.

usage: peers.py LETTER.json SECONDS.  Content comes from the file: letterhead, reference rows, paragraphs, rows of name and
value, boxed code, table, QR code. The QR code is drawn once, before the clock runs; every letter has another number, so that
nothing is simply remembered.
"""

import json
import pathlib
import sys
import tempfile
import time

import segno
import typst
import weasyprint

FONTS = pathlib.Path(__file__).resolve().parents[2] / "letter-templates" / "fonts"

TYPST = """
#let letter = json(bytes(sys.inputs.letter))
#set page(paper: "a4", margin: (left: 25mm, right: 20mm, top: 14mm, bottom: 18mm),
  footer: context [#text(8pt)[#letter.number #h(1fr) Halaman #counter(page).display() dari #counter(page).final().first()]])
#set text(font: "Liberation Sans", size: 11pt, lang: "id", hyphenate: true)
#set par(justify: true, leading: 0.55em)
#align(center)[#for line in letter.head [*#line* \\ ] #text(7.2pt, letter.address)]
#line(length: 100%, stroke: 2pt)
#grid(columns: (auto, auto, 1fr), gutter: 5pt,
  ..letter.reference.map(row => (row.at(0), ":", row.at(1))).flatten())
#letter.addressee
#for text in letter.opening [#par(text)]
#grid(columns: (auto, auto, 1fr), gutter: 5pt, ..letter.rows.map(row => (row.at(0), ":", row.at(1))).flatten())
#align(center, box(stroke: 1.2pt, inset: 9pt, text(18pt, font: "Liberation Mono", weight: "bold", letter.code)))
#enum(..letter.items)
#table(columns: (auto, 1fr, 1fr), ..letter.table.flatten())
#letter.closing
#align(right, block(width: 48%, align(left)[#letter.title \\ #image("qr.svg", width: 22mm) #letter.name]))
"""

HTML = """<!doctype html><html lang="id"><head><title>Surat</title><style>
@font-face {{ font-family: Sans; src: url("{fonts}/LiberationSans-Regular.ttf") }}
@font-face {{ font-family: Sans; font-weight: bold; src: url("{fonts}/LiberationSans-Bold.ttf") }}
@font-face {{ font-family: Mono; font-weight: bold; src: url("{fonts}/LiberationMono-Bold.ttf") }}
@page {{ size: A4; margin: 14mm 20mm 18mm 25mm; @bottom-right {{ content: "Halaman " counter(page) " dari " counter(pages) }} }}
body {{ font: 11pt Sans; text-align: justify }} header, .code {{ text-align: center }} header {{ border-bottom: 2pt solid }}
.code b {{ font: bold 18pt Mono; border: 1.2pt solid; padding: 9pt }} .grid td {{ border: .6pt solid }}
.sign {{ margin-left: 52% }} img {{ width: 22mm }}
</style></head><body><header>{head}<small>{address}</small></header><table>{reference}</table><p>{addressee}</p>{opening}
<table>{rows}</table><p class="code"><b>{code}</b></p><ol>{items}</ol><table class="grid">{table}</table><p>{closing}</p>
<div class="sign">{title}<br><img src="{qr}"><br>{name}</div></body></html>"""


def html(letter, qr):
    row = lambda cells: "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"
    rows = lambda name: "".join(row(cells) for cells in letter[name])
    return HTML.format(
        fonts=FONTS.as_uri(), qr=qr, head="".join(f"<b>{line}</b><br>" for line in letter["head"]),
        reference=rows("reference"), rows=rows("rows"), table=rows("table"),
        opening="".join(f"<p>{text}</p>" for text in letter["opening"]),
        items="".join(f"<li>{text}</li>" for text in letter["items"]),
        **{name: letter[name] for name in ("address", "addressee", "code", "closing", "title", "name")})


def numbered(letter, number):
    text = f"S-{number}/KPP.031/2026"
    reference = [["Nomor", text]] + letter["reference"][1:]
    return {**letter, "number": text, "reference": reference, "code": f"K7QM-{number:04d}-9TRD"}


def measure(name, make, seconds):
    size = len(make(0))
    begun, letters = time.process_time(), 0
    while time.process_time() - begun < seconds:
        letters += 1
        make(letters)
    print(f"{name} {letters / (time.process_time() - begun):.2f} {size}", flush=True)


def main():
    letter = json.loads(pathlib.Path(sys.argv[1]).read_text())
    seconds = float(sys.argv[2])
    with tempfile.TemporaryDirectory() as folder:
        folder = pathlib.Path(folder)
        qr = folder / "qr.svg"
        segno.make(letter["link"], error="m", micro=False).save(str(qr), border=2)
        source = folder / "letter.typ"
        source.write_text(TYPST)
        compiler = typst.Compiler(str(source), root=str(folder), font_paths=[str(FONTS)], ignore_system_fonts=True)
        measure("typst", lambda number: compiler.compile(
            format="pdf", sys_inputs={"letter": json.dumps(numbered(letter, number))}), seconds)
        fonts = weasyprint.text.fonts.FontConfiguration()
        measure("weasyprint", lambda number: weasyprint.HTML(
            string=html(numbered(letter, number), qr.as_uri())).write_pdf(font_config=fonts), seconds)


main()
