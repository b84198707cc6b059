#include "tests/support/scratch_dir.h"

#include <stdlib.h>

#include <string>
#include <system_error>

namespace voisin::test {

ScratchDir::ScratchDir() {
  std::string name = (std::filesystem::temp_directory_path() / "voisin-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) abort();
  path_ = name;
}

ScratchDir::~ScratchDir() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace voisin::test
