"""Writes the workbooks of xlsx_reader_test.cpp: the same three rows in the ways that programs differ.

    pip install openpyxl xlsxwriter polars
    python make_workbooks.py
"""

import datetime as dt
import pathlib

import openpyxl
import polars
import xlsxwriter

HERE = pathlib.Path(__file__).parent
COLUMNS = ["id_cliente", "email", "telefone", "assunto", "data_envio", "data_base"]
BASE = dt.date(2024, 5, 28)
ROWS = [
    [1234567890, "cliente@exemplo.com", 999999999, "Campanha", dt.date(2024, 5, 8), BASE],
    ["0012345678", "outro_cliente@exemplo.com", "11988887777", None, dt.date(2024, 5, 1), BASE],
    [98765432101, None, None, "Olá, \"você\" & <nós>", dt.date(2024, 2, 29), BASE],
]


def openpyxl_book(name, rows, columns=COLUMNS, write_only=False):
    book = openpyxl.Workbook(write_only=write_only)
    sheet = book.create_sheet("crm") if write_only else book.active
    for row in [columns, *rows]:
        sheet.append(row)
    book.save(HERE / name)


def xlsxwriter_book(name, options):
    book = xlsxwriter.Workbook(HERE / name, options)
    sheet = book.add_worksheet("crm")
    date = book.add_format({"num_format": "dd/mm/yyyy;@"})
    for column, title in enumerate(COLUMNS):
        sheet.write(0, column, title)
    for number, row in enumerate(ROWS, start=1):
        for column, value in enumerate(row):
            if isinstance(value, dt.date):
                sheet.write_datetime(number, column, value, date)
            elif value is not None:
                sheet.write(number, column, value)
    book.close()


def as_text(value):
    return value.isoformat() if isinstance(value, dt.date) else None if value is None else str(value)


def backwards(number, row):
    moment = dt.datetime.combine(row[4], dt.time(23, 59)) if number == 0 else row[4]
    return [row[5], moment, *row[3::-1]]


openpyxl_book("openpyxl.xlsx", ROWS)
openpyxl_book("openpyxl_write_only.xlsx", ROWS, write_only=True)
openpyxl_book("all_text.xlsx", [[as_text(value) for value in row] for row in ROWS])
openpyxl_book("reordered_with_time.xlsx",
              [backwards(number, row) for number, row in enumerate(ROWS)], COLUMNS[::-1])
xlsxwriter_book("xlsxwriter.xlsx", {})
xlsxwriter_book("xlsxwriter_constant_memory.xlsx", {"constant_memory": True})
xlsxwriter_book("xlsxwriter_1904.xlsx", {"date_1904": True})
polars.DataFrame(
    {
        "id_cliente": [str(row[0]) for row in ROWS],
        "email": [row[1] for row in ROWS],
        "telefone": [None if row[2] is None else int(row[2]) for row in ROWS],
        "assunto": [row[3] for row in ROWS],
        "data_envio": [row[4] for row in ROWS],
        "data_base": [row[5] for row in ROWS],
    }
).write_excel(HERE / "polars.xlsx")
