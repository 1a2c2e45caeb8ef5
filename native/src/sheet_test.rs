//! Through the C ABI, as C++ calls it.

use std::ffi::{c_char, CStr, CString};
use std::ptr::{null, null_mut};

use crate::error::Status;
use crate::ffi::qn_text_free;
use crate::sheet::*;

/// `row column kind text`, a line a cell.
type Line = (u32, u32, u32, String);

const TEXT: u32 = 0;
const NUMBER: u32 = 1;
const DATE: u32 = 2;
const TIME: u32 = 3;
const BOOL: u32 = 4;
const ERROR: u32 = 5;

fn path(name: &str) -> CString {
    CString::new(format!(
        "{}/tests/sheets/{name}",
        env!("CARGO_MANIFEST_DIR")
    ))
    .unwrap()
}

fn take(text: *mut c_char) -> String {
    if text.is_null() {
        return String::new();
    }
    let copy = unsafe { CStr::from_ptr(text) }
        .to_str()
        .unwrap()
        .to_string();
    unsafe { qn_text_free(text) };
    copy
}

/// The sheet's cells, in batches of `max_rows`.
fn read(
    name: &str,
    sheet: Option<&str>,
    max_rows: usize,
) -> Result<Vec<Vec<Line>>, (Status, String)> {
    let sheet = sheet.map(|sheet| CString::new(sheet).unwrap());
    let sheet = sheet.as_ref().map_or(null(), |sheet| sheet.as_ptr());
    let (mut handle, mut error) = (null_mut(), null_mut());
    let status = unsafe { qn_sheet_open(path(name).as_ptr(), sheet, &mut handle, &mut error) };
    if status != Status::Ok {
        return Err((status, take(error)));
    }
    let mut batches = Vec::new();
    loop {
        let mut cells = std::mem::MaybeUninit::uninit();
        let status = unsafe { qn_sheet_next(handle, max_rows, cells.as_mut_ptr(), &mut error) };
        assert_eq!(status, Status::Ok);
        let lines = unsafe { cells.assume_init() }.lines();
        if lines.is_empty() {
            break;
        }
        batches.push(lines);
    }
    let (mut total, mut done) = (0, 1);
    unsafe { qn_sheet_progress(handle, &mut total, &mut done) };
    assert_eq!(total, done);
    unsafe { qn_sheet_close(handle) };
    Ok(batches)
}

fn cell(row: u32, column: u32, kind: u32, text: &str) -> Line {
    (row, column, kind, text.to_string())
}

/// What make_sheets.py wrote.
fn clientes() -> Vec<Line> {
    vec![
        cell(3, 1, TEXT, "id_cliente"),
        cell(3, 2, TEXT, "email"),
        cell(3, 3, TEXT, "data_envio"),
        cell(3, 4, TEXT, "n"),
        cell(5, 1, TEXT, "00123"),
        cell(5, 2, TEXT, "ação@exemplo.com"),
        cell(5, 3, DATE, "2024-05-28"),
        cell(5, 4, NUMBER, "12345678901"),
        cell(6, 1, NUMBER, "42"),
        cell(6, 3, DATE, "2024-05-28T10:30:00"),
        cell(6, 4, NUMBER, "0.1"),
        cell(7, 1, BOOL, "TRUE"),
        cell(7, 4, NUMBER, "-3"),
    ]
}

#[test]
fn the_same_cells_come_out_of_every_format() {
    for name in ["clientes.xls", "clientes.xlsx", "clientes.ods"] {
        let mut cells = read(name, Some("Clientes"), 1000).unwrap().concat();
        // xlwt does not calculate, so its formula's cell holds a zero or nothing.
        cells.retain(|(row, ..)| *row != 8);
        assert_eq!(cells, clientes(), "{name}");
    }
}

#[test]
fn an_error_cell_keeps_its_text() {
    let cells = read("clientes.xlsx", Some("Clientes"), 1000)
        .unwrap()
        .concat();
    assert_eq!(cells.last(), Some(&cell(8, 1, ERROR, "#DIV/0!")));
}

#[test]
fn a_batch_holds_whole_rows() {
    let batches = read("clientes.ods", Some("Clientes"), 2).unwrap();
    let rows: Vec<Vec<u32>> = batches
        .iter()
        .map(|batch| batch.iter().map(|line| line.0).collect())
        .collect();
    assert_eq!(rows, [vec![3, 3, 3, 3, 5, 5, 5, 5], vec![6, 6, 6, 7, 7]]);
}

#[test]
fn the_first_sheet_is_read_when_none_is_named() {
    for name in ["clientes.xls", "clientes.xlsx", "clientes.ods"] {
        assert_eq!(
            read(name, None, 10).unwrap().concat(),
            [],
            "{name}: Vazia holds nothing"
        );
    }
}

#[test]
fn xlsb_dates_and_durations_are_text() {
    let cells = read("dates.xlsb", None, 1000).unwrap().concat();
    assert_eq!(cells[0], cell(1, 0, DATE, "2021-01-01"));
    assert!(
        cells
            .iter()
            .any(|line| line.2 == TIME && line.3 == "255:10:10"),
        "{cells:?}"
    );
}

#[test]
fn an_absent_sheet_names_those_there() {
    let (status, message) = read("clientes.ods", Some("Cliente"), 1).unwrap_err();
    assert_eq!(status, Status::Missing);
    assert!(
        message.contains(r#"no sheet "Cliente"; the file has "Vazia", "Clientes""#),
        "{message}"
    );
}

#[test]
fn what_cannot_be_read_says_why() {
    assert_eq!(read("none.xls", None, 1).unwrap_err().0, Status::Missing);
    let (status, message) = read("make_sheets.py", None, 1).unwrap_err();
    assert_eq!(status, Status::Data);
    assert!(
        message.contains("make_sheets.py: not a spreadsheet"),
        "{message}"
    );
}

#[test]
fn sheet_names_come_in_their_order() {
    let (mut names, mut error) = (null_mut(), null_mut());
    let status = unsafe { qn_sheet_names(path("clientes.xls").as_ptr(), &mut names, &mut error) };
    assert_eq!(status, Status::Ok);
    assert_eq!(take(names), r#"["Vazia","Clientes"]"#);
}
