#include "config/init.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

namespace quarentena {
namespace {

constexpr const char* kConfig =
    R"(# Quarentena: who was contacted, through which canal, and until when to leave them in peace.
# Check it with `quarentena config check`, load today with `quarentena run`.
# Every key is explained in docs/configuration.md.
version: 1

# The day of the load (data_carga) is today in this time zone.
timezone: America/Sao_Paulo

# The published Delta table. Relative paths are relative to this file.
table: ./data/quarentena_global

# Delivered files and rejected rows are kept here, per load.
staging: ./data/staging

sources:
  # The name is yours; it appears in reports and in `quarentena run --only marketing`.
  marketing:
    canal: Marketing
    location: ./entrada/marketing.csv
    format: { csv: { separator: ";" } }
    # The table's columns are id_cliente, email, telefone, assunto and data_envio. One that is not
    # named here comes from the source's column of the same name.
    columns: { assunto: subject }
    # SQL over the source's own columns and data_carga; rows for which it is not true do not count.
    where: email IS NOT NULL
    # In quarantine until data_envio + dias, that day included.
    dias: 7
    # How late, small or changed a delivery may be before it is not believed: docs/concepts/trust.md

  # More sources to start from: remove the '# ' and adapt.
  #
  # crm:
  #   canal: CRM
  #   location: ./entrada/crm.xlsx
  #   format: { xlsx: { sheet: Base, header_row: 1 } }
  #   # A spreadsheet takes the leading zeros of a CPF: restore them.
  #   columns: { id_cliente: { column: cpf, pad: 11 } }
  #   # Text dates are ISO (2024-05-28) unless their formats are named.
  #   dates: ["%d/%m/%Y"]
  #   where: data_base = data_carga
  #   dias: 30
  #
  # restritos:
  #   canal: Restritos
  #   # {data_carga:...} is the day of the load; * and ? match any names.
  #   location: ./entrada/restritos_{data_carga:%Y%m%d}*.json
  #   columns:
  #     email: contatos.email
  #     telefone: contatos.numero_telefone
  #     assunto: motivos.descricao
  #     data_envio: contatos.data_solicitacao
  #   dias: 90
  #
  # fraude:
  #   canal: Fraude
  #   location: ./entrada/fraude
  #   format: delta
  #   columns: { data_envio: dt_inclus, assunto: { value: suspeita de fraude } }
  #   where: data_exclus IS NULL
  #   # No period: a client stays while the source holds them.
  #   dias: until_removed
  #
  # ofertas:
  #   canal: Ofertas
  #   location: sftp://sftp.example.com/Export/ofertas.parquet
  #   # Secrets are references, never values.
  #   auth: { user: carga, password: "${env:SFTP_PASSWORD}", known_hosts: /etc/ssh/known_hosts }
  #   dias: 5
)";

Status write_new(const std::filesystem::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  out.close();
  if (out) return {};
  const ErrorKind kind = errno == EACCES || errno == EROFS ? ErrorKind::auth : ErrorKind::machine;
  return fail(kind, fmt::format("cannot write {}: {}", file.string(), std::strerror(errno)),
              "check the folder's permissions and free space");
}

}  // namespace

std::string starting_config() { return kConfig; }

std::string starting_contacts(Date today) {
  const auto ago = [&](int days) { return Date(today.days() - days).iso(); };
  std::string out = "id_cliente;email;telefone;subject;data_envio\n";
  out += fmt::format("00123;ana@example.com;+55 11 90000-0001;Oferta de cartão;{}\n", ago(0));
  out += fmt::format("00456;bruno@example.com;+55 11 90000-0002;Seguro de vida;{}\n", ago(3));
  out += fmt::format("00789;carla@example.com;;Último dia de quarentena;{}\n", ago(7));
  out += fmt::format("01011;davi@example.com;;Já pode receber de novo;{}\n", ago(8));
  out += fmt::format("01213;;+55 11 90000-0005;Sem e-mail: não conta;{}\n", ago(1));
  return out;
}

Result<std::vector<std::filesystem::path>> write_starting_point(const std::filesystem::path& folder,
                                                                Date today) {
  const std::filesystem::path config = folder / "quarentena.yml";
  const std::filesystem::path contacts = folder / "entrada" / "marketing.csv";
  std::error_code error;
  for (const auto& file : {config, contacts}) {
    if (std::filesystem::exists(file, error)) {
      return fail(ErrorKind::config, fmt::format("{} is there already", file.string()),
                  "name another folder: nothing is overwritten");
    }
  }
  std::filesystem::create_directories(contacts.parent_path(), error);
  if (error) {
    return fail(
        ErrorKind::auth,
        fmt::format("cannot create {}: {}", contacts.parent_path().string(), error.message()),
        "name a folder you may write to");
  }
  TRY_STATUS(write_new(contacts, starting_contacts(today)));
  TRY_STATUS(write_new(config, starting_config()));
  return std::vector<std::filesystem::path>{config, contacts};
}

}  // namespace quarentena
