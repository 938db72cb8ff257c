//! A paper as paragraphs and tables, for programs in which it can be edited. It comes from the very template that draws the
//! PDF, so that no sentence has to be written twice; what only a page has (heads, feet, rules, seals' rooms) is left out.

use typst::foundations::{Content, IntoValue, Packed, SequenceElem, Smart, StyleChain, StyledElem, SymbolElem, Value};
use typst::introspection::MetadataElem;
use typst::layout::{
    AlignElem, Alignment, BlockBody, BlockElem, BoxElem, Celled, GridChild, GridElem, GridItem, HAlignment, HElem,
    PadElem, Sizing, Spacing, VElem,
};
use typst::model::{EmphElem, ParElem, ParbreakElem, StrongElem, TableChild, TableElem, TableItem};
use typst::text::{LinebreakElem, SpaceElem, TextElem};

/// A paper's parts in their order.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Outline {
    /// Who signs at the foot of every page, if anybody does.
    pub signer: Option<String>,
    pub blocks: Vec<Block>,
}

/// A paragraph or a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Block {
    Paragraph(Paragraph),
    Table(Table),
}

/// Text that ends with its own line.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Paragraph {
    pub runs: Vec<Run>,
    pub side: Side,
    /// Whether its first line begins two characters further in.
    pub is_indented: bool,
}

/// Letters of one kind; a line feed breaks the line.
#[derive(Clone, Debug, PartialEq)]
pub struct Run {
    pub text: String,
    /// In points.
    pub size: f64,
    pub is_bold: bool,
}

/// Where a line stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Side {
    #[default]
    Start,
    Middle,
    End,
}

/// A ruled table.
#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    /// Each column's share of the width; together 1.
    pub columns: Vec<f64>,
    /// How many of the first rows are repeated on every page.
    pub heads: usize,
    pub rows: Vec<Vec<Cell>>,
}

/// A cell over one or more columns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Cell {
    pub span: usize,
    pub blocks: Vec<Block>,
}

/// The width of a paper's text, in points: what fixed columns are measured against.
const WIDTH: f64 = 460.0;
/// Deeper nesting than any template has.
const DEEPEST: usize = 60;

impl Outline {
    pub(crate) fn of(content: &Content, styles: StyleChain<'_>) -> Outline {
        let mut writer = Writer::default();
        writer.walk(content, styles, Side::Start, 0);
        writer.close();
        Outline { signer: writer.signer, blocks: writer.blocks }
    }

    /// All words, one paragraph a line.
    pub fn text(&self) -> String {
        let mut text = String::new();
        write(&self.blocks, &mut text);
        text
    }
}

fn write(blocks: &[Block], text: &mut String) {
    for block in blocks {
        match block {
            Block::Paragraph(paragraph) => {
                text.extend(paragraph.runs.iter().map(|run| run.text.as_str()));
                text.push('\n');
            }
            Block::Table(table) => table.rows.iter().flatten().for_each(|cell| write(&cell.blocks, text)),
        }
    }
}

#[derive(Default)]
struct Writer {
    signer: Option<String>,
    blocks: Vec<Block>,
    open: Paragraph,
    bold: usize,
}

impl Writer {
    fn close(&mut self) {
        let mut done = std::mem::take(&mut self.open);
        if let Some(last) = done.runs.last_mut() {
            last.text.truncate(last.text.trim_end_matches(' ').len());
        }
        done.runs.retain(|run| !run.text.is_empty());
        if !done.runs.is_empty() {
            self.blocks.push(Block::Paragraph(done));
        }
    }

    fn push(&mut self, text: &str, styles: StyleChain<'_>, side: Side) {
        if self.open.runs.is_empty() {
            if text.trim_matches(' ').is_empty() {
                return;
            }
            self.open.side = side;
            self.open.is_indented = side == Side::Start && is_indented(styles);
        }
        let size = styles.resolve(TextElem::size).to_pt();
        let is_bold = self.bold > 0 || styles.get(TextElem::weight).to_number() >= 600;
        match self.open.runs.last_mut() {
            Some(last) if last.is_bold == is_bold && (last.size - size).abs() < 0.01 => last.text.push_str(text),
            _ => self.open.runs.push(Run { text: text.to_owned(), size, is_bold }),
        }
    }

    /// What stands on lines of its own.
    fn apart(&mut self, content: &Content, styles: StyleChain<'_>, side: Side, depth: usize) {
        self.close();
        self.walk(content, styles, side, depth + 1);
        self.close();
    }

    fn walk(&mut self, content: &Content, styles: StyleChain<'_>, side: Side, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        let deeper = depth + 1;
        if let Some(styled) = content.to_packed::<StyledElem>() {
            self.walk(&styled.child, styles.chain(&styled.styles), side, deeper);
        } else if let Some(sequence) = content.to_packed::<SequenceElem>() {
            sequence.children.iter().for_each(|child| self.walk(child, styles, side, deeper));
        } else if let Some(text) = content.to_packed::<TextElem>() {
            self.push(&text.text, styles, side);
        } else if let Some(symbol) = content.to_packed::<SymbolElem>() {
            self.push(&symbol.text, styles, side);
        } else if content.is::<SpaceElem>() {
            self.push(" ", styles, side);
        } else if content.is::<LinebreakElem>() {
            self.push("\n", styles, side);
        } else if let Some(strong) = content.to_packed::<StrongElem>() {
            self.bold += 1;
            self.walk(&strong.body, styles, side, deeper);
            self.bold -= 1;
        } else if let Some(emphasis) = content.to_packed::<EmphElem>() {
            self.walk(&emphasis.body, styles, side, deeper);
        } else if let Some(paragraph) = content.to_packed::<ParElem>() {
            self.apart(&paragraph.body, styles, side, depth);
        } else if content.is::<ParbreakElem>() || content.is::<VElem>() {
            self.close();
        } else if let Some(aligned) = content.to_packed::<AlignElem>() {
            let side = side_of(aligned.alignment.get(styles)).unwrap_or(side);
            self.apart(&aligned.body, styles, side, depth);
        } else if let Some(block) = content.to_packed::<BlockElem>() {
            if let Some(BlockBody::Content(body)) = block.body.get_ref(styles) {
                self.apart(body, styles, side, depth);
            }
        } else if let Some(padded) = content.to_packed::<PadElem>() {
            self.apart(&padded.body, styles, side, depth);
        } else if let Some(inline) = content.to_packed::<BoxElem>() {
            if let Some(body) = inline.body.get_ref(styles) {
                self.walk(body, styles, side, deeper);
            }
        } else if let Some(gap) = content.to_packed::<HElem>() {
            let ems = match gap.amount {
                Spacing::Rel(amount) => amount.abs.em.get().round().clamp(0.0, 8.0) as usize,
                Spacing::Fr(_) => 2,
            };
            if !self.open.runs.is_empty() {
                self.push(&"\u{3000}".repeat(ems), styles, side);
            }
        } else if let Some(table) = content.to_packed::<TableElem>() {
            self.table(table, styles, depth);
        } else if let Some(grid) = content.to_packed::<GridElem>() {
            self.grid(grid, styles, side, depth);
        } else if let Some(told) = content.to_packed::<MetadataElem>()
            && let Value::Dict(told) = &told.value
            && let Ok(Value::Str(signer)) = told.get("signer")
        {
            self.signer = Some(signer.to_string());
        }
    }

    /// The blocks of a part that stands by itself.
    fn within(&self, content: &Content, styles: StyleChain<'_>, side: Side, depth: usize) -> Vec<Block> {
        let mut inner = Writer { bold: self.bold, ..Writer::default() };
        inner.walk(content, styles, side, depth + 1);
        inner.close();
        inner.blocks
    }

    fn table(&mut self, table: &Packed<TableElem>, styles: StyleChain<'_>, depth: usize) {
        self.close();
        let columns = shares(&table.columns.get_ref(styles).0);
        let sides = table.align.get_ref(styles);
        let mut rows = Rows::new(columns.len());
        let mut heads = 0;
        let mut place = |writer: &Writer, item: &TableItem| {
            let TableItem::Cell(cell) = item else { return };
            let side = match cell.align.get(styles) {
                Smart::Custom(alignment) => side_of(alignment),
                Smart::Auto => None,
            };
            let side = side.or_else(|| side_of(celled(sides, rows.column())?)).unwrap_or_default();
            let blocks = writer.within(&cell.body, styles, side, depth);
            rows.push(Cell { span: cell.colspan.get(styles).get(), blocks });
        };
        for child in &table.children {
            match child {
                TableChild::Header(head) => {
                    head.children.iter().for_each(|item| place(self, item));
                    heads = 1;
                }
                TableChild::Footer(foot) => foot.children.iter().for_each(|item| place(self, item)),
                TableChild::Item(item) => place(self, item),
            }
        }
        self.blocks.push(Block::Table(Table { columns, heads, rows: rows.finish() }));
    }

    /// A grid has no rules: what stands side by side becomes one line, unless one of its cells is longer.
    fn grid(&mut self, grid: &Packed<GridElem>, styles: StyleChain<'_>, side: Side, depth: usize) {
        self.close();
        let columns = grid.columns.get_ref(styles).0.len().max(1);
        let cells: Vec<Vec<Block>> = grid
            .children
            .iter()
            .filter_map(|child| match child {
                GridChild::Item(GridItem::Cell(cell)) => Some(self.within(&cell.body, styles, side, depth)),
                _ => None,
            })
            .collect();
        for row in cells.chunks(columns) {
            let filled: Vec<&Vec<Block>> = row.iter().filter(|blocks| !blocks.is_empty()).collect();
            let lines: Option<Vec<&Paragraph>> = filled
                .iter()
                .map(|blocks| match blocks.as_slice() {
                    [Block::Paragraph(paragraph)] => Some(paragraph),
                    _ => None,
                })
                .collect();
            match lines {
                Some(lines) if lines.len() > 1 => {
                    let mut joined = lines[0].clone();
                    for line in &lines[1..] {
                        if let Some(last) = joined.runs.last_mut() {
                            last.text.push('\u{3000}');
                        }
                        joined.runs.extend(line.runs.iter().cloned());
                    }
                    self.blocks.push(Block::Paragraph(joined));
                }
                _ => self.blocks.extend(filled.into_iter().flatten().cloned()),
            }
        }
    }
}

/// Cells that fill one row after the other.
struct Rows {
    width: usize,
    done: Vec<Vec<Cell>>,
    open: Vec<Cell>,
}

impl Rows {
    fn new(width: usize) -> Rows {
        Rows { width, done: Vec::new(), open: Vec::new() }
    }

    fn column(&self) -> usize {
        self.open.iter().map(|cell| cell.span).sum()
    }

    fn push(&mut self, mut cell: Cell) {
        cell.span = cell.span.clamp(1, self.width);
        if self.column() + cell.span > self.width {
            self.end();
        }
        self.open.push(cell);
        if self.column() >= self.width {
            self.end();
        }
    }

    fn end(&mut self) {
        let missing = self.width.saturating_sub(self.column());
        if missing > 0 && !self.open.is_empty() {
            self.open.push(Cell { span: missing, blocks: Vec::new() });
        }
        if !self.open.is_empty() {
            self.done.push(std::mem::take(&mut self.open));
        }
    }

    fn finish(mut self) -> Vec<Vec<Cell>> {
        self.end();
        self.done
    }
}

/// Each column's share of the width.
fn shares(columns: &[Sizing]) -> Vec<f64> {
    let fixed = |sizing: &Sizing| match sizing {
        Sizing::Rel(relative) => Some(relative.abs.abs.to_pt() + relative.rel.get() * WIDTH),
        Sizing::Auto | Sizing::Fr(_) => None,
    };
    let parts = |sizing: &Sizing| match sizing {
        Sizing::Fr(fraction) => fraction.get().max(0.1),
        _ => 1.0,
    };
    let taken: f64 = columns.iter().filter_map(fixed).sum();
    let all: f64 = columns.iter().filter(|sizing| fixed(sizing).is_none()).map(parts).sum();
    let rest = (WIDTH - taken).max(WIDTH / 10.0);
    let widths: Vec<f64> = columns
        .iter()
        .map(|sizing| fixed(sizing).unwrap_or_else(|| rest * parts(sizing) / all.max(0.1)).max(1.0))
        .collect();
    let whole: f64 = widths.iter().sum();
    if widths.is_empty() { vec![1.0] } else { widths.iter().map(|width| width / whole).collect() }
}

fn celled(aligned: &Celled<Smart<Alignment>>, column: usize) -> Option<Alignment> {
    let found = match aligned {
        Celled::Value(value) => Some(value),
        Celled::Array(values) => values.get(column % values.len().max(1)),
        Celled::Func(_) => None,
    };
    match found {
        Some(Smart::Custom(alignment)) => Some(*alignment),
        _ => None,
    }
}

fn side_of(alignment: Alignment) -> Option<Side> {
    alignment.x().map(|side| match side {
        HAlignment::Start | HAlignment::Left => Side::Start,
        HAlignment::Center => Side::Middle,
        HAlignment::Right | HAlignment::End => Side::End,
    })
}

fn is_indented(styles: StyleChain<'_>) -> bool {
    match styles.get(ParElem::first_line_indent).into_value() {
        Value::Dict(indent) => match indent.get("amount") {
            Ok(Value::Length(amount)) => *amount != typst::layout::Length::default(),
            _ => false,
        },
        Value::Length(amount) => amount != typst::layout::Length::default(),
        _ => false,
    }
}
