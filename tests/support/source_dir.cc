#include "tests/support/source_dir.h"

namespace voisin::test {

std::filesystem::path SourceDir() { return VOISIN_SOURCE_DIR; }

}  // namespace voisin::test
