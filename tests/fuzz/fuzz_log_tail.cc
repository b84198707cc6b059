// Any bytes as a log of RocksDB: it may be opened, or its end is refused with a reason that names the file.
#include <cstdint>
#include <fstream>
#include <string>

#include "storage/rocks_tail.h"
#include "tests/fuzz/require.h"
#include "tests/support/scratch_dir.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using voisin::fuzz::Require;
  const voisin::test::ScratchDir dir;
  const std::filesystem::path log = dir.path() / "000007.log";
  std::ofstream out(log, std::ios::binary);
  out.write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  out.close();
  Require(out.good());
  const absl::Status status = voisin::storage::CheckTails(dir.path());
  Require(status.ok() || std::string(status.message()).starts_with(log.string()));
  return 0;
}
