//! A paper as a Word file, for those who must edit it: the same words from the same template, letters, tables and page numbers
//! as Word sets them. What counts is the PDF; the Word file says so in its foot.

use super::issuing;
use super::show::{file_name, seen, sent};
use crate::app::App;
use crate::kit::docx::{self, MEDIA_TYPE};
use crate::kit::error::Error;
use crate::kit::id::Id;
use crate::people::doors::Visit;
use axum::extract::{Path, State};
use axum::response::Response;
use docx_rs::{
    AlignmentType, BreakType, Docx, FieldCharType, Footer, InstrNUMPAGES, InstrPAGE, InstrText, LineSpacing,
    LineSpacingType, Paragraph, Run, SpecialIndentType, Table, TableCell, TableRow, VAlignType, WidthType,
};
use std::io::Cursor;
use typesetting::{Block, Cell, Outline, Side};

/// The letters of the foot, in half points.
const FOOT: usize = 18;

/// `GET /papers/{id}/docx`.
///
/// # Errors
/// [`Error::NotFound`] when the reader sees no such paper; [`Error::Internal`] when it cannot be made.
pub async fn word(State(app): State<App>, visit: Visit, Path(id): Path<Id>) -> Result<Response, Error> {
    let paper = seen(&app, &visit, id).await?;
    let (outline, _) = issuing::outline(&app, &paper).await?;
    let bytes = file(&outline, &super::paper::grouped(&paper.code))?;
    Ok(sent(MEDIA_TYPE, "attachment", "paper.docx", &format!("{}.docx", file_name(&app, &paper)), bytes))
}

/// The Word file of a paper.
fn file(outline: &Outline, code: &str) -> Result<Vec<u8>, Error> {
    let mut whole = docx::letter().footer(foot(outline, code));
    for block in &outline.blocks {
        whole = match block {
            Block::Paragraph(paragraph) => whole.add_paragraph(line(paragraph)),
            Block::Table(table) => whole.add_table(grid(table)),
        };
    }
    pack(whole)
}

fn pack(whole: Docx) -> Result<Vec<u8>, Error> {
    let mut bytes = Cursor::new(Vec::new());
    whole.build().pack(&mut bytes).map_err(|error| Error::Internal(format!("Word: {error}")))?;
    Ok(bytes.into_inner())
}

/// The foot of every page: who signs it, its number, the code by which the paper is checked.
fn foot(outline: &Outline, code: &str) -> Footer {
    let small = |words: &str| Run::new().add_text(words).size(FOOT);
    // What Word counts itself, in the letters of the words around it.
    let field = |what: InstrText| {
        Run::new()
            .size(FOOT)
            .add_field_char(FieldCharType::Begin, false)
            .add_instr_text(what)
            .add_field_char(FieldCharType::Separate, false)
            .add_text("1")
            .add_field_char(FieldCharType::End, false)
    };
    let mut foot = Footer::new();
    if let Some(signer) = &outline.signer {
        let signed = format!("{signer}（签名并捺指印）：＿＿＿＿＿＿＿＿＿　　年　月　日");
        foot = foot.add_paragraph(docx::paragraph().add_run(Run::new().add_text(signed).size(24)));
    }
    let pages = docx::paragraph()
        .align(AlignmentType::Center)
        .add_run(small("第 "))
        .add_run(field(InstrText::PAGE(InstrPAGE::new())))
        .add_run(small(" 页　共 "))
        .add_run(field(InstrText::NUMPAGES(InstrNUMPAGES::new())))
        .add_run(small(" 页"));
    let checked = docx::paragraph()
        .align(AlignmentType::Center)
        .add_run(small(&format!("核验码：{code}（以加盖印章的文书为准）")));
    foot.add_paragraph(pages).add_paragraph(checked)
}

const fn aligned(side: Side) -> AlignmentType {
    match side {
        Side::Start => AlignmentType::Both,
        Side::Middle => AlignmentType::Center,
        Side::End => AlignmentType::Right,
    }
}

fn line(paragraph: &typesetting::Paragraph) -> Paragraph {
    let size = paragraph.runs.first().map_or(16.0, |run| run.size);
    // Lines as far apart as in the PDF: three quarters of a letter between them.
    let spacing =
        LineSpacing::new().line_rule(LineSpacingType::AtLeast).line(twentieths(size * 1.6)).before(0).after(60);
    let mut made = docx::paragraph().align(aligned(paragraph.side)).line_spacing(spacing);
    if paragraph.is_indented {
        made = made.indent(None, Some(SpecialIndentType::FirstLine(twentieths(size * 2.0))), None, None);
    }
    for run in &paragraph.runs {
        let mut letters = Run::new().size(half_points(run.size));
        if run.is_bold {
            letters = letters.bold();
        }
        for (place, part) in run.text.split('\n').enumerate() {
            if place > 0 {
                letters = letters.add_break(BreakType::TextWrapping);
            }
            letters = letters.add_text(part);
        }
        made = made.add_run(letters);
    }
    made
}

fn grid(table: &typesetting::Table) -> Table {
    let widths: Vec<usize> = table.columns.iter().map(|share| twips(*share)).collect();
    let mut rows = Vec::new();
    for row in &table.rows {
        let mut column = 0;
        let cells = row.iter().map(|cell| {
            let width = widths.iter().skip(column).take(cell.span).sum();
            column += cell.span;
            boxed(cell, width)
        });
        rows.push(TableRow::new(cells.collect()));
    }
    Table::new(rows).set_grid(widths).width(docx::LETTER_WIDTH, WidthType::Dxa)
}

fn boxed(cell: &Cell, width: usize) -> TableCell {
    let mut made = TableCell::new().width(width, WidthType::Dxa).vertical_align(VAlignType::Center);
    if cell.span > 1 {
        made = made.grid_span(cell.span);
    }
    for block in &cell.blocks {
        made = match block {
            Block::Paragraph(paragraph) => made.add_paragraph(line(paragraph)),
            Block::Table(table) => made.add_table(grid(table)),
        };
    }
    // A cell must end with a paragraph.
    if matches!(cell.blocks.last(), None | Some(Block::Table(_))) {
        made.add_paragraph(docx::paragraph())
    } else {
        made
    }
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a share of the width, between 0 and 1")]
fn twips(share: f64) -> usize {
    (docx::LETTER_WIDTH as f64 * share.clamp(0.0, 1.0)).round() as usize
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "letters between 1 and 100 points")]
fn half_points(size: f64) -> usize {
    (size.clamp(1.0, 100.0) * 2.0).round() as usize
}

#[expect(clippy::cast_possible_truncation, reason = "a few lines at the most")]
fn twentieths(points: f64) -> i32 {
    (points.clamp(0.0, 400.0) * 20.0).round() as i32
}
