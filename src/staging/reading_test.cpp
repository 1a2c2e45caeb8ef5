#include "staging/reading.h"

#include <gtest/gtest.h>

namespace quarentena {
namespace {

Source some_source(Format format) {
  Source source;
  source.name = "ofertas";
  source.format = std::move(format);
  source.id_cliente = {"codigo", {}, 11};
  source.assunto.constant = "oferta";
  source.data_envio.column = "contatos.enviado_em";
  source.where = "ação = 'e-mail'";
  source.dates = {"%d/%m/%Y"};
  return source;
}

const std::vector<Format>& formats() {
  static const std::vector<Format> all = {CsvOptions{'\t', '\'', false, {"código", "b"}, "latin-1"},
                                          XlsxOptions{"Base", 3}, JsonOptions{}, ParquetOptions{},
                                          DeltaOptions{}};
  return all;
}

TEST(Reading, IsReadBackWhateverTheSourceIsNow) {
  for (const auto& format : formats()) {
    const auto then = some_source(format);
    Source now;
    now.name = "ofertas";
    now.period.dias = 9;
    const auto back = read_as(now, reading_of(then));
    ASSERT_TRUE(back) << format_name(format);
    EXPECT_EQ(reading_of(*back), reading_of(then));
    EXPECT_EQ(back->id_cliente.pad, 11);
    EXPECT_EQ(back->assunto.constant, "oferta");
    EXPECT_EQ(back->data_envio.column, "contatos.enviado_em");
    EXPECT_EQ(back->where, then.where);
    EXPECT_EQ(back->period.dias, 9) << "a rule of now";
  }
}

TEST(Reading, IsAnotherWhenAnythingOfItIs) {
  const auto first = some_source(CsvOptions{});
  for (const auto change :
       {+[](Source& s) { s.format = XlsxOptions{}; }, +[](Source& s) { s.email.column = "mail"; },
        +[](Source& s) { s.id_cliente.pad = 0; }, +[](Source& s) { s.where.clear(); },
        +[](Source& s) { s.dates.clear(); }}) {
    auto other = first;
    change(other);
    EXPECT_NE(reading_of(other), reading_of(first));
  }
}

TEST(Reading, OtherTextIsNone) {
  for (const char* text : {"", "[]", "{}", R"({"format":{"name":"avro"},"columns":{}})",
                           R"({"format":{"name":"csv","separator":""},"columns":{}})"})
    EXPECT_FALSE(read_as(Source{}, text)) << text;
}

}  // namespace
}  // namespace quarentena
