// Any bytes as a file to import, JSON Lines or CSV: each record is a document with an id or an error that names its
// line, lines never go back, and the reader comes to the end.
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <sstream>

#include "clients/cli/import_source.h"
#include "clients/cli/status.h"
#include "clients/cli/utf8.h"

namespace {

using voisin::cli::ImportDocument;
using voisin::cli::ImportSource;

void CheckDocument(const ImportDocument& document) {
  if (document.id.empty() || document.where.empty()) abort();
  if (voisin::cli::FirstIllFormedByte(document.id) || voisin::cli::FirstIllFormedByte(document.text)) abort();
  for (float component : document.vector) {
    if (!std::isfinite(component)) abort();
  }
}

void ReadAll(ImportSource& source, size_t bytes) {
  uint64_t position = 0;
  size_t records = 0;
  while (const auto record = source.Next()) {
    if (++records > bytes || source.position() < position || source.position() > bytes) abort();
    position = source.position();
    if (record->ok()) {
      CheckDocument(**record);
    } else if (voisin::cli::MessageOf(record->status()).find("line ") == std::string_view::npos) {
      abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  std::istringstream lines(bytes);
  ReadAll(*voisin::cli::ReadJsonLines(lines, size), size);
  std::istringstream table(bytes);
  if (const auto source = voisin::cli::ReadCsv(table, size, {"year"}); source.ok()) ReadAll(**source, size);
  return 0;
}
