"""Writes clientes.xls, clientes.ods and clientes.xlsx: the same cells in three formats.

    python -m venv v && v/bin/pip install xlwt odfpy xlsxwriter && v/bin/python make_sheets.py

dates.xlsb is calamine's tests/date.xlsb (MIT, Johann Tuffe): nothing here writes that format.
"""

import datetime

import xlsxwriter
import xlwt
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

DAY = datetime.date(2024, 5, 28)
MOMENT = datetime.datetime(2024, 5, 28, 10, 30, 0)
ROWS = [
    ["id_cliente", "email", "data_envio", "n"],
    [],
    ["00123", "ação@exemplo.com", DAY, 12345678901],
    [42, None, MOMENT, 0.1],
    [True, None, None, -3],
]


def write_xls():
    book = xlwt.Workbook()
    book.add_sheet("Vazia")
    sheet = book.add_sheet("Clientes")
    day, moment = xlwt.easyxf(num_format_str="DD/MM/YYYY"), xlwt.easyxf(num_format_str="DD/MM/YYYY HH:MM")
    for r, row in enumerate(ROWS):
        for c, value in enumerate(row):
            style = moment if value is MOMENT else day if value is DAY else xlwt.Style.default_style
            if value is not None:
                sheet.write(r + 2, c + 1, value, style)
    sheet.write(7, 1, xlwt.Formula("1/0"))
    book.save("clientes.xls")


def write_xlsx():
    book = xlsxwriter.Workbook("clientes.xlsx")
    book.add_worksheet("Vazia")
    sheet = book.add_worksheet("Clientes")
    day, moment = book.add_format({"num_format": "dd/mm/yyyy"}), book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
    for r, row in enumerate(ROWS):
        for c, value in enumerate(row):
            if value is MOMENT:
                sheet.write_datetime(r + 2, c + 1, value, moment)
            elif value is DAY:
                sheet.write_datetime(r + 2, c + 1, value, day)
            elif value is not None:
                sheet.write(r + 2, c + 1, value)
    sheet.write_formula(7, 1, "=1/0", None, "#DIV/0!")
    book.close()


def ods_cell(value):
    if value is None:
        return TableCell()
    if isinstance(value, bool):
        return TableCell(valuetype="boolean", booleanvalue=str(value).lower())
    if isinstance(value, (datetime.date, datetime.datetime)):
        return TableCell(valuetype="date", datevalue=value.isoformat())
    if isinstance(value, (int, float)):
        return TableCell(valuetype="float", value=repr(value))
    cell = TableCell(valuetype="string")
    cell.addElement(P(text=value))
    return cell


def write_ods():
    book = OpenDocumentSpreadsheet()
    book.spreadsheet.addElement(Table(name="Vazia"))
    sheet = Table(name="Clientes")
    for row in [[], []] + [[None] + row if row else row for row in ROWS]:
        line = TableRow()
        for value in row or [None]:
            line.addElement(ods_cell(value))
        sheet.addElement(line)
    book.spreadsheet.addElement(sheet)
    book.save("clientes.ods")


write_xls()
write_xlsx()
write_ods()
