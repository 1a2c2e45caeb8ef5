// Writes the built page as C++ (src/serve/page_files.h), each file as it is and compressed: node embed.mjs [OUTPUT]
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { extname, join, relative } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = join(import.meta.dirname, "dist");
const types = {
  ".css": "text/css; charset=utf-8",
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".svg": "image/svg+xml",
  ".woff2": "font/woff2",
};

const bytes = (name, buffer) => `constexpr unsigned char ${name}[] = {${[...buffer].join(",")}};`;
const view = (name) => `{reinterpret_cast<const char*>(${name}), sizeof(${name})}`;

const arrays = [];
const entries = [];
const files = readdirSync(dist, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
const paths = files.map((each) => join(each.parentPath, each.name)).sort();
for (const [i, file] of paths.entries()) {
  const plain = readFileSync(file);
  const type = types[extname(file)];
  if (!type) throw new Error(`${file}: no content type is known for it`);
  const brotli = brotliCompressSync(plain, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } });
  arrays.push(bytes(`p${i}`, plain), bytes(`g${i}`, gzipSync(plain, { level: 9 })), bytes(`b${i}`, brotli));
  const path = `/${relative(dist, file)}`.replace(/^\/index\.html$/, "/");
  const etag = createHash("sha256").update(plain).digest("hex").slice(0, 16);
  entries.push(`{"${path}", "${type}", "\\"${etag}\\"",\n     ${["p", "g", "b"].map((c) => view(c + i)).join(", ")}}`);
}

writeFileSync(
  process.argv[2] ?? join(dist, "page_files.cpp"),
  `// Made by web/embed.mjs.
#include "serve/page_files.h"

namespace quarentena::serve {
namespace {
${arrays.join("\n")}
const PageFile kFiles[] = {
    ${entries.join(",\n    ")}};
}  // namespace

std::span<const PageFile> page_files() { return kFiles; }

}  // namespace quarentena::serve
`,
);
