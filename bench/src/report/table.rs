//! Tables in Markdown, with columns as wide as what is in them: to be read as they are, too.

/// A table; all columns but the first are set to the right if they hold numbers.
#[derive(Debug)]
pub(super) struct Table {
    heads: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(super) fn new<const N: usize>(heads: [&str; N]) -> Self {
        Self {
            heads: heads.map(str::to_owned).to_vec(),
            rows: Vec::new(),
        }
    }

    pub(super) fn row<const N: usize>(&mut self, cells: [String; N]) {
        self.rows.push(cells.into_iter().collect());
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    pub(super) fn text(&self) -> String {
        let columns: Vec<Column> = (0..self.heads.len())
            .map(|place| self.column(place))
            .collect();
        let mut text = line(&columns, &self.heads);
        for column in &columns {
            let (dashes, end) = if column.is_right { (1, ":") } else { (0, "") };
            let dashes = "-".repeat(column.width - dashes);
            text.extend(["| ", &dashes, end, " "]);
        }
        text += "|\n";
        for row in &self.rows {
            text += &line(&columns, row);
        }
        text
    }

    fn column(&self, place: usize) -> Column {
        let cells = self.rows.iter().filter_map(|row| row.get(place));
        let is_right = place > 0
            && cells.clone().all(|cell| {
                cell.chars()
                    .next()
                    .is_none_or(|first| !first.is_alphabetic() && first != '`')
            });
        let heads = self.heads.get(place);
        let widths = cells.chain(heads).map(|cell| cell.chars().count());
        Column {
            width: widths.max().unwrap_or_default().max(3),
            is_right,
        }
    }
}

#[derive(Debug)]
struct Column {
    width: usize,
    is_right: bool,
}

fn line(columns: &[Column], cells: &[String]) -> String {
    let mut text = String::new();
    for (Column { width, is_right }, cell) in columns.iter().zip(cells) {
        let filled = if *is_right {
            format!("| {cell:>width$} ")
        } else {
            format!("| {cell:<width$} ")
        };
        text.push_str(&filled);
    }
    text + "|\n"
}

/// A number for people, with commas, and decimals as long as they tell something.
pub(super) fn number(value: f64) -> String {
    let decimals = match value.abs() {
        small if small < 10.0 => 2,
        middle if middle < 100.0 => 1,
        _ => 0,
    };
    let text = format!("{value:.decimals$}");
    let (whole, rest) = text.split_at(text.find('.').unwrap_or(text.len()));
    let mut grouped = String::new();
    for (place, digit) in whole.chars().enumerate() {
        let left = whole.len() - place;
        if place > 0 && left.is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped + rest
}

/// A number, or a dash where nothing was measured.
pub(super) fn cell(value: Option<f64>) -> String {
    value.map_or_else(|| "–".to_owned(), number)
}

/// Microseconds as milliseconds.
pub(super) fn milliseconds(value: Option<f64>) -> String {
    cell(value.map(|micros| micros / 1e3))
}

/// A count with commas.
pub(super) fn counted(value: usize) -> String {
    let text = number(crate::load::count(value));
    text.split('.').next().unwrap_or_default().to_owned()
}
