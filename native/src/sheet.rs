//! Spreadsheets through calamine, flattened once so that the caller reads plain arrays.

use std::ffi::c_char;
use std::fmt::Write as _;
use std::fs::File;
use std::io::{BufReader, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicUsize, Ordering};

use calamine::{
    open_workbook_from_rs, Data, DataRef, ExcelDateTime, Ods, OdsError, Reader, Sheets, Xls,
    XlsError, Xlsb, Xlsx, XlsxError,
};

use crate::error::{Failure, Outcome, Status};
use crate::ffi::{give_text, guard, text};

type Workbook = Sheets<BufReader<File>>;

#[repr(u32)]
#[derive(Clone, Copy)]
enum Kind {
    Text = 0,
    Number = 1,
    Date = 2,
    Time = 3,
    Bool = 4,
    Error = 5,
}

#[repr(C)]
pub struct Cell {
    row: u32,
    column: u32,
    kind: u32,
    size: u32,
    offset: u64,
}

#[repr(C)]
pub struct Cells {
    cells: *const Cell,
    cell_count: usize,
    text: *const u8,
    text_size: usize,
}

#[cfg(test)]
impl Cells {
    pub fn lines(&self) -> Vec<(u32, u32, u32, String)> {
        let cells = unsafe { std::slice::from_raw_parts(self.cells, self.cell_count) };
        let text = unsafe { std::slice::from_raw_parts(self.text, self.text_size) };
        let of = |cell: &Cell| &text[cell.offset as usize..][..cell.size as usize];
        cells
            .iter()
            .map(|cell| {
                let text = String::from_utf8(of(cell).to_vec()).unwrap();
                (cell.row, cell.column, cell.kind, text)
            })
            .collect()
    }
}

#[derive(Default)]
pub struct Sheet {
    cells: Vec<Cell>,
    text: String,
    rows: usize,
    next: usize,
    rows_done: AtomicUsize,
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_sheet_open(
    path: *const c_char,
    sheet: *const c_char,
    out: *mut *mut Sheet,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        *out = std::ptr::null_mut();
        let mut workbook = open(text(path)?)?;
        let name = choose(&workbook, text(sheet)?)?;
        *out = Box::into_raw(Box::new(flatten(&mut workbook, &name)?));
        Ok(Status::Ok)
    })
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_sheet_next(
    sheet: *mut Sheet,
    max_rows: usize,
    out: *mut Cells,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let sheet = &mut *sheet;
        let batch = sheet.take(max_rows.max(1));
        let cells = &sheet.cells[batch];
        *out = Cells {
            cells: cells.as_ptr(),
            cell_count: cells.len(),
            text: sheet.text.as_ptr(),
            text_size: sheet.text.len(),
        };
        Ok(Status::Ok)
    })
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_sheet_progress(sheet: *const Sheet, total: *mut u64, done: *mut u64) {
    // Only fields that qn_sheet_next does not write, or writes atomically.
    *total = *std::ptr::addr_of!((*sheet).rows) as u64;
    *done = (*std::ptr::addr_of!((*sheet).rows_done)).load(Ordering::Relaxed) as u64;
}

/// # Safety
/// `sheet` came from [`qn_sheet_open`] and is not used afterwards.
#[no_mangle]
pub unsafe extern "C" fn qn_sheet_close(sheet: *mut Sheet) {
    if !sheet.is_null() {
        drop(Box::from_raw(sheet));
    }
}

/// # Safety
/// As the header says.
#[no_mangle]
pub unsafe extern "C" fn qn_sheet_names(
    path: *const c_char,
    names_json: *mut *mut c_char,
    error: *mut *mut c_char,
) -> Status {
    guard(error, || {
        let names = open(text(path)?)?.sheet_names();
        give_text(names_json, &serde_json::to_string(&names)?);
        Ok(Status::Ok)
    })
}

/// By content, since the extension may lie: an OLE container is xls, a zip is told by its members.
fn open(path: &str) -> Outcome<Workbook> {
    let mut file = File::open(path)
        .map(BufReader::new)
        .map_err(|error| with_path(Failure::from(error), path))?;
    let mut magic = [0_u8; 4];
    let read = file.read(&mut magic)?;
    file.seek(SeekFrom::Start(0))?;
    let opened = match &magic[..read] {
        [0xd0, 0xcf, 0x11, 0xe0] => open_as::<Xls<_>>(file).map(Sheets::Xls),
        [b'P', b'K', ..] => open_zip(file),
        _ => Err(Failure::new(
            Status::Data,
            "not a spreadsheet (xls, xlsx, xlsb or ods)",
        )),
    };
    opened.map_err(|failure| with_path(failure, path))
}

fn open_as<R: Reader<BufReader<File>>>(file: BufReader<File>) -> Outcome<R>
where
    R::Error: std::fmt::Display,
{
    open_workbook_from_rs(file).map_err(unreadable)
}

fn open_zip(file: BufReader<File>) -> Outcome<Workbook> {
    let again = |file: &BufReader<File>| -> Outcome<BufReader<File>> {
        let mut copy = BufReader::new(file.get_ref().try_clone()?);
        copy.seek(SeekFrom::Start(0))?;
        Ok(copy)
    };
    let xlsx = open_as::<Xlsx<_>>(again(&file)?).map(Sheets::Xlsx);
    let Err(first) = xlsx else { return xlsx };
    if let Ok(xlsb) = open_as::<Xlsb<_>>(again(&file)?) {
        return Ok(Sheets::Xlsb(xlsb));
    }
    match open_workbook_from_rs::<Ods<_>, _>(again(&file)?) {
        Ok(ods) => Ok(Sheets::Ods(ods)),
        Err(error @ OdsError::Password) => Err(unreadable(error)),
        Err(_) => Err(first),
    }
}

fn with_path(failure: Failure, path: &str) -> Failure {
    Failure::new(failure.status, format!("{path}: {}", failure.message))
}

fn unreadable(error: impl std::fmt::Display) -> Failure {
    Failure::new(
        Status::Data,
        format!("cannot be read as a spreadsheet: {error}"),
    )
}

fn choose(workbook: &Workbook, wanted: &str) -> Outcome<String> {
    let names = workbook.sheet_names();
    let chosen = match wanted {
        "" => names.first(),
        wanted => names.iter().find(|name| *name == wanted),
    };
    chosen.cloned().ok_or_else(|| {
        let there = names.join("\", \"");
        Failure::new(
            Status::Missing,
            format!("no sheet \"{wanted}\"; the file has \"{there}\""),
        )
    })
}

fn flatten(workbook: &mut Workbook, name: &str) -> Outcome<Sheet> {
    let mut sheet = Sheet::default();
    match workbook {
        // Cell by cell, for a grid of all cells grows with the farthest one, not with their number.
        Sheets::Xlsx(book) => {
            let mut reader = book.worksheet_cells_reader(name).map_err(unreadable)?;
            while let Some(cell) = reader.next_cell().map_err(|e: XlsxError| unreadable(e))? {
                let (row, column) = cell.get_position();
                sheet.push(row, column, cell.get_value());
            }
        }
        Sheets::Xlsb(book) => {
            let mut reader = book.worksheet_cells_reader(name).map_err(unreadable)?;
            while let Some(cell) = reader.next_cell().map_err(unreadable)? {
                let (row, column) = cell.get_position();
                sheet.push(row, column, cell.get_value());
            }
        }
        Sheets::Xls(book) => {
            let range = book
                .worksheet_range(name)
                .map_err(|e: XlsError| unreadable(e))?;
            sheet.push_range(&range);
        }
        Sheets::Ods(book) => {
            let range = book
                .worksheet_range(name)
                .map_err(|e: OdsError| unreadable(e))?;
            sheet.push_range(&range);
        }
    }
    sheet.finish();
    Ok(sheet)
}

impl Sheet {
    fn push_range(&mut self, range: &calamine::Range<Data>) {
        let (top, left) = range.start().unwrap_or((0, 0));
        for (row, column, value) in range.used_cells() {
            self.push(top + row as u32, left + column as u32, &borrow(value));
        }
    }

    fn push(&mut self, row: u32, column: u32, value: &DataRef) {
        let offset = self.text.len();
        let Some(kind) = self.write(value) else {
            return;
        };
        self.cells.push(Cell {
            row: row + 1,
            column,
            kind: kind as u32,
            size: (self.text.len() - offset) as u32,
            offset: offset as u64,
        });
    }

    /// Appends the value's text. None: the cell holds nothing.
    fn write(&mut self, value: &DataRef) -> Option<Kind> {
        let text = &mut self.text;
        match value {
            DataRef::Empty => return None,
            DataRef::String(s) | DataRef::DurationIso(s) if s.is_empty() => return None,
            DataRef::SharedString("") => return None,
            DataRef::String(s) => text.push_str(s),
            DataRef::SharedString(s) => text.push_str(s),
            DataRef::Int(n) => write!(text, "{n}").ok()?,
            DataRef::Float(n) => write!(text, "{}", positive_zero(*n)).ok()?,
            DataRef::Bool(b) => text.push_str(if *b { "TRUE" } else { "FALSE" }),
            DataRef::DateTime(moment) => return write_moment(text, moment),
            DataRef::DateTimeIso(iso) => {
                text.push_str(iso.strip_suffix("T00:00:00").unwrap_or(iso))
            }
            DataRef::DurationIso(iso) => write_duration_iso(text, iso),
            DataRef::Error(error) => write!(text, "{error}").ok()?,
        }
        Some(match value {
            DataRef::Int(_) | DataRef::Float(_) => Kind::Number,
            DataRef::Bool(_) => Kind::Bool,
            DataRef::DateTimeIso(_) => Kind::Date,
            DataRef::DurationIso(_) => Kind::Time,
            DataRef::Error(_) => Kind::Error,
            _ => Kind::Text,
        })
    }

    fn finish(&mut self) {
        if !self.cells.is_sorted_by_key(|cell| (cell.row, cell.column)) {
            self.cells.sort_by_key(|cell| (cell.row, cell.column));
        }
        self.rows = self.cells.chunk_by(|a, b| a.row == b.row).count();
    }

    fn take(&mut self, max_rows: usize) -> std::ops::Range<usize> {
        let start = self.next;
        let rest = self.cells[start..]
            .chunk_by(|a, b| a.row == b.row)
            .take(max_rows);
        let (rows, cells) = rest.fold((0, 0), |(rows, cells), row| (rows + 1, cells + row.len()));
        self.next += cells;
        self.rows_done.fetch_add(rows, Ordering::Relaxed);
        start..self.next
    }
}

fn borrow(value: &Data) -> DataRef<'_> {
    match value {
        Data::String(text) => DataRef::SharedString(text),
        Data::Int(number) => DataRef::Int(*number),
        Data::Float(number) => DataRef::Float(*number),
        Data::Bool(truth) => DataRef::Bool(*truth),
        Data::DateTime(moment) => DataRef::DateTime(*moment),
        Data::DateTimeIso(iso) => DataRef::DateTimeIso(iso.clone()),
        Data::DurationIso(iso) => DataRef::DurationIso(iso.clone()),
        Data::Error(error) => DataRef::Error(error.clone()),
        Data::Empty => DataRef::Empty,
    }
}

/// `-0` would read as another id than `0`.
fn positive_zero(number: f64) -> f64 {
    if number == 0.0 {
        0.0
    } else {
        number
    }
}

fn write_moment(text: &mut String, moment: &ExcelDateTime) -> Option<Kind> {
    let serial = moment.as_f64();
    if moment.is_duration() || (0.0..1.0).contains(&serial) {
        let ms = (serial * 86_400_000.0).round() as i64;
        let (sign, ms) = if ms < 0 { ("-", -ms) } else { ("", ms) };
        let (hours, minutes) = (ms / 3_600_000, ms / 60_000 % 60);
        write!(text, "{sign}{hours:02}:{minutes:02}:{:02}", ms / 1000 % 60).ok()?;
        write_fraction(text, ms % 1000)?;
        return Some(Kind::Time);
    }
    let (year, month, day, hour, minute, second, ms) = moment.to_ymd_hms_milli();
    write!(text, "{year:04}-{month:02}-{day:02}").ok()?;
    if (hour, minute, second, ms) != (0, 0, 0, 0) {
        write!(text, "T{hour:02}:{minute:02}:{second:02}").ok()?;
        write_fraction(text, i64::from(ms))?;
    }
    Some(Kind::Date)
}

fn write_fraction(text: &mut String, ms: i64) -> Option<()> {
    if ms != 0 {
        write!(text, ".{ms:03}").ok()?;
    }
    Some(())
}

/// `PT36H05M00S`, as ods keeps it, becomes `36:05:00`; anything else stays as it is.
fn write_duration_iso(text: &mut String, iso: &str) {
    let parts = iso.strip_prefix("PT").and_then(|rest| {
        let (hours, rest) = rest.split_once('H')?;
        let (minutes, rest) = rest.split_once('M')?;
        Some((hours, minutes, rest.strip_suffix('S')?))
    });
    match parts {
        Some((hours, minutes, seconds)) => {
            let _ = write!(text, "{hours:0>2}:{minutes:0>2}:{seconds:0>2}");
        }
        None => text.push_str(iso),
    }
}
